import { createBoundedMap, type LifecycleRecord } from '../../../src/index.ts';

/** The open runs whose start marker the server has. */
export interface MarkedRuns {
  has(record: LifecycleRecord): boolean;
  /** Notes what the server has taken of a record: the marker of an open parent, or its end. */
  note(record: LifecycleRecord): void;
}

/** Remembers at most `limit` runs, the ones that were marked last. */
export function createMarkedRuns(limit = 20_000): MarkedRuns {
  const marked = createBoundedMap<string, true>(limit);
  return {
    has: ({ runId }) => marked.has(runId),
    note({ role, runId, phase }) {
      if (role !== 'parent') return;
      if (phase === 'ended') marked.take(runId);
      else marked.set(runId, true);
    },
  };
}
