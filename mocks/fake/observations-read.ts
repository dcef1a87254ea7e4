import { z } from 'zod';
import type { FakeResponse } from '../fake-exchange.ts';
import { InvalidRequest, jsonAnswer } from './answers.ts';
import { dateTimeSchema } from './date-time-schema.ts';
import { eventColumns } from './event-columns.ts';
import { toObservationJson } from './observation-json.ts';
import { applyFilters, filterParameter } from './filters.ts';
import type { Filter } from './filters.ts';
import { observationTypes } from './observation-type.ts';
import {
  environmentFilters,
  level,
  parametersOf,
  text,
  textFilters,
  texts,
  windowFilters,
} from './parameters.ts';
import type { EventRow } from './records.ts';
import type { RequestUrl } from './request-url.ts';

/** `GET /api/public/v2/observations`: rows of the v4 table, the latest start first, with a cursor for the next page. */
export function readObservations(rows: readonly EventRow[], url: RequestUrl): FakeResponse {
  const parameters = parametersOf(parametersSchema, url);
  const found = applyFilters(rows, { filters: allFilters(parameters), columns: eventColumns })
    .toSorted(latestFirst)
    .filter((row) => parameters.cursor === undefined || isAfter(row, parameters.cursor));
  const page = found.slice(0, parameters.limit);
  const last = page.at(-1);
  const cursor = found.length > page.length && last !== undefined ? { cursor: toCursor(last) } : {};
  const shape = {
    fields: parameters.fields,
    isWholeMetadata: parameters.expandMetadata.length > 0,
  };
  return jsonAnswer(200, { data: page.map((row) => toObservationJson(row, shape)), meta: cursor });
}

const cursorSchema = z
  .string()
  .transform((text) => {
    try {
      return JSON.parse(Buffer.from(text, 'base64').toString()) as unknown;
    } catch {
      throw new InvalidRequest('Invalid cursor format');
    }
  })
  .pipe(
    z.object({ lastStartTimeTo: z.coerce.date(), lastTraceId: z.string(), lastId: z.string() }),
  );

type Cursor = z.infer<typeof cursorSchema>;

const rawIo =
  'parseIoAsJson=true is no longer supported on the v2 observations endpoint. Input/output fields are always returned as raw strings. Remove the parseIoAsJson parameter or set it to false.';

const commaList = text.transform((value) =>
  (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

const parametersSchema = z.object({
  fields: commaList.transform((fields) => (fields.length === 0 ? ['core', 'basic'] : fields)),
  expandMetadata: commaList,
  limit: z.coerce.number().nonnegative().lte(1000).default(50),
  cursor: cursorSchema.optional(),
  parseIoAsJson: z
    .union([z.literal('true'), z.literal('false')])
    .refine((value) => value !== 'true', { message: rawIo })
    .optional(),
  type: z.enum(observationTypes).nullish(),
  name: text,
  userId: text,
  sessionId: text,
  level,
  traceId: text,
  version: text,
  parentObservationId: text,
  isRootObservation: z.enum(['true', 'false']).nullish(),
  environment: texts,
  fromStartTime: dateTimeSchema.optional(),
  toStartTime: dateTimeSchema.optional(),
  filter: filterParameter,
});

type Parameters = z.infer<typeof parametersSchema>;

const textParameters = [
  'type',
  'name',
  'userId',
  'sessionId',
  'level',
  'traceId',
  'version',
  'parentObservationId',
] as const;

// A filter switches off the parameters for its column: for startTime that is both ends of the window.
function allFilters(parameters: Parameters): readonly Filter[] {
  const filters = parameters.filter ?? [];
  assertSearchable(filters);
  const taken = new Set(filters.map(({ column }) => column));
  return [...filters, ...parameterFilters(parameters).filter(({ column }) => !taken.has(column))];
}

function parameterFilters(parameters: Parameters): readonly Filter[] {
  const { isRootObservation, environment, fromStartTime, toStartTime } = parameters;
  return [
    ...textFilters(parameters, textParameters),
    ...rootFilters(isRootObservation),
    ...environmentFilters(environment),
    ...windowFilters('startTime', { from: fromStartTime, to: toStartTime }),
  ];
}

function rootFilters(asked: Parameters['isRootObservation']): readonly Filter[] {
  if (!asked) return [];
  const value = asked === 'true';
  return [{ type: 'boolean', column: 'isRootObservation', operator: '=', value }];
}

function assertSearchable(filters: readonly Filter[]): void {
  const texts = filters.filter(
    (filter) =>
      filter.type === 'string' && (filter.column === 'input' || filter.column === 'output'),
  );
  if (
    texts.length === 0 ||
    texts.some(({ operator }) => operator === '=' || operator === 'matches')
  )
    return;
  throw new InvalidRequest('Input/output filters require at least one `matches` or `=` operator.');
}

// Rows that start together have no promised order; this one is stable, which paging needs.
function latestFirst(one: EventRow, other: EventRow): number {
  return (
    other.startTime - one.startTime ||
    compareText(other.traceId, one.traceId) ||
    compareText(other.spanId, one.spanId)
  );
}

function isAfter(row: EventRow, { lastStartTimeTo, lastTraceId, lastId }: Cursor): boolean {
  const last = {
    ...row,
    startTime: lastStartTimeTo.getTime(),
    traceId: lastTraceId,
    spanId: lastId,
  };
  return latestFirst(row, last) > 0;
}

function toCursor(row: EventRow): string {
  const lastStartTimeTo = new Date(row.startTime).toISOString();
  const cursor = { lastStartTimeTo, lastTraceId: row.traceId, lastId: row.spanId };
  return Buffer.from(JSON.stringify(cursor)).toString('base64');
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
