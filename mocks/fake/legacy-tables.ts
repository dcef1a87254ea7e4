import { createEventFiles } from './event-files.ts';
import type { Entity, EventOf } from './event-files.ts';
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
  /** The stored observations of one trace. */
  observationsOf(traceId: string): readonly ObservationRecord[];
  /** Takes the accepted events of one request. */
  receive(events: readonly IngestionEvent[], delivery: Delivery): void;
  /** Folds and stores what was received up to then; `Infinity` for everything. */
  settle(untilMs: number): void;
  /** Drops these traces with all that belongs to them; empty text stands for what belongs to no trace. */
  forget(traceIds: ReadonlySet<string>): void;
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
  readonly entity: Entity;
}

/** Empty tables; `onWrite` hears of every stored trace and observation that is to be copied. */
export function createLegacyTables(
  onWrite: (write: LegacyWrite, atMs: number) => void,
): LegacyTables {
  const traces = new Map<string, TraceRecord>();
  const observations = new Map<string, ObservationRecord>();
  const scores = new Map<string, ScoreRecord>();
  const sessions = new Map<string, SessionRecord>();
  const files = createEventFiles();
  const idsByTrace = createGroups();
  let jobs: readonly Job[] = [];

  function write(entity: Entity, nowMs: number): LegacyWrite | undefined {
    const { kind, id } = entity;
    switch (kind) {
      case 'trace': {
        const events = files.list(entity, kind);
        const row = nextTrace(events, { id, stored: traces.get(id), nowMs });
        traces.set(id, row);
        addSession(sessions, { events, environment: row.environment, createdAt: nowMs });
        return { kind, row };
      }
      case 'observation': {
        const stored = observations.get(id);
        const row = nextObservation(files.list(entity, kind), { id, stored, nowMs });
        observations.set(id, row);
        if (stored !== undefined && stored.traceId !== row.traceId) {
          idsByTrace.remove(stored.traceId, id);
        }
        idsByTrace.add(row.traceId, id);
        return { kind, row };
      }
      case 'score':
        scores.set(id, toScore(files.list(entity, kind).at(-1), { id, nowMs }));
        return undefined;
      default:
        return kind satisfies never;
    }
  }

  function forgetTrace(traceId: string): void {
    traces.delete(traceId);
    files.drop({ kind: 'trace', id: traceId });
    for (const id of idsByTrace.take(traceId)) {
      observations.delete(id);
      files.drop({ kind: 'observation', id });
    }
  }

  function forgetScores(traceIds: ReadonlySet<string>): void {
    for (const { id, traceId } of scores.values()) {
      if (!traceIds.has(traceId ?? '')) continue;
      scores.delete(id);
      files.drop({ kind: 'score', id });
    }
  }

  function forgetEmptySessions(): void {
    const used = new Set([...traces.values()].map(({ sessionId }) => sessionId));
    for (const id of sessions.keys()) if (!used.has(id)) sessions.delete(id);
  }

  function settle(untilMs: number): void {
    const due = jobs.filter((job) => job.dueMs <= untilMs);
    jobs = jobs.filter((job) => job.dueMs > untilMs);
    for (const { entity, dueMs, isCopied } of due) {
      const written = write(entity, dueMs);
      if (isCopied && written !== undefined) onWrite(written, dueMs);
    }
  }

  return {
    traces,
    observations,
    scores,
    sessions,
    observationsOf: (traceId) =>
      idsByTrace
        .of(traceId)
        .map((id) => observations.get(id))
        .filter((row) => row !== undefined),
    receive(events, { nowMs, delayMs, isCopied }) {
      const entities = files.store(events);
      const added = entities.map((entity) => ({ dueMs: nowMs + delayMs, isCopied, entity }));
      jobs = [...jobs, ...added];
    },
    settle,
    forget(traceIds) {
      // What is not folded yet would come back.
      settle(Number.POSITIVE_INFINITY);
      for (const traceId of traceIds) forgetTrace(traceId);
      forgetScores(traceIds);
      forgetEmptySessions();
    },
  };
}

interface Groups {
  add(group: string, id: string): void;
  remove(group: string, id: string): void;
  of(group: string): readonly string[];
  /** Removes the group and gives what it held. */
  take(group: string): readonly string[];
}

function createGroups(): Groups {
  const groups = new Map<string, Set<string>>();
  const of = (group: string): readonly string[] => [...(groups.get(group) ?? [])];
  return {
    add(group, id) {
      const known = groups.get(group);
      if (known === undefined) groups.set(group, new Set([id]));
      else known.add(id);
    },
    remove: (group, id) => void groups.get(group)?.delete(id),
    of,
    take(group) {
      const ids = of(group);
      groups.delete(group);
      return ids;
    },
  };
}

interface Standing<Row> {
  readonly id: string;
  readonly stored: Row | undefined;
  readonly nowMs: number;
}

function nextTrace(
  events: readonly EventOf<'trace'>[],
  { id, stored, nowMs }: Standing<TraceRecord>,
): TraceRecord {
  const earliest = earliestOf(events.map((event) => event.body.timestamp));
  const isFound = stored !== undefined && stored.timestamp >= earliest;
  return foldTrace(events, { id, stored: isFound ? stored : undefined, nowMs });
}

function nextObservation(
  events: readonly EventOf<'observation'>[],
  { id, stored, nowMs }: Standing<ObservationRecord>,
): ObservationRecord {
  const earliest = earliestOf(events.map((event) => event.body.startTime));
  const [first] = events;
  const isFound =
    stored !== undefined &&
    first !== undefined &&
    stored.type === observationTypeOf(first) &&
    stored.startTime >= earliest;
  return foldObservation(events, { id, stored: isFound ? stored : undefined, nowMs });
}

// The server looks for a stored row from the earliest known time on only.
function earliestOf(times: readonly (string | null | undefined)[]): number {
  const known = times.map((time) => Date.parse(time ?? '')).filter((ms) => !Number.isNaN(ms));
  return known.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...known);
}

interface SessionSource {
  readonly events: readonly EventOf<'trace'>[];
  readonly environment: string;
  readonly createdAt: number;
}

function addSession(
  sessions: Map<string, SessionRecord>,
  { events, environment, createdAt }: SessionSource,
): void {
  const id = events.findLast((event) => event.body.sessionId)?.body.sessionId;
  if (id && !sessions.has(id)) sessions.set(id, { id, environment, createdAt });
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
