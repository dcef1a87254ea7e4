import type { ErrorFacts } from '../ending.ts';
import { toErrorFacts } from '../error-facts.ts';
import { toAbandonment } from './abandonment.ts';
import type { StreamSession } from './stream-session.ts';

/** What is told about the reader of a stream. What one throws is a diagnostic. */
export interface StreamFollower {
  /** Calls the code of the source; default: as it is. */
  readonly within?: <T>(fn: () => T) => T;
  /** A chunk is about to reach the reader. */
  chunk?(chunk: unknown): void;
  /** The stream came to its end; `returned` is what a generator returned. */
  finish?(returned?: unknown): void;
  /** The stream failed. */
  fail?(error: unknown): void;
  /** The reader stopped, cancelled or walked away before the end; `error` says so in words. */
  leave?(error: ErrorFacts): void;
  /** The process or `shutdown()` is about to end what is open. */
  progress?(): void;
}

/** What a followed stream needs from the lifecycle. */
export interface FollowPorts {
  reportInternal(what: string, error: unknown): void;
}

/** A session that tells what the reader does, and ends no run itself; `onEnd` is called once. */
export function createFollowSession(
  follower: StreamFollower,
  onEnd: () => void,
  ports: FollowPorts,
): StreamSession {
  let chunks = 0;
  let hasEnded = false;

  function tell(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      ports.reportInternal('What a reader did could not be told', error);
    }
  }

  function end(fn: () => void): void {
    if (hasEnded) return;
    hasEnded = true;
    tell(fn);
    onEnd();
  }

  return {
    within: (fn) => (follower.within === undefined ? fn() : follower.within(fn)),
    chunk(chunk) {
      if (hasEnded) return;
      chunks += 1;
      tell(() => follower.chunk?.(chunk));
    },
    finish: (returned) => end(() => follower.finish?.(returned)),
    value: () => end(() => {}),
    fail: (error) => end(() => follower.fail?.(error)),
    leave: (departure) =>
      end(() => follower.leave?.(toErrorFacts(toAbandonment(departure, chunks)))),
    tellProgress() {
      if (!hasEnded) tell(() => follower.progress?.());
    },
  };
}
