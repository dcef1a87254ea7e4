import { z } from 'zod';
import type { FakeResponse } from '../exchange.ts';
import { InvalidRequest, invalidParameters, jsonAnswer, notFound } from './answers.ts';
import { dateTimeSchema } from './date-time-schema.ts';
import { applyFilters, filterParameter, windowFilters } from './filters.ts';
import type { Filter, FilterColumns } from './filters.ts';
import type { JsonRecord } from './json-value.ts';
import type { LegacyTables } from './legacy-tables.ts';
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
export function readTraces(tables: LegacyTables, { query }: RequestUrl): FakeResponse {
  const parsed = parametersSchema.safeParse(query);
  if (!parsed.success) return invalidParameters(parsed.error.issues);
  const parameters = parsed.data;
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

const text = z.string().nullish();
const texts = z.union([z.array(z.string()), z.string()]).nullish();

const parametersSchema = z.object({
  ...pagingParameters,
  userId: text,
  name: text,
  tags: texts,
  environment: texts,
  sessionId: text,
  version: text,
  release: text,
  fromTimestamp: dateTimeSchema.nullish(),
  toTimestamp: dateTimeSchema.nullish(),
  orderBy: text
    .transform((value) => {
      if (!value) return null;
      const [column, order] = value.split('.');
      return { column, order: order?.toUpperCase() };
    })
    .pipe(z.object({ column: z.string(), order: z.enum(['ASC', 'DESC']) }).nullable()),
  fields: text.transform((value) => {
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

function allFilters(parameters: Parameters): readonly Filter[] {
  const filters: Filter[] = [...(parameters.filter ?? [])];
  for (const column of ['userId', 'name', 'sessionId', 'version', 'release'] as const) {
    const value = parameters[column];
    if (value) filters.push({ type: 'string', column, operator: '=', value });
  }
  const { tags, environment, fromTimestamp, toTimestamp } = parameters;
  if (tags)
    filters.push({ type: 'arrayOptions', column: 'tags', operator: 'all of', value: listOf(tags) });
  if (environment) {
    const value = listOf(environment);
    filters.push({ type: 'stringOptions', column: 'environment', operator: 'any of', value });
  }
  filters.push(...windowFilters('timestamp', { from: fromTimestamp, to: toTimestamp }));
  return filters;
}

function listOf(value: string | string[]): string[] {
  return Array.isArray(value) ? value : value.split(',');
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
