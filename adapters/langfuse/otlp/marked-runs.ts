import type { LifecycleRecord } from '../../../src/index.ts';

/** The open runs whose start marker the server has. */
export interface MarkedRuns {
  has(record: LifecycleRecord): boolean;
  /** Notes what the server has taken of a record: the marker of an open parent, or its end. */
  note(record: LifecycleRecord): void;
}

/** Remembers at most `limit` runs, the ones that were marked last. */
export function createMarkedRuns(limit = 20_000): MarkedRuns {
  const marked = new Set<string>();
  return {
    has: (record) => marked.has(keyOf(record)),
    note(record) {
      if (record.role !== 'parent') return;
      const key = keyOf(record);
      marked.delete(key);
      if (record.phase === 'ended') return;
      marked.add(key);
      if (marked.size <= limit) return;
      for (const oldest of marked) {
        marked.delete(oldest);
        return;
      }
    },
  };
}

function keyOf({ trace, id }: LifecycleRecord): string {
  return `${trace.traceId}/${id}`;
}
