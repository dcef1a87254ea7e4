import { withoutTracing } from '../opentelemetry-context.ts';
import type { LangfuseSettings } from './config.ts';
import { packageName, packageVersion } from './vocabulary.ts';

/** What came back. Never an exception: a request that got no answer is a value too. */
export type HttpResult =
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly headers: Headers;
      /** At most the first `bodyLimitBytes`; keys that the server repeats are left out. */
      readonly text: string;
      /** Undefined when the text is not JSON. */
      readonly json: unknown;
    }
  | {
      readonly type: 'unreachable';
      /** What happened to the request, without the URL. */
      readonly message: string;
    };

/** What goes with one request. */
export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Reading the answer stops after about so many bytes. Default 1,000,000. */
  readonly bodyLimitBytes?: number;
}

/** Requests to one Langfuse, authorised. */
export interface HttpClient {
  get(path: string, options: RequestOptions): Promise<HttpResult>;
  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    options: RequestOptions,
  ): Promise<HttpResult>;
}

type Connection = Pick<
  LangfuseSettings,
  'baseUrl' | 'publicKey' | 'secretKey' | 'requestTimeoutMs' | 'headers' | 'fetch'
>;

interface HttpRequest extends RequestOptions {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

const defaultBodyLimitBytes = 1_000_000;

/** A client over `fetch`. A 307 or 308 is followed with method and body, as `fetch` does it. */
export function createHttpClient(connection: Connection): HttpClient {
  const credentials = basicCredentials(connection);
  const headers = {
    ...connection.headers,
    'user-agent': `${packageName}/${packageVersion}`,
    authorization: `Basic ${credentials}`,
  };
  return {
    get: (path, options) =>
      send(connection, {
        ...options,
        headers: { ...headers, ...options.headers },
        method: 'GET',
        path,
      }),
    post: (path, body, options) =>
      send(connection, {
        ...options,
        headers: { ...headers, 'content-type': 'application/json', ...options.headers },
        method: 'POST',
        path,
        body,
      }),
  };
}

function basicCredentials({ publicKey, secretKey }: Connection): string {
  return Buffer.from(`${publicKey}:${secretKey}`).toString('base64');
}

/** What is said of an answer goes into logs, and some proxies answer with the headers that they got. */
function withoutKeys(text: string, connection: Connection): string {
  // A made-up key of a test server may be a word, and words stand in answers anyway.
  if (connection.secretKey.length < 8) return text;
  return text
    .replaceAll(connection.secretKey, '[redacted]')
    .replaceAll(basicCredentials(connection), '[redacted]');
}

async function send(connection: Connection, request: HttpRequest): Promise<HttpResult> {
  const limit = startTimeLimit(connection.requestTimeoutMs, request.signal);
  try {
    // A span of each delivery would be delivered in turn, for ever.
    const response = await withoutTracing(() =>
      connection.fetch(`${connection.baseUrl}${request.path}`, {
        method: request.method,
        headers: { ...request.headers },
        ...(request.body !== undefined && { body: request.body }),
        signal: limit.signal,
      }),
    );
    const body = await readText(response, request.bodyLimitBytes ?? defaultBodyLimitBytes);
    const text = withoutKeys(body, connection);
    const { status, headers } = response;
    return { type: 'answer', status, headers, text, json: parseJson(text) };
  } catch (error) {
    return { type: 'unreachable', message: reasonOf(error) };
  } finally {
    limit.clear();
  }
}

interface TimeLimit {
  readonly signal: AbortSignal;
  clear(): void;
}

// Not AbortSignal.any: on Node 20 the derived signals of a long-lived one are never freed.
function startTimeLimit(timeoutMs: number, outer: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer.reason);
  const timer = setTimeout(
    () => controller.abort(new Error(`no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  timer.unref?.();
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}

async function readText(response: Response, bodyLimitBytes: number): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    size += chunk.byteLength;
    if (size > bodyLimitBytes) break;
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// fetch says "fetch failed" and keeps what happened in the cause.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message === '' ? code || error.message : cause.message;
}
