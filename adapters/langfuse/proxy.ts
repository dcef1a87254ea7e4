import type { EnvHttpProxyAgent } from 'undici';
import type { Fetch } from './fetch-transport.ts';

const names = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'NODE_USE_ENV_PROXY',
];

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
 * The `fetch` that respects `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (or their lower-case forms); undefined without such
 * a variable. Node's own does so only with `NODE_USE_ENV_PROXY`, and not before version 22.21: then it is the global one,
 * looked up at each call.
 */
export function createProxiedFetch(variables: ProxyVariables): Fetch | undefined {
  const httpProxy = variables['http_proxy'] ?? variables['HTTP_PROXY'];
  const httpsProxy = variables['https_proxy'] ?? variables['HTTPS_PROXY'];
  const noProxy = variables['no_proxy'] ?? variables['NO_PROXY'];
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  if (variables['NODE_USE_ENV_PROXY'] === '1' && nodeKnowsProxies()) {
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

// Older versions ignore the variable.
function nodeKnowsProxies(): boolean {
  return process.allowedNodeEnvironmentFlags.has('--use-env-proxy');
}

async function loadProxied(options: EnvHttpProxyAgent.Options): Promise<Fetch> {
  const { EnvHttpProxyAgent: Agent, fetch } = await import('undici');
  const dispatcher = new Agent(options);
  // The package and Node hold the same implementation; only their type declarations differ.
  const send = fetch as unknown as (input: unknown, init: object) => Promise<Response>;
  return (input, init) => send(input, { ...init, dispatcher });
}
