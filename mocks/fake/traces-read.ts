import { z } from 'zod';
import type { FakeResponse } from '../fake-exchange.ts';
import { InvalidRequest, jsonAnswer, notFound } from './answers.ts';
import { dateTimeSchema } from './date-time-schema.ts';
import { applyFilters, filterParameter } from './filters.ts';
import type { Filter, FilterColumns } from './filters.ts';
import type { JsonRecord } from './json-value.ts';
import type { LegacyTables } from './legacy-tables.ts';
import {
  environmentFilters,
  filledText,
  filledTexts,
  parametersOf,
  textFilters,
  windowFilters,
} from './parameters.ts';
import { pageOf, pagingMeta, pagingParameters } from './paging.ts';
import type { ObservationRecord, TraceRecord } from './records.ts';
import type { RequestUrl } from './request-url.ts';
import {
  costOfTrace,
  latencyOfTrace,
  toLegacyObservationJson,
  toScoreJson,
  toTraceJson,
} from './trace-json.ts';

/** `GET /api/public/traces/{id}`: the trace with its observations and scores. */
export function readTrace(tables: LegacyTables, traceId: string): FakeResponse {
  const trace = tables.traces.get(traceId);
  if (trace === undefined) return notFound(`Trace ${traceId} not found within authorized project`);
  const observations = observationsOf(tables, traceId);
  return jsonAnswer(200, {
    ...toTraceJson(trace),
    scores: scoresOf(tables, traceId),
    latency: latencyOfTrace(observations),
    observations: observations.map(toLegacyObservationJson),
    totalCost: costOfTrace(observations),
  });
}

/** `GET /api/public/traces`: a page of traces, the latest first unless told otherwise. */
export function readTraces(tables: LegacyTables, url: RequestUrl): FakeResponse {
  const parameters = parametersOf(parametersSchema, url);
  const found = applyFilters([...tables.traces.values()], {
    filters: allFilters(parameters),
    columns: traceColumns,
  });
  const sorted = sortTraces(found, parameters.orderBy ?? { column: 'timestamp', order: 'DESC' });
  return jsonAnswer(200, {
    data: pageOf(sorted, parameters).map((trace) =>
      toListItem(tables, { trace, fields: parameters.fields }),
    ),
    meta: pagingMeta(found.length, parameters),
  });
}

/** The observations of a trace, by start time. */
function observationsOf(tables: LegacyTables, traceId: string): readonly ObservationRecord[] {
  return [...tables.observations.values()]
    .filter((observation) => observation.traceId === traceId)
    .toSorted((one, other) => one.startTime - other.startTime);
}

const fieldGroups = ['core', 'io', 'scores', 'observations', 'metrics'];

const parametersSchema = z.object({
  ...pagingParameters,
  userId: filledText,
  name: filledText,
  tags: filledTexts,
  environment: filledTexts,
  sessionId: filledText,
  version: filledText,
  release: filledText,
  fromTimestamp: dateTimeSchema.nullish(),
  toTimestamp: dateTimeSchema.nullish(),
  orderBy: filledText
    .transform((value) => {
      if (!value) return null;
      const [column, order] = value.split('.');
      return { column, order: order?.toUpperCase() };
    })
    .pipe(z.object({ column: z.string(), order: z.enum(['ASC', 'DESC']) }).nullable()),
  fields: filledText.transform((value) => {
    const known = (value ?? '').split(',').filter((field) => fieldGroups.includes(field.trim()));
    return known.length === 0 ? fieldGroups : known.map((field) => field.trim());
  }),
  filter: filterParameter,
});

type Parameters = z.infer<typeof parametersSchema>;

const traceColumns: FilterColumns<TraceRecord> = {
  id: { type: 'string', read: (trace) => trace.id },
  name: { type: 'string', read: (trace) => trace.name ?? '' },
  timestamp: { type: 'datetime', read: (trace) => trace.timestamp },
  userId: { type: 'string', read: (trace) => trace.userId ?? null },
  sessionId: { type: 'string', read: (trace) => trace.sessionId ?? null },
  environment: { type: 'string', read: (trace) => trace.environment },
  version: { type: 'string', read: (trace) => trace.version ?? null },
  release: { type: 'string', read: (trace) => trace.release ?? null },
  tags: { type: 'arrayOptions', read: (trace) => trace.tags },
  metadata: { type: 'stringObject', read: (trace) => trace.metadata },
};

const textParameters = ['userId', 'name', 'sessionId', 'version', 'release'] as const;

function allFilters(parameters: Parameters): readonly Filter[] {
  const { filter = [], tags, environment, fromTimestamp, toTimestamp } = parameters;
  return [
    ...filter,
    ...textFilters(parameters, textParameters),
    ...tagFilters(tags),
    ...environmentFilters(environment),
    ...windowFilters('timestamp', { from: fromTimestamp, to: toTimestamp }),
  ];
}

function tagFilters(tags: Parameters['tags']): readonly Filter[] {
  if (!tags) return [];
  return [{ type: 'arrayOptions', column: 'tags', operator: 'all of', value: [...tags] }];
}

const sortColumns: Readonly<Record<string, (trace: TraceRecord) => string | number>> = {
  timestamp: (trace) => trace.timestamp,
  id: (trace) => trace.id,
  name: (trace) => trace.name ?? '',
  userId: (trace) => trace.userId ?? '',
  sessionId: (trace) => trace.sessionId ?? '',
  release: (trace) => trace.release ?? '',
  version: (trace) => trace.version ?? '',
  environment: (trace) => trace.environment,
  public: (trace) => Number(trace.public),
};

function sortTraces(
  traces: readonly TraceRecord[],
  { column, order }: { readonly column: string; readonly order: 'ASC' | 'DESC' },
): readonly TraceRecord[] {
  const read = Object.hasOwn(sortColumns, column) ? sortColumns[column] : undefined;
  if (read === undefined) throw new InvalidRequest(`Invalid order by column: ${column}`);
  const direction = order === 'ASC' ? 1 : -1;
  return traces.toSorted((one, other) => {
    const [first, second] = [read(one), read(other)];
    return first === second ? 0 : first < second ? -direction : direction;
  });
}

function toListItem(
  tables: LegacyTables,
  { trace, fields }: { readonly trace: TraceRecord; readonly fields: readonly string[] },
): JsonRecord {
  const observations = observationsOf(tables, trace.id);
  const has = (group: string): boolean => fields.includes(group);
  return {
    ...toTraceJson(trace),
    ...(has('io') ? {} : { input: null, output: null, metadata: {} }),
    observations: has('observations') ? observations.map(({ id }) => id) : [],
    scores: has('scores') ? scoresOf(tables, trace.id).map(({ id }) => id) : [],
    totalCost: has('metrics') ? costOfTrace(observations) : -1,
    latency: has('metrics') ? latencyOfTrace(observations) : -1,
  };
}

function scoresOf(
  tables: LegacyTables,
  traceId: string,
): readonly (JsonRecord & { readonly id?: unknown })[] {
  return [...tables.scores.values()].filter((score) => score.traceId === traceId).map(toScoreJson);
}
