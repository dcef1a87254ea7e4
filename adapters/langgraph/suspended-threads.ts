/** The runs of this process that wait for somebody, by graph and thread. */
export interface SuspendedThreads {
  add(graph: string, thread: string, runId: string): void;
  /** The run that waits there; from then on it does not. */
  take(graph: string, thread: string): string | undefined;
}

/** Remembers at most `maximum` runs, the newest. */
export function createSuspendedThreads(maximum: number): SuspendedThreads {
  const runs = new Map<string, string>();
  const keyOf = (graph: string, thread: string) => JSON.stringify([graph, thread]);
  return {
    add(graph, thread, runId) {
      const key = keyOf(graph, thread);
      runs.delete(key);
      runs.set(key, runId);
      const [oldest] = runs.keys();
      if (runs.size > maximum && oldest !== undefined) runs.delete(oldest);
    },
    take(graph, thread) {
      const key = keyOf(graph, thread);
      const runId = runs.get(key);
      runs.delete(key);
      return runId;
    },
  };
}
