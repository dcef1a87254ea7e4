import type { Clock } from './clock.ts';
import { isServed, longestAskedMs } from './outcomes.ts';
import { nextDelay, type RetryBounds } from './retry-delay.ts';
import type { Outcome } from './sink.ts';

/** Until when a sink is left alone: longer after each try that failed, and as long as its server asks for. */
export interface SinkPauses {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** Takes the outcomes of a try that is over. */
  note(outcomes: readonly Outcome[]): void;
  /**
   * Shortens a pause of our own choice that would last until after `deadline`. Gives the time of the next try that is
   * neither too soon for the server nor a storm.
   */
  hasten(deadline: number): number;
  /** Follows a clock that was set back, which reaches these times again only much later. Gives by how much it was. */
  followClock(): number;
}

/** What the pauses depend on. */
export interface SinkPausesOptions {
  readonly clock: Clock;
  readonly retry: RetryBounds;
  /** A number from 0 to 1, 1 excluded. */
  readonly random: () => number;
}

/** Without a pause before the first try. */
export function createSinkPauses({ clock, retry, random }: SinkPausesOptions): SinkPauses {
  let until = 0;
  // The part of the pause that the server asked for.
  let askedUntil = 0;
  let pauseMs = 0;
  let lastTryAt = 0;
  return {
    get until() {
      return until;
    },
    note(outcomes) {
      pauseMs = isServed(outcomes) ? 0 : nextDelay(pauseMs, retry, random());
      lastTryAt = clock.now();
      askedUntil = lastTryAt + longestAskedMs(outcomes);
      until = Math.max(lastTryAt + pauseMs, askedUntil);
    },
    hasten(deadline) {
      const soon = Math.max(askedUntil, lastTryAt + retry.baseMs);
      if (until > deadline) {
        until = soon;
        pauseMs = 0;
      }
      return soon;
    },
    followClock() {
      const setBackMs = Math.max(0, lastTryAt - clock.now());
      lastTryAt -= setBackMs;
      until -= setBackMs;
      askedUntil -= setBackMs;
      return setBackMs;
    },
  };
}
