/** Bounds of the pause between two tries, in milliseconds. */
export interface RetryBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * The next pause: "decorrelated jitter", a random time between the base and three times the last pause, so that
 * many processes that lost the same server do not come back at the same moment.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random a number from 0 to 1, 1 excluded
 */
export function nextDelay(lastMs: number, bounds: RetryBounds, random: number): number {
  const upper = Math.max(bounds.baseMs, lastMs * 3);
  return Math.min(bounds.capMs, bounds.baseMs + random * (upper - bounds.baseMs));
}
