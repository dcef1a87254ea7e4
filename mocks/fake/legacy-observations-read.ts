import { z } from 'zod';
import type { FakeResponse } from '../fake-exchange.ts';
import { jsonAnswer, notFound } from './answers.ts';
import { dateTimeSchema } from './date-time-schema.ts';
import { applyFilters, filterParameter } from './filters.ts';
import type { Filter, FilterColumns } from './filters.ts';
import type { LegacyTables } from './legacy-tables.ts';
import { observationTypes } from './observation-type.ts';
import {
  environmentFilters,
  filledText,
  filledTexts,
  level,
  parametersOf,
  textFilters,
  windowFilters,
} from './parameters.ts';
import { pageOf, pagingMeta, pagingParameters } from './paging.ts';
import type { ObservationRecord } from './records.ts';
import type { RequestUrl } from './request-url.ts';
import { toLegacyObservationJson } from './trace-json.ts';

/** `GET /api/public/observations/{id}`. */
export function readLegacyObservation(tables: LegacyTables, id: string): FakeResponse {
  const observation = tables.observations.get(id);
  return observation === undefined
    ? notFound(`Observation with id ${id} not found`)
    : jsonAnswer(200, toLegacyObservationJson(observation));
}

/** `GET /api/public/observations`: a page of v1 observations, the latest start first. */
export function readLegacyObservations(tables: LegacyTables, url: RequestUrl): FakeResponse {
  const parameters = parametersOf(parametersSchema, url);
  const found = applyFilters([...tables.observations.values()], {
    filters: allFilters(parameters),
    columns: observationColumns(tables),
  }).toSorted((one, other) => other.startTime - one.startTime);
  return jsonAnswer(200, {
    data: pageOf(found, parameters).map(toLegacyObservationJson),
    meta: pagingMeta(found.length, parameters),
  });
}

const parametersSchema = z.object({
  ...pagingParameters,
  type: z.enum(observationTypes).nullish(),
  name: filledText,
  userId: filledText,
  level,
  traceId: filledText,
  version: filledText,
  parentObservationId: filledText,
  environment: filledTexts,
  fromStartTime: dateTimeSchema.nullish(),
  toStartTime: dateTimeSchema.nullish(),
  filter: filterParameter,
});

type Parameters = z.infer<typeof parametersSchema>;

function observationColumns(tables: LegacyTables): FilterColumns<ObservationRecord> {
  return {
    id: { type: 'string', read: (row) => row.id },
    traceId: { type: 'string', read: (row) => row.traceId },
    type: { type: 'stringOptions', read: (row) => row.type },
    name: { type: 'string', read: (row) => row.name ?? '' },
    userId: { type: 'string', read: (row) => tables.traces.get(row.traceId)?.userId ?? null },
    sessionId: { type: 'string', read: (row) => tables.traces.get(row.traceId)?.sessionId ?? null },
    level: { type: 'stringOptions', read: (row) => row.level },
    version: { type: 'string', read: (row) => row.version ?? null },
    parentObservationId: { type: 'string', read: (row) => row.parentObservationId ?? null },
    environment: { type: 'stringOptions', read: (row) => row.environment },
    statusMessage: { type: 'string', read: (row) => row.statusMessage ?? null },
    startTime: { type: 'datetime', read: (row) => row.startTime },
    endTime: { type: 'datetime', read: (row) => row.endTime ?? null },
    metadata: { type: 'stringObject', read: (row) => row.metadata },
  };
}

const textParameters = [
  'type',
  'name',
  'userId',
  'level',
  'traceId',
  'version',
  'parentObservationId',
] as const;

function allFilters(parameters: Parameters): readonly Filter[] {
  const { filter = [], environment, fromStartTime, toStartTime } = parameters;
  return [
    ...filter,
    ...textFilters(parameters, textParameters),
    ...environmentFilters(environment),
    ...windowFilters('startTime', { from: fromStartTime, to: toStartTime }),
  ];
}
