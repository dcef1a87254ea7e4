import { z } from 'zod';
import type { FakeResponse } from '../fake-exchange.ts';
import { InvalidRequest, jsonAnswer } from './answers.ts';
import { dateTimeSchema } from './date-time-schema.ts';
import { eventColumns } from './event-columns.ts';
import { applyFilters, type Filter, filterListSchema } from './filters.ts';
import type { JsonRecord } from './json-value.ts';
import { parametersOf } from './parameters.ts';
import type { EventRow } from './records.ts';
import type { RequestUrl } from './request-url.ts';

/**
 * The `query` parameter of `GET /api/public/v2/metrics`. Throws InvalidRequest on text that is no JSON, and
 * InvalidParameters on a query that is none.
 */
export function parseMetricsQuery(url: RequestUrl): MetricsQuery {
  return parametersOf(z.object({ query: queryParameter }), url).query;
}

/** Answers a checked query over the v4 table; only the view `observations` holds rows here. */
export function readMetrics(rows: readonly EventRow[], query: MetricsQuery): FakeResponse {
  assertDimensions(query);
  const from = Date.parse(query.fromTimestamp);
  const to = Date.parse(query.toTimestamp);
  const inView = query.view === 'observations' ? rows : [];
  const inWindow = inView.filter(({ startTime }) => startTime >= from && startTime < to);
  const found = applyFilters(inWindow, { filters: query.filters, columns: eventColumns });
  const groups = groupRows(found, query);
  const data = [...groups.values()].map(({ key, rows: members }) => ({
    ...key,
    ...Object.fromEntries(
      query.metrics.map((metric) => [nameOf(metric), aggregate(members, metric)]),
    ),
  }));
  return jsonAnswer(200, { data: sortRows(data, query).slice(0, query.config?.row_limit ?? 100) });
}

/** A metrics query as the server takes it. */
export interface MetricsQuery {
  readonly view: 'observations' | 'scores-numeric' | 'scores-categorical';
  readonly dimensions: readonly { readonly field: string }[];
  readonly metrics: readonly Metric[];
  readonly filters: readonly Filter[];
  readonly timeDimension?: { readonly granularity: Granularity } | null | undefined;
  readonly fromTimestamp: string;
  readonly toTimestamp: string;
  readonly orderBy?:
    | readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[]
    | null
    | undefined;
  readonly config?:
    | { readonly bins?: number | undefined; readonly row_limit?: number | undefined }
    | undefined;
}

type Granularity = 'auto' | 'minute' | 'hour' | 'day' | 'week' | 'month';

interface Metric {
  readonly measure: string;
  readonly aggregation: Aggregation;
}

type Aggregation =
  | 'sum'
  | 'avg'
  | 'count'
  | 'max'
  | 'min'
  | 'p50'
  | 'p75'
  | 'p90'
  | 'p95'
  | 'p99'
  | 'histogram'
  | 'uniq';

const metricSchema = z.object({
  measure: z.string(),
  aggregation: z.enum([
    'sum',
    'avg',
    'count',
    'max',
    'min',
    'p50',
    'p75',
    'p90',
    'p95',
    'p99',
    'histogram',
    'uniq',
  ]),
});

const querySchema = z
  .object({
    view: z.enum(['observations', 'scores-numeric', 'scores-categorical']),
    dimensions: z
      .array(z.object({ field: z.string() }))
      .optional()
      .default([]),
    metrics: z.array(metricSchema),
    filters: filterListSchema.optional().default([]),
    timeDimension: z
      .object({ granularity: z.enum(['auto', 'minute', 'hour', 'day', 'week', 'month']) })
      .nullish(),
    fromTimestamp: dateTimeSchema,
    toTimestamp: dateTimeSchema,
    orderBy: z.array(z.object({ field: z.string(), direction: z.enum(['asc', 'desc']) })).nullish(),
    config: z
      .object({
        bins: z.number().int().min(1).max(100).optional(),
        row_limit: z.number().int().positive().lte(1000).optional(),
      })
      .optional(),
  })
  .refine(({ fromTimestamp, toTimestamp }) => Date.parse(fromTimestamp) < Date.parse(toTimestamp), {
    message: 'fromTimestamp must be before toTimestamp',
  });

const queryParameter = z
  .string()
  .transform((text) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new InvalidRequest('Invalid JSON in query parameter');
    }
  })
  .pipe(querySchema);

