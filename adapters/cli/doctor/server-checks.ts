import type { Connection } from '../../langfuse/connection.ts';
import type { WireChoice } from '../../langfuse/config.ts';
import type { Discovery } from '../../langfuse/discovery.ts';
import type { HttpResult } from '../../langfuse/http.ts';
import { isObject } from '../../langfuse/values.ts';
import { paths } from '../../langfuse/vocabulary.ts';
import type { Finding } from './finding.ts';

/** What the checks of a server need. */
export interface ServerContext {
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** Clocks that differ by less are the same to a person who reads a trace. */
const skewSeconds = { warning: 5, failed: 300 } as const;

/** What answers at the address, and whether its clock agrees with ours. */
export async function checkServer({
  connection,
  signal,
}: ServerContext): Promise<readonly Finding[]> {
  const { baseUrl } = connection.settings;
  const askedAt = connection.now();
  const answer = await connection.http.get(paths.health, { signal });
  const version = versionOf(answer);
  const problem = serverProblem(answer, { baseUrl, version });
  if (problem !== undefined) return [{ check: 'server', status: 'failed', ...problem }];
  const clock = clockFinding(answer, { askedAt, answeredAt: connection.now() });
  return [
    { check: 'server', status: 'ok', found: `Langfuse ${version} at ${baseUrl} is healthy` },
    ...(clock === undefined ? [] : [clock]),
  ];
}

function versionOf(answer: HttpResult): string | undefined {
  const version =
    answer.type === 'answer' && isObject(answer.json) ? answer.json['version'] : undefined;
  return typeof version === 'string' ? version : undefined;
}

function serverProblem(
  answer: HttpResult,
  { baseUrl, version }: { readonly baseUrl: string; readonly version: string | undefined },
): Required<Pick<Finding, 'found' | 'fix'>> | undefined {
  if (answer.type === 'unreachable') {
    return {
      found: `${baseUrl} does not answer: ${answer.message}`,
      fix: 'Check LANGFUSE_BASE_URL, the proxy and the network.',
    };
  }
  const { status } = answer;
  if (version === undefined && (status === 429 || status >= 500)) {
    return {
      found: `${baseUrl}${paths.health} answers ${status}: Langfuse, or what stands before it, takes no requests now`,
      fix: 'Try again in a minute; on your own server look at the logs of Langfuse and of the proxy before it.',
    };
  }
  if (version === undefined) {
    return {
      found: `${baseUrl}${paths.health} answers ${status} and is not Langfuse`,
      fix: 'LANGFUSE_BASE_URL has to be the address of Langfuse itself, without a path behind it, and not of a page or a login before it.',
    };
  }
  if (status !== 200) {
    return {
      found: `Langfuse ${version} at ${baseUrl} says that it is not healthy (${status})`,
      fix: 'Look at its own logs: its database or queue is away. Traces wait meanwhile.',
    };
  }
  return undefined;
}

/** The `Date` header has whole seconds, and the answer took a while: only what is beyond both is a difference. */
function clockFinding(
  answer: HttpResult,
  { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number },
): Finding | undefined {
  const told = answer.type === 'answer' ? Date.parse(answer.headers.get('date') ?? '') : Number.NaN;
  if (Number.isNaN(told)) return undefined;
  const ahead = askedAt - (told + 1_000);
  const behind = told - answeredAt;
  const seconds = Math.max(0, ahead, behind) / 1_000;
  if (seconds < skewSeconds.warning) {
    return { check: 'clock', status: 'ok', found: 'the clocks of both machines agree' };
  }
  const side = ahead > behind ? 'ahead of' : 'behind';
  return {
    check: 'clock',
    status: seconds < skewSeconds.failed ? 'warning' : 'failed',
    found: `this machine's clock is ${Math.round(seconds)} s ${side} the server's`,
    fix: 'Synchronise it (NTP): traces carry the times of this machine, and appear at the wrong place or outside the shown window.',
  };
}

/** Whether the keys are accepted, for which project, and where they would be if not here. */
export async function checkKeys({ connection, signal }: ServerContext): Promise<Finding> {
  const answer = await connection.http.get(paths.projects, { signal });
  if (answer.type === 'unreachable') {
    return {
      check: 'keys',
      status: 'failed',
      found: `no answer: ${answer.message}`,
      fix: 'The server answered before: try again, or look at what stands before it.',
    };
  }
  if (answer.status === 200) return acceptedFinding(answer.json);
  if (answer.status === 403) {
    return {
      check: 'keys',
      status: 'failed',
      found: 'the keys are not those of a project (403)',
      fix: 'Use the API keys of a project; those of an organization cannot write traces.',
    };
  }
  if (answer.status !== 401) {
    return {
      check: 'keys',
      status: 'failed',
      found: `${paths.projects} answers ${answer.status}`,
      fix: 'Something before Langfuse may have answered; try again, or look at its logs.',
    };
  }
  const { baseUrl } = connection.settings;
  return {
    check: 'keys',
    status: 'failed',
    found: `${baseUrl} does not know these keys (401)`,
    fix: unknownKeysFix(baseUrl),
  };
}

function acceptedFinding(json: unknown): Finding {
  const list = isObject(json) ? json['data'] : undefined;
  const project: unknown = Array.isArray(list) ? list[0] : undefined;
  if (!isObject(project)) {
    return {
      check: 'keys',
      status: 'failed',
      found: 'the keys are accepted, and belong to no project',
      fix: 'Make new API keys in the settings of a project.',
    };
  }
  const organization = isObject(project['organization']) ? project['organization']['name'] : '';
  return {
    check: 'keys',
    status: 'ok',
    found: `accepted for the project ${String(project['name'])} of ${String(organization)} (${String(project['id'])})`,
  };
}

/** The regions of Langfuse Cloud hold separate accounts: keys of one are unknown to the others. */
const regions: Readonly<Record<string, string>> = {
  'cloud.langfuse.com': 'EU',
  'us.cloud.langfuse.com': 'US',
  'jp.cloud.langfuse.com': 'Japan',
  'hipaa.cloud.langfuse.com': 'HIPAA',
};

function unknownKeysFix(baseUrl: string): string {
  const { hostname } = new URL(baseUrl);
  const region = regions[hostname];
  if (region === undefined) {
    return 'Copy both keys again from a project on this server. Keys of Langfuse Cloud or of another server are unknown here: is LANGFUSE_BASE_URL the server that they come from?';
  }
  const others = Object.keys(regions)
    .filter((host) => host !== hostname)
    .map((host) => `https://${host} (${regions[host]})`);
  return `This is the ${region} region, and keys of the others are unknown here. Set LANGFUSE_BASE_URL to where the project is: ${others.join(', ')} or your own server.`;
}

/** How traces will be sent, and why. */
export function toWireFinding(wire: WireChoice, discovery: Discovery): Finding {
  if (discovery.type === 'unknown') {
    return {
      check: 'wire',
      status: 'failed',
      found: discovery.problem?.message ?? 'the server did not say how it wants to be written to',
      fix: 'Try again; LANGFUSE_WIRE=otlp (Cloud, version 4) or LANGFUSE_WIRE=ingestion (before) decides it without asking.',
    };
  }
  if (wire === 'auto' || wire === discovery.wire) {
    const chosen = wire === 'auto' ? '' : ' (also set by LANGFUSE_WIRE)';
    return { check: 'wire', status: 'ok', found: `${discovery.reason}${chosen}` };
  }
  return {
    check: 'wire',
    status: 'warning',
    found: `LANGFUSE_WIRE says ${wire}, but ${discovery.reason}`,
    fix: 'Unset LANGFUSE_WIRE, or set it to auto.',
  };
}
