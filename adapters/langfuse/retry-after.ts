const longestWaitMs = 3_600_000;

/**
 * Milliseconds to wait according to a `Retry-After` header (seconds or an HTTP date); undefined when there is none or
 * it cannot be read. At most an hour: a proxy's wrong clock must not silence tracing for a day.
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (text === '') return undefined;
  const seconds = Number(text);
  const waitMs = Number.isNaN(seconds) ? Date.parse(text) - nowMs : seconds * 1_000;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(0, waitMs), longestWaitMs);
}