const dimensionNames =
  'id,traceId,environment,parentObservationId,isRootObservation,type,name,level,version,userId,sessionId,tags,release,traceName,traceRelease,traceVersion,providedModelName,promptName,promptVersion,startTimeMonth,toolNames,calledToolNames,costType,usageType,experimentName,experimentDatasetId,experimentId';

const manyValues: ReadonlySet<string> = new Set([
  'id',
  'traceId',
  'parentObservationId',
  'userId',
  'sessionId',
]);

function assertDimensions({ dimensions, config, orderBy }: MetricsQuery): void {
  const names = dimensions.map(({ field }) => field);
  const large = names.filter((name) => manyValues.has(name));
  const isOrdered = (orderBy ?? []).some(({ direction }) => direction === 'desc');
  if (large.length > 0 && (config?.row_limit === undefined || !isOrdered)) {
    throw new InvalidRequest(
      `High cardinality dimension(s) '${large.join(', ')}' require both 'config.row_limit' and 'orderBy' with direction 'desc' on a measure field.`,
    );
  }
  const unknown = names.find((name) => !dimensionNames.split(',').includes(name));
  if (unknown !== undefined) {
    throw new InvalidRequest(`Invalid dimension ${unknown}. Must be one of ${dimensionNames}`);
  }
}

interface Group {
  readonly key: JsonRecord;
  readonly rows: readonly EventRow[];
}

function groupRows(rows: readonly EventRow[], query: MetricsQuery): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  // Without dimensions there is one group, even of nothing.
  if (query.dimensions.length === 0 && !query.timeDimension)
    groups.set('{}', { key: {}, rows: [] });
  for (const row of rows) {
    const dimensions = query.dimensions.map(
      ({ field }) => [field, dimensionOf(row, field)] as const,
    );
    const time = query.timeDimension
      ? { time_dimension: bucketOf(row, query.timeDimension.granularity) }
      : {};
    const key = { ...Object.fromEntries(dimensions), ...time };
    const name = JSON.stringify(key);
    groups.set(name, { key, rows: [...(groups.get(name)?.rows ?? []), row] });
  }
  return groups;
}

function dimensionOf(row: EventRow, field: string): unknown {
  if (field === 'release' || field === 'traceRelease') return row.release;
  if (field === 'traceVersion') return row.version;
  if (field === 'startTimeMonth') return new Date(row.startTime).toISOString().slice(0, 7);
  return eventColumns[field]?.read(row) ?? null;
}

const bucketLengths: Readonly<Record<string, number>> = { minute: 16, hour: 13, month: 7 };

function bucketOf(row: EventRow, granularity: string): string {
  return new Date(row.startTime).toISOString().slice(0, bucketLengths[granularity] ?? 10);
}

function nameOf({ aggregation, measure }: Metric): string {
  return `${aggregation}_${measure}`;
}

function aggregate(rows: readonly EventRow[], { aggregation, measure }: Metric): unknown {
  if (measure === 'count') return rows.length;
  const column = Object.hasOwn(eventColumns, measure) ? eventColumns[measure] : undefined;
  if (column === undefined) throw new InvalidRequest(`Invalid metric ${measure}.`);
  const values = rows.map((row) => column.read(row)).filter((value) => typeof value === 'number');
  const sum = values.reduce((total, value) => total + value, 0);
  switch (aggregation) {
    case 'sum':
      return sum;
    case 'avg':
      return values.length === 0 ? null : sum / values.length;
    case 'count':
      return values.length;
    case 'uniq':
      return new Set(values).size;
    case 'max':
      return values.length === 0 ? null : Math.max(...values);
    case 'min':
      return values.length === 0 ? null : Math.min(...values);
    case 'p50':
    case 'p75':
    case 'p90':
    case 'p95':
    case 'p99':
      return quantile(values, Number(aggregation.slice(1)) / 100);
    case 'histogram':
      return [];
    default:
      return aggregation satisfies never;
  }
}

function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

// Without an order the largest first metric comes first.
function sortRows(
  rows: readonly JsonRecord[],
  { orderBy, metrics }: MetricsQuery,
): readonly JsonRecord[] {
  const first = metrics[0];
  const fallback =
    first === undefined ? [] : [{ field: nameOf(first), direction: 'desc' as const }];
  const orders = orderBy && orderBy.length > 0 ? orderBy : fallback;
  return rows.toSorted((one, other) => {
    for (const { field, direction } of orders) {
      const difference = Number(one[field]) - Number(other[field]);
      if (difference) return direction === 'asc' ? difference : -difference;
    }
    return 0;
  });
}
