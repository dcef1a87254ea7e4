/** Time as the library sees it; a test passes its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls `callback` once after `delayMs`. The timer keeps the process alive only when `hold` is `process`, which is
   * for the time in which somebody awaits a flush: without it Node would exit with that promise unsettled.
   */
  schedule(callback: () => void, delayMs: number, hold?: 'process'): ScheduledCall;
}

/** A call that has not happened yet. */
export interface ScheduledCall {
  cancel(): void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: Date.now,
  schedule(callback, delayMs, hold) {
    const timer = setTimeout(callback, delayMs);
    if (hold === undefined) timer.unref?.();
    return { cancel: () => clearTimeout(timer) };
  },
};
