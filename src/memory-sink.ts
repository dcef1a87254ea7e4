import type { EndedRecord, LifecycleRecord } from './records.ts';
import type { Outcome, Sink } from './sink.ts';

/** A sink that keeps what it is given, for tests. */
export interface MemorySink extends Sink {
  /** Everything that was sent, in order: an observation shows once for each phase that left. */
  readonly records: readonly LifecycleRecord[];
  /** The ended parents, in the order of their coming. */
  readonly parents: readonly EndedRecord[];
  /** The ended observations below the parent of a run, inner runs and their steps included. */
  childrenOf(parent: LifecycleRecord): readonly EndedRecord[];
  clear(): void;
}

/** Makes a sink that takes everything at once and keeps it in memory. */
export function memorySink(): MemorySink {
  const records: LifecycleRecord[] = [];
  const ended = (): readonly EndedRecord[] => records.filter((record) => record.phase === 'ended');
  return {
    name: 'memory',
    records,
    get parents() {
      return ended().filter(({ role }) => role === 'parent');
    },
    childrenOf: (parent) =>
      ended().filter(
        ({ role, trace }) => role !== 'parent' && trace.traceId === parent.trace.traceId,
      ),
    clear() {
      records.length = 0;
    },
    async send(batch) {
      records.push(...batch);
      return batch.map((): Outcome => ({ type: 'delivered' }));
    },
  };
}
