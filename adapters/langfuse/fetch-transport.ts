import { readBody } from './read-body.ts';
import type { Content, Transport } from './transport.ts';

/** The type of the global `fetch`. */
export type Fetch = typeof globalThis.fetch;

/** A transport over a `fetch`. */
export function createFetchTransport(fetch: Fetch): Transport {
  return async ({ url, method, headers, body, signal, bodyLimitBytes }) => {
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body !== undefined && { body: whole(body) }),
      signal,
    });
    const text = response.body === null ? '' : await readBody(response.body, bodyLimitBytes);
    return { status: response.status, headers: response.headers, text };
  };
}

/** In memory of its own: a `fetch` does not say when it has read the last byte. */
function whole(body: Content): string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' ? body : Buffer.concat(body);
}
