import { z } from 'zod';
import { paths, startMarkerName } from '../vocabulary.ts';
import { type AuditRow, type ChildRow, endOf, isText, untoldEnd, wordsOf } from './audit-row.ts';
import type { AuditWindow } from './audited-trace.ts';
import type { JsonObject, ReadClient } from './read-client.ts';
import { ReadError } from './read-error.ts';

/** Which half of a window's rows, and whether these have input and output. */
export type RootPart = { readonly hasInput: boolean; readonly hasOutput: boolean };

/** The four parts that the roots of a window fall into: so their payload need not be read. */
export const rootParts: readonly RootPart[] = [true, false].flatMap((hasInput) =>
  [true, false].map((hasOutput) => ({ hasInput, hasOutput })),
);

/** Root rows of the v4 table that belong to a part, the latest start first. */
export async function* readRootRows(
  client: ReadClient,
  { window, part }: { readonly window: AuditWindow; readonly part: RootPart },
): AsyncGenerator<AuditRow> {
  const filter = (['hasInput', 'hasOutput'] as const).map((column) => ({
    type: 'boolean',
    column,
    operator: '=',
    value: part[column],
  }));
  const query = {
    fields: 'core,basic,metadata,trace_context',
    isRootObservation: 'true',
    filter: JSON.stringify(filter),
  };
  for await (const row of readRows(client, { window, query })) yield toParentRow(row, part);
}

/** All other rows, the latest start first. */
export async function* readChildRows(
  client: ReadClient,
  window: AuditWindow,
): AsyncGenerator<AuditRow> {
  const query = { fields: 'core,basic,trace_context', isRootObservation: 'false' };
  for await (const row of readRows(client, { window, query })) yield toChildRow(row);
}

/** Start markers only: what is left to see of open runs when children are not read. */
export async function* readMarkerRows(
  client: ReadClient,
  window: AuditWindow,
): AsyncGenerator<AuditRow> {
  const query = {
    fields: 'core,basic,trace_context',
    isRootObservation: 'false',
    type: 'EVENT',
    name: startMarkerName,
  };
  for await (const row of readRows(client, { window, query })) yield toChildRow(row);
}

/** Whether the v4 table has a root for the trace, whenever it began. */
export async function hasRoot(client: ReadClient, traceId: string): Promise<boolean> {
  const query = { traceId, isRootObservation: 'true', fields: 'core', limit: '1' };
  const { data } = parsePage(await client.get(paths.observations, query));
  return data.length > 0;
}

const rowSchema = z.object({
  id: z.string(),
  traceId: z.string(),
  startTime: z.string().transform((text) => Date.parse(text)),
  endTime: z.string().nullish(),
  parentObservationId: z.string().nullish(),
  type: z.string().nullish(),
  name: z.string().nullish(),
  level: z.string().nullish(),
  statusMessage: z.string().nullish(),
  environment: z.string().nullish(),
  sessionId: z.string().nullish(),
  traceName: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

type Row = z.infer<typeof rowSchema>;

const pageSchema = z.object({
  data: z.array(rowSchema),
  meta: z.object({ cursor: z.string().nullish() }),
});

/** The most that `v2/observations` gives at once. */
const pageSize = 1_000;

interface RowsAsked {
  readonly window: AuditWindow;
  readonly query: Readonly<Record<string, string>>;
}

async function* readRows(client: ReadClient, { window, query }: RowsAsked): AsyncGenerator<Row> {
  let cursor: string | undefined;
  do {
    const page = parsePage(
      await client.get(paths.observations, {
        fromStartTime: new Date(window.from).toISOString(),
        toStartTime: new Date(window.to).toISOString(),
        limit: String(pageSize),
        ...query,
        ...(cursor !== undefined && { cursor }),
      }),
    );
    yield* page.data;
    cursor = page.meta.cursor ?? undefined;
  } while (cursor !== undefined);
}

function parsePage(json: JsonObject): z.infer<typeof pageSchema> {
  const page = pageSchema.safeParse(json);
  if (page.success) return page.data;
  throw new ReadError(
    `${paths.observations} answered with something else than observations: ${z.prettifyError(page.error)}`,
  );
}

// The copy of a legacy trace. Its end is null for ever, so it says nothing.
function isCopy({ id, traceId }: Row): boolean {
  return id === `t-${traceId}`;
}

function toParentRow(row: Row, { hasInput, hasOutput }: RootPart): AuditRow {
  const { conversationSource, ...told } = wordsOf(row.metadata);
  return {
    ...identityOf(row),
    type: 'parent',
    form: isCopy(row) ? 'trace' : 'root',
    facts: {
      hasInput,
      hasConversation: isText(row.sessionId),
      ...(conversationSource !== undefined && { conversationSource }),
    },
    hasOutput,
    ...told,
    end: isCopy(row) ? untoldEnd : endOf(row),
  };
}

function toChildRow(row: Row): ChildRow {
  return { ...identityOf(row), type: 'child', form: formOf(row), end: endOf(row) };
}

function formOf(row: Row): ChildRow['form'] {
  const isTop = row.parentObservationId === `t-${row.traceId}`;
  if (isTop) return row.type === 'EVENT' ? 'event' : 'top';
  return row.type === 'EVENT' && row.name === startMarkerName ? 'marker' : 'inner';
}

// On a root the server falls back to the root's own name.
function identityOf(row: Row): Pick<AuditRow, 'traceId' | 'id' | 'time' | 'name' | 'environment'> {
  return {
    traceId: row.traceId,
    id: row.id,
    time: row.startTime,
    name: isText(row.traceName) ? row.traceName : '',
    environment: row.environment ?? 'default',
  };
}
