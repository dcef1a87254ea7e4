import { createBoundedMap } from '../../src/index.ts';

/** The runs of this process that wait for somebody, by graph and thread. */
export interface SuspendedRuns {
  add(graph: string, thread: string, runId: string): void;
  /** The run that waits there; from then on it does not. */
  take(graph: string, thread: string): string | undefined;
}

const maximumRuns = 1_000;

/** Remembers the newest thousand. */
export function createSuspendedRuns(): SuspendedRuns {
  const runIds = createBoundedMap<string, string>(maximumRuns);
  const keyOf = (graph: string, thread: string) => JSON.stringify([graph, thread]);
  return {
    add: (graph, thread, runId) => void runIds.set(keyOf(graph, thread), runId),
    take: (graph, thread) => runIds.take(keyOf(graph, thread)),
  };
}
