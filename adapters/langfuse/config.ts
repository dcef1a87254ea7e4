import { ConfigError } from '../../src/index.ts';
import { parseBaseUrl } from './base-url.ts';
import {
  cleanedText,
  type LangfuseEnvironment,
  readDotenvFile,
  readEnvironment,
} from './environment.ts';
import { normaliseEnvironmentName } from './environment-name.ts';
import { assertOptions } from './option-rules.ts';
import { type ProxyVariables, readProxyVariables } from './proxy.ts';

/** Which endpoint to send to; `auto` asks the server. */
export type WireChoice = 'auto' | 'ingestion' | 'otlp';

/** How the bodies of OTLP requests are packed. */
export type Compression = 'gzip' | 'none';

/** How to reach Langfuse. Every option wins over its variable in the environment, and that over `.env`. */
export interface LangfuseOptions {
  /** Default `LANGFUSE_PUBLIC_KEY`. Without both keys the sink is disabled. */
  readonly publicKey?: string | undefined;
  /** Default `LANGFUSE_SECRET_KEY`. */
  readonly secretKey?: string | undefined;
  /** Default `LANGFUSE_BASE_URL`, then `LANGFUSE_BASEURL`, `LANGFUSE_HOST`, then `https://cloud.langfuse.com`. */
  readonly baseUrl?: string | undefined;
  /** Default `LANGFUSE_TRACING_ENVIRONMENT`. What a server would refuse is put right, and a diagnostic says so. */
  readonly environment?: string | undefined;
  /** Default `LANGFUSE_RELEASE`. */
  readonly release?: string | undefined;
  /** Default `LANGFUSE_WIRE`, then `auto`. */
  readonly wire?: WireChoice | undefined;
  /**
   * Of what goes over OTLP; the ingestion endpoint takes none. Default `gzip`: an eighth of the bytes, for CPU time on
   * a thread beside the program's. `none` suits a Langfuse or Collector on the same machine or network.
   */
  readonly compression?: Compression | undefined;
  /** How long one request may take, milliseconds. Default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Sent with every request, for example for a proxy. `authorization` and the headers of the protocol cannot be replaced. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `false`: `.env` in the working directory is not read. */
  readonly dotenv?: boolean | undefined;
  /** Read in the place of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Sends the requests. Default: Node's own HTTP, or through the proxy of `HTTPS_PROXY` or `HTTP_PROXY` if one is set; a
   * global `fetch` that was replaced (a mock) is used.
   */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What is needed to send. */
export interface LangfuseSettings {
  readonly publicKey: string;
  readonly secretKey: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly environment?: string;
  readonly release?: string;
  readonly wire: WireChoice;
  readonly compression: Compression;
  readonly requestTimeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly proxyVariables: ProxyVariables;
  readonly fetch: typeof globalThis.fetch | undefined;
  /** What a person should know about the configuration, in whole sentences. */
  readonly notices: readonly string[];
}

/** Ready to send, or the one line that says why not. */
export type LangfuseConfig =
  | { readonly type: 'ready'; readonly settings: LangfuseSettings }
  | { readonly type: 'disabled'; readonly message: string };

const wires = ['auto', 'ingestion', 'otlp'] as const;
const compressions = ['gzip', 'none'] as const;

/**
 * Reads options, environment and `.env`. Throws a ConfigError for a form that cannot work; missing keys are no error
 * but the state `disabled`.
 */
export function readConfig(options: LangfuseOptions = {}): LangfuseConfig {
  assertOptions(options);
  const environment = readEnvironment({
    env: options.env ?? process.env,
    ...(options.dotenv !== false && { dotenvText: readDotenvFile() }),
  });
  const shared = readShared(options, environment);
  const publicKey = cleanedText(options.publicKey) ?? environment.LANGFUSE_PUBLIC_KEY;
  const secretKey = cleanedText(options.secretKey) ?? environment.LANGFUSE_SECRET_KEY;
  if (publicKey === undefined || secretKey === undefined) {
    return { type: 'disabled', message: missingKeysMessage(publicKey, secretKey) };
  }
  if (publicKey.startsWith('sk-lf-') || secretKey.startsWith('pk-lf-')) {
    return { type: 'disabled', message: swappedKeysMessage };
  }
  return { type: 'ready', settings: { ...shared, publicKey, secretKey } };
}

const swappedKeysMessage =
  'LANGFUSE_PUBLIC_KEY must start with pk-lf- and LANGFUSE_SECRET_KEY with sk-lf-, but they hold it the other way round: tracing is off. Swap them.';

function missingKeysMessage(publicKey: string | undefined, secretKey: string | undefined): string {
  const fix = "Set both, from the project's settings page, in the environment or in .env.";
  if (publicKey !== undefined) {
    return `LANGFUSE_SECRET_KEY is not set (LANGFUSE_PUBLIC_KEY is): tracing is off. ${fix}`;
  }
  if (secretKey !== undefined) {
    return `LANGFUSE_PUBLIC_KEY is not set (LANGFUSE_SECRET_KEY is): tracing is off. ${fix}`;
  }
  return `LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY are not set: tracing is off. ${fix}`;
}

function readShared(
  options: LangfuseOptions,
  environment: LangfuseEnvironment,
): Omit<LangfuseSettings, 'publicKey' | 'secretKey'> {
  const name = normaliseEnvironmentName(
    cleanedText(options.environment) ?? environment.LANGFUSE_TRACING_ENVIRONMENT,
  );
  const release = cleanedText(options.release) ?? environment.LANGFUSE_RELEASE;
  const proxyVariables = readProxyVariables(options.env ?? process.env);
  return {
    baseUrl: readBaseUrl(options, environment),
    wire: readWire(options, environment),
    compression: readCompression(options),
    ...(name.value !== undefined && { environment: name.value }),
    ...(release !== undefined && { release }),
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    headers: trimmed(options.headers ?? {}),
    proxyVariables,
    fetch: options.fetch,
    notices: name.notice === undefined ? [] : [name.notice],
  };
}

function readBaseUrl(options: LangfuseOptions, environment: LangfuseEnvironment): string {
  const given = cleanedText(options.baseUrl);
  if (given !== undefined) return parseBaseUrl(given, 'baseUrl');
  for (const name of ['LANGFUSE_BASE_URL', 'LANGFUSE_BASEURL', 'LANGFUSE_HOST'] as const) {
    const value = environment[name];
    if (value !== undefined) return parseBaseUrl(value, name);
  }
  return 'https://cloud.langfuse.com';
}

function readWire(options: LangfuseOptions, environment: LangfuseEnvironment): WireChoice {
  const given = options.wire ?? environment.LANGFUSE_WIRE?.toLowerCase() ?? 'auto';
  const wire = wires.find((candidate) => candidate === given);
  if (wire !== undefined) return wire;
  const source = options.wire === undefined ? 'LANGFUSE_WIRE' : 'wire';
  throw new ConfigError(
    `${source}: expected ${wires.join(', ')}; got ${JSON.stringify(given)}. Leave it out to let the server decide.`,
  );
}

function readCompression({ compression: given = 'gzip' }: LangfuseOptions): Compression {
  const compression = compressions.find((candidate) => candidate === given);
  if (compression !== undefined) return compression;
  throw new ConfigError(
    `compression: expected ${compressions.join(', ')}; got ${JSON.stringify(given)}. Leave it out for gzip.`,
  );
}

// A token that was read from a file ends in a line break.
function trimmed(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()]));
}
