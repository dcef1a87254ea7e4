import type { Connection, Problem } from './connection.ts';
import type { HttpResult } from './http.ts';
import { parseRetryAfter } from './retry-after.ts';
import { isObject } from './values.ts';
import { missingProblem, toVerdict, type Verdict } from './verdict.ts';
import { firstWithAllObservationTypes, isAtLeast, parseVersion } from './version.ts';
import { paths } from './vocabulary.ts';

/** What the server wants, or why that is not known yet. */
export type Discovery =
  | {
      readonly type: 'known';
      readonly wire: 'ingestion' | 'otlp';
      /** Before 3.98.2 the ingestion endpoint takes spans, generations and events only. */
      readonly observationTypes: 'all' | 'basic';
      /** Which wire and why, in a sentence. */
      readonly reason: string;
      /** How the server stores what it is sent; absent where it was not asked. */
      readonly writeMode?: 'legacy' | 'dual' | 'events_only';
    }
  | {
      readonly type: 'unknown';
      readonly afterMs?: number;
      /** Absent when the caller gave up. */
      readonly problem?: Problem;
    };

type Unknown = Extract<Discovery, { type: 'unknown' }>;
type Known = Extract<Discovery, { type: 'known' }>;

/**
 * Finds out how a server wants to be written to, with reads only: nothing is stored, and a key without data will do.
 *
 * - Langfuse Cloud takes OTLP: no question is asked there, because the reads that would tell are rationed.
 * - Before version 4: ingestion.
 * - From 4 on the write mode decides. `events_only` answers the legacy reads with a 404 that says so; `dual` answers
 *   v2 metrics, `legacy` does not.
 * - Without a readable version (a proxy that hides health) the same two questions decide.
 */
export async function discover(
  connection: Connection,
  { signal }: { readonly signal: AbortSignal },
): Promise<Discovery> {
  const { baseUrl } = connection.settings;
  if (isCloud(baseUrl)) return otlp(`${baseUrl} is Langfuse Cloud, which takes OTLP`);
  const context: Context = { connection, signal };
  const health = await ask(context, paths.health);
  const version =
    health.type === 'answer' && isObject(health.json) ? health.json['version'] : undefined;
  const parsed = parseVersion(version);
  if (parsed === undefined && isDown(health))
    return unknown(context, { path: paths.health, result: health });
  if (parsed === undefined) return byWriteMode(context, 'a version that it does not tell');
  if (parsed.major >= 4) return byWriteMode(context, String(version));
  return {
    type: 'known',
    wire: 'ingestion',
    observationTypes: isAtLeast(parsed, firstWithAllObservationTypes) ? 'all' : 'basic',
    reason: `${baseUrl} is Langfuse ${String(version)}: sending to the ingestion endpoint`,
  };
}

interface Context {
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

interface Asked {
  readonly path: string;
  readonly result: HttpResult;
}

function isCloud(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === 'cloud.langfuse.com' || hostname.endsWith('.cloud.langfuse.com');
}

function isDown(result: HttpResult): boolean {
  return result.type === 'unreachable' || result.status >= 500 || result.status === 429;
}

async function byWriteMode(context: Context, version: string): Promise<Discovery> {
  const { baseUrl } = context.connection.settings;
  const server = `${baseUrl} is Langfuse ${version}`;
  const reads = await ask(context, legacyRead(context.connection.now()));
  if (saysEventsOnly(reads))
    return { ...otlp(`${server} in write mode events_only`), writeMode: 'events_only' };
  if (reads.type === 'unreachable' || !isTelling(reads)) {
    return unknown(context, { path: paths.traces, result: reads });
  }
  const metrics = await ask(context, metricsQuery(context.connection.now()));
  if (metrics.type === 'answer' && isTelling(metrics)) {
    // A 400 comes from the endpoint too: it exists, and only its query language has changed.
    if (metrics.status === 200 || metrics.status === 400) {
      return { ...otlp(`${server} in write mode dual`), writeMode: 'dual' };
    }
    // Without the read of before, both being missing says that this is no Langfuse.
    if (metrics.status === 404 && (reads.status === 200 || reads.status === 400)) {
      return {
        type: 'known',
        wire: 'ingestion',
        observationTypes: 'all',
        reason: `${server} in write mode legacy: sending to the ingestion endpoint`,
        writeMode: 'legacy',
      };
    }
  }
  return unknown(context, { path: paths.metrics, result: metrics });
}

// 404 and 410 may be a legacy read that has been removed, 400 one that wants other parameters; then the second question
// tells. A success that is no JSON comes from something before Langfuse.
function isTelling({ status, json }: Extract<HttpResult, { type: 'answer' }>): boolean {
  return status === 200 ? isObject(json) : [400, 404, 410].includes(status);
}

function saysEventsOnly(result: HttpResult): boolean {
  if (result.type !== 'answer' || result.status !== 404 || !isObject(result.json)) return false;
  return String(result.json['message']).includes('events_only mode');
}

// A window without data, so that the server has nothing to search.
function legacyRead(nowMs: number): string {
  return `${paths.traces}?limit=1&fromTimestamp=${new Date(nowMs).toISOString()}`;
}

function metricsQuery(nowMs: number): string {
  const query = {
    view: 'observations',
    metrics: [{ measure: 'count', aggregation: 'count' }],
    dimensions: [{ field: 'isRootObservation' }],
    filters: [],
    fromTimestamp: new Date(nowMs).toISOString(),
    toTimestamp: new Date(nowMs + 60_000).toISOString(),
  };
  return `${paths.metrics}?query=${encodeURIComponent(JSON.stringify(query))}`;
}

function ask({ connection, signal }: Context, path: string): Promise<HttpResult> {
  return connection.http.get(path, { signal });
}

function otlp(server: string): Known {
  return {
    type: 'known',
    wire: 'otlp',
    observationTypes: 'all',
    reason: `${server}: sending OTLP`,
  };
}

function unknown({ connection, signal }: Context, { path, result }: Asked): Unknown {
  const url = `${connection.settings.baseUrl}${path}`;
  const nowMs = connection.now();
  const problem = toProblem(toVerdict(result, { url, nowMs, signal, successStatuses: [] }), url);
  const afterMs =
    result.type === 'answer'
      ? parseRetryAfter(result.headers.get('retry-after'), nowMs)
      : undefined;
  return {
    type: 'unknown',
    ...(afterMs !== undefined && { afterMs }),
    ...(problem !== undefined && { problem }),
  };
}

function toProblem(verdict: Verdict, url: string): Problem | undefined {
  switch (verdict.type) {
    case 'later':
      return verdict.problem;
    case 'missing':
      return missingProblem(verdict.message);
    case 'refused':
    case 'too-large':
      return {
        code: 'server_error',
        message: `${verdict.message}, so it is not known how this server is to be written to; traces wait. Set LANGFUSE_WIRE to ingestion or otlp to decide it.`,
      };
    case 'taken':
      return {
        code: 'server_error',
        message: `${url} gave an answer that tells nothing; traces wait.`,
      };
    default:
      return verdict satisfies never;
  }
}
