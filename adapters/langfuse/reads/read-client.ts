import type { Clock } from '../../../src/index.ts';
import type { HttpClient, HttpResult } from '../http.ts';
import { parseRetryAfter } from '../retry-after.ts';
import { isObject } from '../values.ts';
import { saidBy } from '../verdict.ts';
import { ReadError } from './read-error.ts';

/** Reads from one Langfuse, one request at a time, and waits as long as the server asks. */
export interface ReadClient {
  /** The JSON object at a path, undefined when there is none (404). Throws a ReadError when it cannot be had. */
  find(path: string, query?: Query): Promise<JsonObject | undefined>;
  /** The same; that there is none is an error too. */
  get(path: string, query?: Query): Promise<JsonObject>;
}

/** Parameters of a read. */
export type Query = Readonly<Record<string, string>>;

/** A JSON object, not looked into. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What goes on while Langfuse is read. */
export type ReadProgress =
  | { readonly type: 'rows'; readonly rows: number; readonly time: number }
  | { readonly type: 'wait'; readonly waitMs: number; readonly why: string };

/** What a read client needs. */
export interface ReadClientOptions {
  readonly http: HttpClient;
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly tell: (progress: ReadProgress) => void;
}

// A page of 100 legacy traces carries their whole inputs and outputs.
const bodyLimitBytes = 256_000_000;

/** How often a read is tried again: an outage shall end the audit, a rate limit shall not. */
const tries = { outage: 5, rateLimit: 100 } as const;

/** A client that goes on after 429 (at the time that `Retry-After` names), 5xx and broken connections. */
export function createReadClient(options: ReadClientOptions): ReadClient {
  const { baseUrl, http } = options;
  const { signal } = new AbortController();

  async function find(path: string, query: Query = {}): Promise<JsonObject | undefined> {
    const tried = { outage: 0, rateLimit: 0 };
    for (;;) {
      const result = await http.get(toPath(path, query), { signal, bodyLimitBytes });
      const outcome = judge(result, `${baseUrl}${path}`);
      switch (outcome.type) {
        case 'json':
          return outcome.json;
        case 'none':
          return undefined;
        case 'failed':
          throw new ReadError(outcome.message);
        case 'again': {
          tried[outcome.cause] += 1;
          if (tried[outcome.cause] > tries[outcome.cause]) throw new ReadError(outcome.message);
          await pause({ result, count: tried[outcome.cause], why: outcome.why }, options);
          break;
        }
        default:
          outcome satisfies never;
      }
    }
  }

  return {
    find,
    async get(path, query) {
      const json = await find(path, query);
      if (json !== undefined) return json;
      throw new ReadError(
        `${baseUrl}${path} answered 404. Check that LANGFUSE_BASE_URL is the address of Langfuse.`,
      );
    },
  };
}

function toPath(path: string, query: Query): string {
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

type Outcome =
  | { readonly type: 'json'; readonly json: JsonObject }
  | { readonly type: 'none' }
  | { readonly type: 'failed'; readonly message: string }
  | {
      readonly type: 'again';
      readonly cause: keyof typeof tries;
      readonly why: string;
      /** Told when it has been tried often enough. */
      readonly message: string;
    };

function judge(result: HttpResult, url: string): Outcome {
  if (result.type === 'unreachable') {
    return {
      type: 'again',
      cause: 'outage',
      why: result.message,
      message: `Langfuse at ${url} cannot be reached (${result.message}). Check LANGFUSE_BASE_URL and the network.`,
    };
  }
  const { status, json } = result;
  if (status === 200 && isObject(json)) return { type: 'json', json };
  const said = `${url} answered ${status} (${saidBy(result)})`;
  if (status === 401 || status === 403) {
    return {
      type: 'failed',
      message: `${said}. Check LANGFUSE_SECRET_KEY and LANGFUSE_PUBLIC_KEY, and that LANGFUSE_BASE_URL is the server that they belong to.`,
    };
  }
  if (status === 404)
    return isObject(json)
      ? { type: 'none' }
      : {
          type: 'failed',
          message: `${said}. Check that LANGFUSE_BASE_URL is the address of Langfuse.`,
        };
  if (status === 429) {
    return {
      type: 'again',
      cause: 'rateLimit',
      why: 'rate limit',
      message: still(said, 'rateLimit'),
    };
  }
  if (status >= 500)
    return {
      type: 'again',
      cause: 'outage',
      why: `answer ${status}`,
      message: still(said, 'outage'),
    };
  return {
    type: 'failed',
    message: `${said}, which is not what the audit expects. Check that LANGFUSE_BASE_URL is the address of Langfuse and not of a page or proxy before it.`,
  };
}

function still(said: string, cause: keyof typeof tries): string {
  return `${said}, each of ${tries[cause] + 1} times that it was asked. Try again later.`;
}

interface Failure {
  readonly result: HttpResult;
  readonly count: number;
  readonly why: string;
}

async function pause(
  { result, count, why }: Failure,
  { clock, tell }: ReadClientOptions,
): Promise<void> {
  const asked =
    result.type === 'answer'
      ? parseRetryAfter(result.headers.get('retry-after'), clock.now())
      : undefined;
  const waitMs = asked ?? Math.min(1_000 * 2 ** (count - 1), 60_000);
  tell({ type: 'wait', waitMs, why });
  await new Promise<void>((resolve) => {
    clock.schedule(resolve, waitMs, 'process');
  });
}
