/** Time as the library sees it; a test passes its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once after `delayMs`; the timer must not keep the process alive. */
  schedule(callback: () => void, delayMs: number): ScheduledCall;
}

/** A call that has not happened yet. */
export interface ScheduledCall {
  cancel(): void;
}

/** The machine's clock, with timers that never hold the process open. */
export const systemClock: Clock = {
  now: Date.now,
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    timer.unref?.();
    return { cancel: () => clearTimeout(timer) };
  },
};
