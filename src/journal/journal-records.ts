import type { JournalEvent, ObservationKey } from './journal-line.ts';
import type { RecoveredRun } from './journal-recovery.ts';
import { toRecord } from '../record-draft.ts';
import type { LifecycleRecord, TraceFacts } from '../records.ts';
import { createRunRegistry, type RunRegistry } from '../run-registry.ts';

/**
 * What is still owed for a run whose process is gone: the ordinary rules applied to its events, what was open closed
 * as `never_ended` at the time when the process was last heard of. Pure; an event that no rule understands is left out.
 */
export function recoveredRecords(run: RecoveredRun): readonly LifecycleRecord[] {
  const registry = createRunRegistry({ endedRuns: Infinity, parkedEvents: Infinity }, () => {});
  const latest = createLatest();
  const apply = (event: JournalEvent, size: number): void => {
    for (const record of recordsOf(registry, event, size)) latest.put(record);
  };
  for (const entry of run.entries) {
    if (entry.type === 'event') apply(entry.event, entry.bytes);
    else for (const key of entry.keys) handOver(registry, latest.get(key));
  }
  const message = `the process ${run.writer.pid} on ${run.writer.host} died; it was last heard of at ${new Date(run.lastHeardAt).toISOString()}`;
  for (const runId of registry.unendedRunIds()) {
    apply(
      { type: 'run-close', runId, timestamp: run.lastHeardAt, reason: 'never_ended', message },
      0,
    );
  }
  return latest.all().filter((record) => record.phase === 'ended' && !run.isSettled(record));
}

function recordsOf(
  registry: RunRegistry,
  event: JournalEvent,
  size: number,
): readonly LifecycleRecord[] {
  try {
    return registry.apply({ event, size }).flatMap(({ records = [] }) => records.map(toRecord));
  } catch {
    return [];
  }
}

function handOver(registry: RunRegistry, record: LifecycleRecord | undefined): void {
  if (record !== undefined) registry.handOver(record);
}

interface Latest {
  put(record: LifecycleRecord): void;
  get(key: ObservationKey): LifecycleRecord | undefined;
  /** The last record of each observation, with the newest facts of its trace. */
  all(): readonly LifecycleRecord[];
}

function createLatest(): Latest {
  const records = new Map<string, LifecycleRecord>();
  const traces = new Map<string, TraceFacts>();
  return {
    put(record) {
      records.set(toText(record), record);
      traces.set(record.trace.traceId, record.trace);
    },
    get: (key) => records.get(toText(key)),
    all: () =>
      Array.from(records.values(), (record) => ({
        ...record,
        trace: traces.get(record.trace.traceId) ?? record.trace,
      })),
  };
}

function toText({ runId, stepId }: ObservationKey): string {
  return JSON.stringify(stepId === undefined ? [runId] : [runId, stepId]);
}
