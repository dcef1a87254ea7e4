import { ConfigError, type Sink } from '../../../src/index.ts';
import { type LangfuseOptions, type LangfuseSettings, readConfig } from '../../langfuse/config.ts';
import { createConnection } from '../../langfuse/connection.ts';
import { discover } from '../../langfuse/discovery.ts';
import { readEnvironment } from '../../langfuse/environment.ts';
import { checkEnvironment, type VariableSources } from './environment-check.ts';
import type { CheckName, Finding } from './finding.ts';
import { checkInstrumentation, type Surroundings } from './instrumentation-check.ts';
import { checkJournal } from './journal-check.ts';
import { checkNetwork, checkProxy } from './network-check.ts';
import { checkProbe } from './probe-check.ts';
import { checkKeys, checkServer, type ServerContext, toWireFinding } from './server-checks.ts';

/** What the examination needs of the process that runs it. */
export interface ExaminationPorts extends VariableSources {
  readonly createSink: (options: LangfuseOptions) => Sink;
  readonly surroundings: () => Surroundings;
  readonly wait: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What to examine. */
export interface ExaminationOptions {
  /** Milliseconds to look for the probe; undefined leaves it out. */
  readonly probeTimeoutMs: number | undefined;
}

/** Everything that can stand between a program and a complete trace, in the order in which it would fail. */
export async function* examine(
  ports: ExaminationPorts,
  { probeTimeoutMs }: ExaminationOptions,
): AsyncGenerator<Finding> {
  const { env, dotenvText } = ports;
  const variables = readEnvironment({ env, dotenvText });
  const seen = checkEnvironment(ports);
  yield* seen;
  const options: LangfuseOptions = { env: { ...env, ...variables }, dotenv: false };
  const settings = readSettings(options);
  if ('check' in settings) yield settings;
  else {
    yield { check: 'address', status: 'ok', found: toAddress(settings, variables) };
    const hasKeys = readConfig(options).type === 'ready';
    const context = { connection: createConnection(settings), signal: ports.signal };
    yield* examineServer(context, { ports, options, hasKeys, probeTimeoutMs });
  }
  yield await checkJournal(variables.LANGFUSE_LIFECYCLE_JOURNAL);
  yield* checkInstrumentation(ports.surroundings());
}

interface ServerExamination extends ExaminationOptions {
  readonly ports: ExaminationPorts;
  readonly options: LangfuseOptions;
  readonly hasKeys: boolean;
}

async function* examineServer(
  context: ServerContext,
  { ports, options, hasKeys, probeTimeoutMs }: ServerExamination,
): AsyncGenerator<Finding> {
  const { baseUrl, proxyVariables } = context.connection.settings;
  const proxy = checkProxy(baseUrl, proxyVariables);
  // Behind a proxy this machine need not find or reach the server itself.
  const reached = proxy ?? (await checkNetwork(baseUrl));
  yield reached;
  if (reached.status === 'failed') {
    yield* skipped(['server', 'keys', 'wire', 'probe'], 'the server cannot be reached');
    return;
  }
  const server = await checkServer(context);
  yield* server;
  if (server.some(({ check, status }) => check === 'server' && status === 'failed')) {
    yield* skipped(['keys', 'wire', 'probe'], 'Langfuse does not answer');
    return;
  }
  if (!hasKeys) {
    yield* skipped(['keys', 'wire', 'probe'], 'there are no keys to try');
    return;
  }
  const keys = await checkKeys(context);
  yield keys;
  if (keys.status === 'failed') {
    yield* skipped(['wire', 'probe'], 'the keys are not accepted');
    return;
  }
  const discovery = await discover(context.connection, { signal: context.signal });
  yield toWireFinding(context.connection.settings.wire, discovery);
  if (probeTimeoutMs === undefined) return;
  if (discovery.type === 'unknown') {
    yield* skipped(['probe'], 'it is not known how to write');
    return;
  }
  yield await checkProbe({
    ...context,
    wire: discovery.wire,
    createSink: () => ports.createSink(options),
    timeoutMs: probeTimeoutMs,
    wait: ports.wait,
  });
}

const correctIt = 'Correct it in the environment or in .env; the environment wins.';

/** How to reach the server, also when there are no keys; or what is wrong with the configuration. */
function readSettings(options: LangfuseOptions): LangfuseSettings | Finding {
  try {
    const config = readConfig(options);
    if (config.type === 'ready') return config.settings;
    const keyless = readConfig({ ...options, publicKey: 'pk-lf-none', secretKey: 'sk-lf-none' });
    if (keyless.type === 'ready') return keyless.settings;
    return { check: 'address', status: 'failed', found: keyless.message, fix: correctIt };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { check: 'address', status: 'failed', found: error.message, fix: correctIt };
  }
}

function toAddress({ baseUrl }: LangfuseSettings, variables: object): string {
  const isDefault = ['LANGFUSE_BASE_URL', 'LANGFUSE_BASEURL', 'LANGFUSE_HOST'].every(
    (name) => !Object.hasOwn(variables, name),
  );
  return isDefault
    ? `${baseUrl} (the default: Langfuse Cloud in the EU; set LANGFUSE_BASE_URL for another)`
    : baseUrl;
}

function skipped(checks: readonly CheckName[], why: string): readonly Finding[] {
  return checks.map((check) => ({ check, status: 'skipped', found: `not looked at: ${why}` }));
}
