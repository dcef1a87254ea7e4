import { z } from 'zod';
import { paths, startMarkerName } from '../vocabulary.ts';
import { type AuditRow, type ChildRow, endOf, isText, untoldEnd, wordsOf } from './audit-row.ts';
import type { AuditWindow } from './audited-trace.ts';
import type { JsonObject, ReadClient } from './read-client.ts';
import { ReadError } from './read-error.ts';

/** Traces of the v1 tables, the latest first. Input, output and metadata come along: this API cannot leave them out. */
export async function* readTraceRows(
  client: ReadClient,
  window: AuditWindow,
): AsyncGenerator<AuditRow> {
  const query = {
    fromTimestamp: new Date(window.from).toISOString(),
    toTimestamp: new Date(window.to).toISOString(),
    orderBy: 'timestamp.desc',
    fields: 'core,io',
  };
  const pages = readPages(client, { path: paths.traces, query, schema: traceSchema });
  for await (const trace of pages) yield toParentRow(trace);
}

/** Which observations of the v1 tables. */
export type LegacyObservations = 'all' | 'open' | 'failed';

/** Observations of the v1 tables, the latest start first. */
export async function* readLegacyObservationRows(
  client: ReadClient,
  { window, which }: { readonly window: AuditWindow; readonly which: LegacyObservations },
): AsyncGenerator<AuditRow> {
  const query = {
    fromStartTime: new Date(window.from).toISOString(),
    toStartTime: new Date(window.to).toISOString(),
    ...selection[which],
  };
  const pages = readPages(client, {
    path: paths.legacyObservations,
    query,
    schema: observationSchema,
  });
  for await (const observation of pages) {
    if (observation.traceId !== null) yield toChildRow(observation, observation.traceId);
  }
}

/** Whether there is a trace of that id, whenever it began. */
export async function hasTrace(client: ReadClient, traceId: string): Promise<boolean> {
  return (await client.find(`${paths.traces}/${encodeURIComponent(traceId)}`)) !== undefined;
}

// Servers before 3.120 ignore the filter, and give all of them.
const selection: Readonly<Record<LegacyObservations, Readonly<Record<string, string>>>> = {
  all: {},
  open: {
    filter: JSON.stringify([{ type: 'null', column: 'endTime', operator: 'is null', value: '' }]),
  },
  failed: { level: 'ERROR' },
};

const timeSchema = z.string().transform((text) => Date.parse(text));

const traceSchema = z.object({
  id: z.string(),
  timestamp: timeSchema,
  name: z.string().nullish(),
  sessionId: z.string().nullish(),
  environment: z.string().nullish(),
  input: z.unknown(),
  output: z.unknown(),
  metadata: z.unknown(),
});

const observationSchema = z.object({
  id: z.string(),
  traceId: z.string().nullable(),
  startTime: timeSchema,
  endTime: z.string().nullish(),
  parentObservationId: z.string().nullish(),
  type: z.string(),
  name: z.string().nullish(),
  level: z.string().nullish(),
  statusMessage: z.string().nullish(),
  environment: z.string().nullish(),
});

/** The most that the v1 lists give at once. */
const pageSize = 100;

interface Listing<Item> {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly schema: z.ZodType<Item>;
}

async function* readPages<Item>(
  client: ReadClient,
  { path, query, schema }: Listing<Item>,
): AsyncGenerator<Item> {
  for (let page = 1; ; page += 1) {
    const json = await client.get(path, { ...query, page: String(page), limit: String(pageSize) });
    const { data, meta } = parsePage(json, { path, schema });
    yield* data;
    // The totals may count a trace twice for a while; an empty page ends the list in any case.
    if (data.length === 0 || page >= meta.totalPages) return;
  }
}

function parsePage<Item>(
  json: JsonObject,
  { path, schema }: Pick<Listing<Item>, 'path' | 'schema'>,
): { readonly data: readonly Item[]; readonly meta: { readonly totalPages: number } } {
  const pageSchema = z.object({
    data: z.array(schema),
    meta: z.object({ totalPages: z.number() }),
  });
  const page = pageSchema.safeParse(json);
  if (page.success) return page.data;
  throw new ReadError(
    `${path} answered with something else than a list: ${z.prettifyError(page.error)}`,
  );
}

function toParentRow(trace: z.infer<typeof traceSchema>): AuditRow {
  const metadata = z.record(z.string(), z.unknown()).safeParse(trace.metadata).data;
  const { conversationSource, ...told } = wordsOf(metadata);
  return {
    type: 'parent',
    form: 'trace',
    traceId: trace.id,
    id: trace.id,
    time: trace.timestamp,
    name: isText(trace.name) ? trace.name : '',
    environment: trace.environment ?? 'default',
    facts: {
      hasInput: isThere(trace.input),
      hasConversation: isText(trace.sessionId),
      ...(conversationSource !== undefined && { conversationSource }),
    },
    hasOutput: isThere(trace.output),
    ...told,
    end: untoldEnd,
  };
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function toChildRow(row: z.infer<typeof observationSchema>, traceId: string): ChildRow {
  return {
    type: 'child',
    form: formOf(row),
    traceId,
    id: row.id,
    time: row.startTime,
    // The name of the trace stands on the trace alone.
    name: '',
    environment: row.environment ?? 'default',
    end: endOf(row),
  };
}

function formOf(row: z.infer<typeof observationSchema>): ChildRow['form'] {
  if (!isText(row.parentObservationId)) return row.type === 'EVENT' ? 'event' : 'top';
  return row.type === 'EVENT' && row.name === startMarkerName ? 'marker' : 'inner';
}
