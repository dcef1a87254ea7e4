import type { LegacyWrite } from './legacy-tables.ts';
import type { EventRow, ObservationRecord, TraceRecord } from './records.ts';
import { roundCost } from './usage.ts';

/** Recorded: legacy rows reach the v4 table 9 to 12 minutes after they were written. */
const copyDelayMs: number = 9 * 60_000;

// The copy joins trace fields only for traces up to seven days old.
const joinWindowMs = 7 * 24 * 3_600_000;

/** The v4 table, with the job that copies legacy rows into it. */
export interface EventTable {
  /** Rows that are there at once; a row with the same trace, span and start replaces the older one. */
  insert(rows: readonly EventRow[]): void;
  /** A row of the v1 tables that is to be copied later. */
  stage(write: LegacyWrite, atMs: number): void;
  /** Copies what is due by then. */
  copyUntil(nowMs: number): void;
  rows(): readonly EventRow[];
  /** Drops the rows of these traces, copied or still to be copied. */
  forget(traceIds: ReadonlySet<string>): void;
}

interface Staged {
  readonly write: LegacyWrite;
  readonly dueMs: number;
}

/** An empty v4 table. */
export function createEventTable(): EventTable {
  const rows = new Map<string, EventRow>();
  const history = new Map<
    string,
    readonly { readonly row: TraceRecord; readonly atMs: number }[]
  >();
  let staged: Staged[] = [];

  function put(row: EventRow): void {
    rows.set(JSON.stringify([row.traceId, row.spanId, row.startTime]), row);
  }

  function traceAt(traceId: string, nowMs: number): TraceRecord | undefined {
    const versions = (history.get(traceId) ?? []).filter(({ atMs }) => atMs <= nowMs);
    const row = versions.at(-1)?.row;
    return row !== undefined && row.timestamp >= nowMs - joinWindowMs ? row : undefined;
  }

  return {
    insert(added) {
      for (const row of added) put(row);
    },
    stage(write, atMs) {
      if (write.kind === 'trace') {
        const versions = history.get(write.row.id) ?? [];
        history.set(write.row.id, [...versions, { row: write.row, atMs }]);
      }
      staged.push({ write, dueMs: atMs + copyDelayMs });
    },
    copyUntil(nowMs) {
      const due = staged.filter(({ dueMs }) => dueMs <= nowMs);
      staged = staged.filter(({ dueMs }) => dueMs > nowMs);
      for (const { write, dueMs } of due) put(toCopy(write, (traceId) => traceAt(traceId, dueMs)));
    },
    rows: () => [...rows.values()],
    forget(traceIds) {
      for (const [key, { traceId }] of rows) if (traceIds.has(traceId)) rows.delete(key);
      for (const traceId of traceIds) history.delete(traceId);
      staged = staged.filter(({ write }) => !traceIds.has(traceIdOf(write)));
    },
  };
}

function traceIdOf({ kind, row }: LegacyWrite): string {
  return kind === 'trace' ? row.id : row.traceId;
}

function toCopy(
  write: LegacyWrite,
  traceOf: (traceId: string) => TraceRecord | undefined,
): EventRow {
  switch (write.kind) {
    case 'trace':
      return { ...copyOfTrace(write.row), ...joinedFields(write.row, traceOf(write.row.id)) };
    case 'observation':
      return {
        ...copyOfObservation(write.row),
        ...joinedFields(write.row, traceOf(write.row.traceId)),
      };
    default:
      return write satisfies never;
  }
}

type Joined = Pick<
  EventRow,
  'traceName' | 'userId' | 'sessionId' | 'tags' | 'release' | 'public' | 'version' | 'metadata'
>;

function joinedFields(
  own: TraceRecord | ObservationRecord,
  trace: TraceRecord | undefined,
): Joined {
  return {
    traceName: trace?.name ?? '',
    userId: trace?.userId ?? '',
    sessionId: trace?.sessionId ?? '',
    tags: trace?.tags ?? [],
    release: trace?.release ?? '',
    public: trace?.public ?? false,
    version: own.version ?? trace?.version ?? '',
    metadata: { ...trace?.metadata, ...own.metadata },
  };
}

const nothingMore = {
  isAppRoot: false,
  statusMessage: '',
  completionStartTime: null,
  model: '',
  modelParameters: {},
  usageDetails: {},
  costDetails: {},
  totalCost: 0,
  promptName: '',
  promptVersion: null,
} as const;

// A trace becomes a span of its own, above its real root.
function copyOfTrace(trace: TraceRecord): Omit<EventRow, keyof Joined> {
  return {
    ...nothingMore,
    spanId: `t-${trace.id}`,
    traceId: trace.id,
    parentSpanId: '',
    type: 'SPAN',
    name: trace.name ?? '',
    startTime: trace.timestamp,
    endTime: null,
    environment: trace.environment,
    level: 'DEFAULT',
    input: trace.input ?? '',
    output: trace.output ?? '',
    createdAt: trace.createdAt,
  };
}

function copyOfObservation(observation: ObservationRecord): Omit<EventRow, keyof Joined> {
  return {
    ...nothingMore,
    spanId: observation.id,
    traceId: observation.traceId,
    parentSpanId: observation.parentObservationId ?? `t-${observation.traceId}`,
    type: observation.type,
    name: observation.name ?? '',
    startTime: observation.startTime,
    endTime: observation.endTime ?? null,
    completionStartTime: observation.completionStartTime ?? null,
    environment: observation.environment,
    level: observation.level,
    statusMessage: observation.statusMessage ?? '',
    model: observation.model ?? '',
    modelParameters: parametersOf(observation),
    usageDetails: observation.usageDetails,
    costDetails: observation.costDetails,
    totalCost: roundCost(observation.totalCost ?? 0),
    promptName: observation.promptName ?? '',
    promptVersion: observation.promptVersion ?? null,
    input: observation.input ?? '',
    output: observation.output ?? '',
    createdAt: observation.createdAt,
  };
}

function parametersOf({ modelParameters }: ObservationRecord): Readonly<Record<string, unknown>> {
  return modelParameters === undefined
    ? {}
    : (JSON.parse(modelParameters) as Record<string, unknown>);
}
