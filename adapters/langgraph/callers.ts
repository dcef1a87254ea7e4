import type { AdapterPort, Place } from '../../src/index.ts';
import { leaveCaller, leftCaller, runningRunId } from './langchain-context.ts';
import { placeOf } from './open-call.ts';
import type { OpenRuns } from './open-runs.ts';

/**
 * Where something was called from, which LangChain does not say where the call has callbacks of its own; it follows from
 * LangChain's own async context, which it empties before it calls a handler.
 */
export interface Callers {
  /** Leaves word of the caller, before LangChain makes a context for what is called. */
  leave(): void;
  /** Notes where the caller is, before LangChain empties its context for a callback. */
  note(): void;
  /** Calls `start` with the run that it starts being called from where was noted. */
  starting<T>(start: () => T): T;
}

/** Makes the callers of one lifecycle, and tells the port where code inside LangChain runs. */
export function createCallers(port: AdapterPort, open: OpenRuns): Callers {
  let noted: Place | undefined;
  let isStarting = false;

  function find(id: string | undefined): Place | undefined {
    const call = open.find(id);
    return call === undefined ? undefined : placeOf(call);
  }

  port.locate(() => find(runningRunId()) ?? (isStarting ? noted : undefined));
  return {
    leave() {
      const runId = runningRunId();
      if (runId !== undefined && open.find(runId) !== undefined) leaveCaller(runId);
    },
    note() {
      noted = find(runningRunId()) ?? find(leftCaller());
    },
    starting(start) {
      isStarting = true;
      try {
        return start();
      } finally {
        isStarting = false;
      }
    },
  };
}
