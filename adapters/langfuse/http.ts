import { withoutTracing } from '../opentelemetry-context.ts';
import type { LangfuseSettings } from './config.ts';
import { createTransport } from './chosen-transport.ts';
import type { Content, Transport } from './transport.ts';
import { packageName, packageVersion } from './vocabulary.ts';

/** What came back. Never an exception: a request that got no answer is a value too. */
export type HttpResult =
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly headers: Pick<Headers, 'get'>;
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
  post(path: string, body: Content, options: RequestOptions): Promise<HttpResult>;
}

type Connection = Pick<
  LangfuseSettings,
  | 'baseUrl'
  | 'publicKey'
  | 'secretKey'
  | 'requestTimeoutMs'
  | 'headers'
  | 'fetch'
  | 'proxyVariables'
>;

interface HttpRequest extends RequestOptions {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Content;
}

const defaultBodyLimitBytes = 1_000_000;

/** A client of its own connections. A 307 or 308 is followed with method and body. */
export function createHttpClient(connection: Connection): HttpClient {
  const transport = createTransport(connection);
  const credentials = basicCredentials(connection);
  const headers = {
    ...connection.headers,
    'user-agent': `${packageName}/${packageVersion}`,
    authorization: `Basic ${credentials}`,
  };
  return {
    get: (path, options) =>
      send(connection, transport, {
        ...options,
        headers: { ...headers, ...options.headers },
        method: 'GET',
        path,
      }),
    post: (path, body, options) =>
      send(connection, transport, {
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

async function send(
  connection: Connection,
  transport: Transport,
  request: HttpRequest,
): Promise<HttpResult> {
  const limit = startTimeLimit(connection.requestTimeoutMs, request.signal);
  try {
    // A span of each delivery would be delivered in turn, for ever.
    const answer = await withoutTracing(() =>
      transport({
        url: `${connection.baseUrl}${request.path}`,
        method: request.method,
        headers: request.headers ?? {},
        body: request.body,
        signal: limit.signal,
        bodyLimitBytes: request.bodyLimitBytes ?? defaultBodyLimitBytes,
      }),
    );
    const text = withoutKeys(answer.text, connection);
    return { type: 'answer', ...answer, text, json: parseJson(text) };
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// fetch says "fetch failed" and keeps what happened in the cause; a failure of all addresses of a name has only a code.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause ? String(cause.code) : '';
  return cause.message || code || error.message;
}
