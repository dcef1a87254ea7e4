import { readBody } from './read-body.ts';
import type { Transport } from './transport.ts';

/** The type of the global `fetch`. */
export type Fetch = typeof globalThis.fetch;

/** A transport over a `fetch`. */
export function createFetchTransport(fetch: Fetch): Transport {
  return async ({ url, method, headers, body, signal, bodyLimitBytes }) => {
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body !== undefined && { body }),
      signal,
    });
    const text = response.body === null ? '' : await readBody(response.body, bodyLimitBytes);
    return { status: response.status, headers: response.headers, text };
  };
}
