import type { WatchedFake } from '../watched-fake.ts';
import type { FeedEvent, RunSummary, ServerFacts } from './api.ts';
import { toRunSummary } from './run-facts.ts';

/** Tells every reader all runs, and then what becomes of them. */
export interface RunFeed {
  /** Gives a function that ends it. */
  subscribe(reader: (event: FeedEvent) => void): () => void;
  /** The runs of a conversation, the earliest first. */
  runsOf(conversationId: string): readonly RunSummary[];
  /** Stops to follow the fake. */
  close(): void;
}

// A burst of writes becomes one event; a person does not see the difference.
const gatherMs = 100;
// So many are worked out before other requests get their turn.
const sliceLength = 100;

/** Follows a fake. Work is done only while somebody reads. */
export function createRunFeed(fake: WatchedFake, facts: () => ServerFacts): RunFeed {
  const known = new Map<string, RunSummary | undefined>(
    fake.traces().map((trace) => [trace.id, undefined]),
  );
  const changed = new Set<string>();
  const gone = new Set<string>();
  const readers = new Set<(event: FeedEvent) => void>();
  let timer: NodeJS.Timeout | undefined;

  function summaryOf(id: string): RunSummary | undefined {
    const ready = known.get(id);
    if (ready !== undefined) return ready;
    const trace = fake.trace(id);
    if (trace === undefined) return undefined;
    const summary = toRunSummary(trace);
    known.set(id, summary);
    return summary;
  }

  async function tellRuns(ids: readonly string[], tell: (event: FeedEvent) => void): Promise<void> {
    for (let from = 0; from < ids.length; from += sliceLength) {
      const slice = ids.slice(from, from + sliceLength).map(summaryOf);
      const data = slice.filter((summary) => summary !== undefined);
      if (data.length > 0) tell({ name: 'runs', data });
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  function tellReaders(event: FeedEvent): void {
    for (const reader of readers) reader(event);
  }

  async function tellChanges(): Promise<void> {
    timer = undefined;
    const [ids, lost] = [[...changed], [...gone]];
    changed.clear();
    gone.clear();
    if (readers.size === 0) return;
    if (lost.length > 0) tellReaders({ name: 'gone', data: lost });
    await tellRuns(ids, tellReaders);
  }

  const stop = fake.watch((change) => {
    if (change.type === 'written') {
      for (const { traceId } of change.writes) {
        if (traceId === '') continue;
        known.set(traceId, undefined);
        changed.add(traceId);
        gone.delete(traceId);
      }
    } else {
      for (const traceId of change.traceIds) {
        known.delete(traceId);
        changed.delete(traceId);
        gone.add(traceId);
      }
    }
    timer ??= setTimeout(() => void tellChanges(), gatherMs).unref();
  });

  return {
    subscribe(reader) {
      let isReading = true;
      const tell = (event: FeedEvent): void => {
        if (isReading) reader(event);
      };
      // From now on: what changes while the runs are told is told after them, once more at worst.
      readers.add(tell);
      tell({ name: 'reset', data: null });
      void tellRuns([...known.keys()].toReversed(), tell).then(() =>
        tell({ name: 'ready', data: facts() }),
      );
      return () => {
        isReading = false;
        readers.delete(tell);
      };
    },
    runsOf: (conversationId) =>
      [...known.keys()]
        .map(summaryOf)
        .filter((run) => run?.conversationId === conversationId)
        .filter((run) => run !== undefined)
        .toSorted((one, other) => one.startedAt - other.startedAt),
    close() {
      stop();
      clearTimeout(timer);
      readers.clear();
    },
  };
}
