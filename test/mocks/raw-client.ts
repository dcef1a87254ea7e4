import { request as httpRequest } from 'node:http';

/** One request as bytes, to a whole address. */
export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
  /** Sees each piece of the body as it arrives. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

/** What came back; header names in lower case. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A way to send a request; rejects when the connection breaks or the body stays short. */
export type RawClient = (url: string, request?: RawRequest) => Promise<RawResponse>;

/** The platform's fetch; redirects are not followed. */
export const viaFetch: RawClient = async (url, { method, headers, body, signal, onBytes } = {}) => {
  const response = await fetch(url, {
    redirect: 'manual',
    ...(method === undefined ? {} : { method }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) {
    onBytes?.(chunk);
    chunks.push(chunk);
  }
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.concat(chunks).toString('utf8'),
  };
};

/** `node:http`, a new connection each time: headers exactly as given. */
export const viaHttp: RawClient = (url, { method, headers, body, signal, onBytes } = {}) =>
  new Promise((resolve, reject) => {
    const options = {
      agent: false as const,
      method: method ?? 'GET',
      headers: { ...headers },
      ...(signal === undefined ? {} : { signal }),
    };
    const outgoing = httpRequest(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        onBytes?.(chunk);
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const entries = Object.entries(response.headers).map(([name, value]) => [
          name,
          String(value),
        ]);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(entries),
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
