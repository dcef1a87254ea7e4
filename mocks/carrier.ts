import type { FakeResponse } from './fake-exchange.ts';

/** Statuses whose answer has no body, so that a carrier must not send one. */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/**
 * The part of the body that gets out before a reset: at most `afterBytes`, and never the whole body, because an answer
 * that arrives whole is no failure. Empty means that the connection breaks before the status line.
 */
export function bytesBeforeReset(response: FakeResponse, afterBytes: number): Uint8Array {
  const body = new TextEncoder().encode(response.body);
  return body.subarray(0, Math.max(0, Math.min(afterBytes, body.byteLength - 1)));
}
