import type { IngestionEvent } from './ingestion-schema.ts';
import { foldObservation, foldTrace, observationTypeOf } from './merge.ts';
import type { ObservationRecord, ScoreRecord, SessionRecord, TraceRecord } from './records.ts';

/** A row that was written to the v1 tables, for whoever copies it on. */
export type LegacyWrite =
  | { readonly kind: 'trace'; readonly row: TraceRecord }
  | { readonly kind: 'observation'; readonly row: ObservationRecord };

/** The v1 tables with the blob store in front of them, in which every event stays. */
export interface LegacyTables {
  readonly traces: ReadonlyMap<string, TraceRecord>;
  readonly observations: ReadonlyMap<string, ObservationRecord>;
  readonly scores: ReadonlyMap<string, ScoreRecord>;
  readonly sessions: ReadonlyMap<string, SessionRecord>;
  /** Takes the accepted events of one request. */
  receive(events: readonly IngestionEvent[], delivery: Delivery): void;
  /** Folds and stores what was received up to then; `Infinity` for everything. */
  settle(untilMs: number): void;
}

/** How events of one request are stored. */
export interface Delivery {
  readonly nowMs: number;
  /** Milliseconds until the worker looks at them: meanwhile later events of the same id join them. */
  readonly delayMs: number;
  /** Whether the rows are to be copied on. */
  readonly isCopied: boolean;
}

interface Job {
  readonly dueMs: number;
  readonly isCopied: boolean;
  readonly kind: 'trace' | 'observation' | 'score';
  readonly id: string;
}

/** Empty tables; `onWrite` hears of every stored trace and observation that is to be copied. */
export function createLegacyTables(onWrite: (write: LegacyWrite, atMs: number) => void): LegacyTables {
  const traces = new Map<string, TraceRecord>();
  const observations = new Map<string, ObservationRecord>();
  const scores = new Map<string, ScoreRecord>();
  const sessions = new Map<string, SessionRecord>();
  const files = new Map<string, Map<string, readonly IngestionEvent[]>>();
  let jobs: Job[] = [];

  function run(job: Job, nowMs: number): void {
    const events = eventsOf(files.get(entityKey(job.kind, job.id)));
    switch (job.kind) {
      case 'trace':
        return writeTrace(job, { nowMs, events: events.filter((event) => event.kind === 'trace') });
      case 'observation':
        return writeObservation(job, {
          nowMs,
          events: events.filter((event) => event.kind === 'observation'),
        });
      case 'score':
        scores.set(job.id, toScore(events.findLast((event) => event.kind === 'score'), { id: job.id, nowMs }));
        return undefined;
      default:
        return job.kind satisfies never;
    }
  }

  function writeTrace(job: Job, { nowMs, events }: Work<'trace'>): void {
    const earliest = Math.min(...events.map((event) => Date.parse(event.body.timestamp ?? '')).filter(isNumber));
    const stored = traces.get(job.id);
    const row = foldTrace(events, {
      id: job.id,
      // The server looks for a stored row from the earliest known time on only.
      stored: stored !== undefined && isFound(stored.timestamp, earliest) ? stored : undefined,
      nowMs,
    });
    traces.set(job.id, row);
    const sessionId = events.findLast((event) => event.body.sessionId)?.body.sessionId;
    if (sessionId && !sessions.has(sessionId)) {
      sessions.set(sessionId, { id: sessionId, environment: row.environment, createdAt: nowMs });
    }
    if (job.isCopied) onWrite({ kind: 'trace', row }, nowMs);
  }

  function writeObservation(job: Job, { nowMs, events }: Work<'observation'>): void {
    const earliest = Math.min(...events.map((event) => Date.parse(event.body.startTime ?? '')).filter(isNumber));
    const first = events[0];
    const stored = observations.get(job.id);
    const isSame =
      stored !== undefined &&
      first !== undefined &&
      stored.type === observationTypeOf(first) &&
      isFound(stored.startTime, earliest);
    const row = foldObservation(events, { id: job.id, stored: isSame ? stored : undefined, nowMs });
    observations.set(job.id, row);
    if (job.isCopied) onWrite({ kind: 'observation', row }, nowMs);
  }

  return {
    traces,
    observations,
    scores,
    sessions,
    receive(events, { nowMs, delayMs, isCopied }) {
      for (const [key, group] of groupByEntity(events)) {
        const stored = files.get(key) ?? new Map<string, readonly IngestionEvent[]>();
        // A file is named after its first event: a reused envelope id replaces what it held.
        stored.set(group.events[0]?.id ?? '', group.events);
        files.set(key, stored);
        jobs.push({ dueMs: nowMs + delayMs, isCopied, kind: group.kind, id: group.id });
      }
    },
    settle(untilMs) {
      const due = jobs.filter((job) => job.dueMs <= untilMs);
      jobs = jobs.filter((job) => job.dueMs > untilMs);
      for (const job of due) run(job, job.dueMs);
    },
  };
}

type EventOf<Kind extends IngestionEvent['kind']> = Extract<IngestionEvent, { readonly kind: Kind }>;

interface Work<Kind extends IngestionEvent['kind']> {
  readonly nowMs: number;
  readonly events: readonly EventOf<Kind>[];
}

interface EntityGroup {
  readonly kind: Job['kind'];
  readonly id: string;
  readonly events: readonly IngestionEvent[];
}

function groupByEntity(events: readonly IngestionEvent[]): ReadonlyMap<string, EntityGroup> {
  const groups = new Map<string, EntityGroup>();
  for (const event of events) {
    // An event without an entity id is acknowledged and dropped, as on the real server.
    if (event.kind === 'log' || !event.body.id) continue;
    const key = entityKey(event.kind, event.body.id);
    const known = groups.get(key)?.events ?? [];
    groups.set(key, { kind: event.kind, id: event.body.id, events: [...known, event] });
  }
  return groups;
}

function entityKey(kind: Job['kind'], id: string): string {
  return `${kind} ${id}`;
}

// The blob store lists files by name.
function eventsOf(stored: ReadonlyMap<string, readonly IngestionEvent[]> | undefined): readonly IngestionEvent[] {
  const entries = [...(stored ?? [])].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return entries.flatMap(([, events]) => events);
}

function isNumber(value: number): boolean {
  return !Number.isNaN(value);
}

function isFound(storedMs: number, earliestMs: number): boolean {
  return earliestMs === Number.POSITIVE_INFINITY || storedMs >= earliestMs;
}

function toScore(
  event: EventOf<'score'> | undefined,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): ScoreRecord {
  const body = event?.body;
  const value = body?.value ?? 0;
  const dataType = body?.dataType ?? (typeof value === 'number' ? 'NUMERIC' : 'CATEGORICAL');
  const flag = value === 1 ? 'True' : 'False';
  return {
    id,
    name: body?.name ?? '',
    value: typeof value === 'number' ? value : 0,
    stringValue: dataType === 'BOOLEAN' ? flag : typeof value === 'string' ? value : null,
    dataType,
    traceId: body?.traceId ?? null,
    sessionId: body?.sessionId ?? null,
    observationId: body?.observationId ?? null,
    datasetRunId: body?.datasetRunId ?? null,
    comment: body?.comment ?? null,
    metadata: body?.metadata ?? {},
    source: body?.source ?? 'API',
    configId: body?.configId ?? null,
    environment: body?.environment ?? 'default',
    timestamp: Date.parse(event?.timestamp ?? ''),
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}
