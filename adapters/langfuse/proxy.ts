import type { EnvHttpProxyAgent } from 'undici';

type Fetch = typeof globalThis.fetch;

const names = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'NODE_USE_ENV_PROXY',
];

// Older versions ignore the variable.
const nodeKnowsProxies = process.allowedNodeEnvironmentFlags.has('--use-env-proxy');

/** The part of an environment that says which proxy to go through. */
export type ProxyVariables = Readonly<Record<string, string>>;

/** Picks it; blank variables count as not set. */
export function readProxyVariables(
  env: Readonly<Record<string, string | undefined>>,
): ProxyVariables {
  const set = names.map((name) => [name, env[name]?.trim() ?? ''] as const);
  return Object.fromEntries(set.filter(([, value]) => value !== ''));
}

/**
 * The `fetch` that respects `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (or their lower-case forms): Node's own does so
 * only with `NODE_USE_ENV_PROXY`, and not before version 22.21. Without such a variable it is the global `fetch`, looked
 * up at each call, so that one that is patched later (a mock, an instrumentation) is used.
 */
export function createFetch(variables: ProxyVariables): Fetch {
  const httpProxy = variables['http_proxy'] ?? variables['HTTP_PROXY'];
  const httpsProxy = variables['https_proxy'] ?? variables['HTTPS_PROXY'];
  const noProxy = variables['no_proxy'] ?? variables['NO_PROXY'];
  const hasProxy = httpProxy !== undefined || httpsProxy !== undefined;
  const isLeftToNode = variables['NODE_USE_ENV_PROXY'] === '1' && nodeKnowsProxies;
  if (!hasProxy || isLeftToNode) {
    return (input, init) => globalThis.fetch(input, init);
  }
  let proxied: Promise<Fetch> | undefined;
  return async (input, init) => {
    proxied ??= loadProxied({
      ...(httpProxy !== undefined && { httpProxy }),
      ...(httpsProxy !== undefined && { httpsProxy }),
      ...(noProxy !== undefined && { noProxy }),
    });
    return (await proxied)(input, init);
  };
}

async function loadProxied(options: EnvHttpProxyAgent.Options): Promise<Fetch> {
  const { EnvHttpProxyAgent: Agent, fetch } = await import('undici');
  const dispatcher = new Agent(options);
  // The package and Node hold the same implementation; only their type declarations differ.
  const send = fetch as unknown as (input: unknown, init: object) => Promise<Response>;
  return (input, init) => send(input, { ...init, dispatcher });
}
