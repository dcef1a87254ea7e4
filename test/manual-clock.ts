import type { Clock } from '../src/index.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time on, calling what falls due on the way, and lets promises settle after each call. */
  advance(milliseconds: number): Promise<void>;
  /** Calls that wait. */
  readonly scheduled: number;
}

export function createManualClock(startAt = Date.UTC(2026, 10, 23, 12)): ManualClock {
  let time = startAt;
  const calls = new Set<{ readonly at: number; readonly callback: () => void }>();

  function nextUpTo(
    limit: number,
  ): { readonly at: number; readonly callback: () => void } | undefined {
    return [...calls].filter(({ at }) => at <= limit).toSorted((a, b) => a.at - b.at)[0];
  }

  return {
    now: () => time,
    schedule(callback, delayMs) {
      const call = { at: time + delayMs, callback };
      calls.add(call);
      return { cancel: () => void calls.delete(call) };
    },
    async advance(milliseconds) {
      const limit = time + milliseconds;
      await settle();
      for (let call = nextUpTo(limit); call !== undefined; call = nextUpTo(limit)) {
        calls.delete(call);
        time = Math.max(time, call.at);
        call.callback();
        await settle();
      }
      time = limit;
    },
    get scheduled() {
      return calls.size;
    },
  };
}

// A macrotask: every promise that can settle has done so when it runs.
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
