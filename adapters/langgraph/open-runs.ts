import { createBoundedMap } from '../../src/index.ts';
import type { OpenCall } from './open-call.ts';
import type { OpenRun } from './open-run.ts';

/** What is open, by LangChain's ids, and what is known to be over. */
export interface OpenRuns {
  find(id: unknown): OpenCall | undefined;
  /** Whether something under the id has ended, or is not to be told. */
  isOver(id: string): boolean;
  hasRuns(): boolean;
  add(call: OpenCall): void;
  /** Ends a call; what comes of it later is no run of its own. */
  take(id: string): OpenCall | undefined;
  /** Remembers that something under the id is not to be told. */
  ignore(id: string): void;
  /** Ends a run and everything that is open in it. */
  forget(run: OpenRun): void;
}

// A stream of a plain runnable that nobody reads to its end never ends.
const limits = { runs: 10_000, overIds: 10_000 } as const;

/** Makes the register of one lifecycle. It is bounded: the oldest open run is forgotten first. */
export function createOpenRuns(): OpenRuns {
  const calls = new Map<string, OpenCall>();
  const runs = createBoundedMap<string, OpenRun>(limits.runs);
  const overIds = createBoundedMap<string, true>(limits.overIds);

  function ignore(id: string): void {
    overIds.set(id, true);
  }

  function take(id: string): OpenCall | undefined {
    const call = calls.get(id);
    if (call === undefined) return undefined;
    calls.delete(id);
    call.run.openIds.delete(id);
    ignore(id);
    return call;
  }

  function forget(run: OpenRun): void {
    for (const id of run.openIds) take(id);
    runs.take(run.runId);
  }

  return {
    find: (id) => (typeof id === 'string' ? calls.get(id) : undefined),
    isOver: (id) => overIds.has(id),
    hasRuns: () => runs.size > 0,
    add(call) {
      const { id, run, parent } = call;
      calls.set(id, call);
      run.openIds.add(id);
      if (parent !== undefined) return;
      const oldest = runs.set(run.runId, run);
      if (oldest !== undefined) forget(oldest);
    },
    take,
    ignore,
    forget,
  };
}
