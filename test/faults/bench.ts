import { setImmediate } from 'node:timers/promises';
import {
  createLifecycle,
  type DeliveryReport,
  type Diagnostic,
  type Lifecycle,
  type LifecycleOptions,
  type Sink,
} from '../../src/index.ts';
import {
  langfuse,
  langfuseIngestion,
  langfuseOtlp,
  type LangfuseOptions,
} from '../../adapters/langfuse/index.ts';
import {
  createFakeLangfuse,
  type FakeLangfuse,
  type FakeReply,
  type FakeRequest,
  type FakeTrace,
  type WriteMode,
} from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { isWrite } from './answering.ts';

/** A wire, and a server that wants it. */
export interface Route {
  readonly name: string;
  readonly wire: 'ingestion' | 'otlp';
  readonly writeMode: WriteMode;
  readonly createSink: (options: LangfuseOptions) => Sink;
}

/** Both wires, each set by hand and found out. */
export const routes: readonly Route[] = [
  { name: 'legacy', wire: 'ingestion', writeMode: 'legacy', createSink: langfuseIngestion },
  { name: 'OTLP', wire: 'otlp', writeMode: 'events_only', createSink: langfuseOtlp },
  { name: 'legacy, discovered', wire: 'ingestion', writeMode: 'legacy', createSink: langfuse },
  { name: 'OTLP, discovered', wire: 'otlp', writeMode: 'events_only', createSink: langfuse },
];

/** The wires set by hand, for tests that need each only once. */
export const wires: readonly Route[] = routes.slice(0, 2);
export const discoveredRoutes: readonly Route[] = routes.slice(2);

/** A lifecycle, and over a real socket the server that it sends to. */
export interface Bench {
  readonly fake: FakeLangfuse;
  readonly lifecycle: Lifecycle;
  readonly diagnostics: readonly Diagnostic[];
  /** The address of the server; nothing is sent before `lifecycle` is used. */
  readonly url: string;
  close(): Promise<void>;
}

type Handle = (request: FakeRequest) => FakeReply;

/** What may be said of a bench. */
export interface BenchOptions {
  readonly requestTimeoutMs?: number;
  readonly lifecycle?: Omit<LifecycleOptions, 'sink'>;
  readonly sink?: LangfuseOptions;
  /** Comes after the address of the server. */
  readonly path?: string;
  /** Stands between the server and the fake. */
  readonly before?: (fake: FakeLangfuse) => Handle;
}

/** Pauses so short that a test waits for the server only. */
export const quick = { flushIntervalMs: 5, retryBaseMs: 5, retryCapMs: 40 } as const;

/** Starts a server and a lifecycle that sends to it over `route`. */
export async function createBench(route: Route, options: BenchOptions = {}): Promise<Bench> {
  const fake = createFakeLangfuse({ writeMode: route.writeMode });
  const handle: Handle = options.before?.(fake) ?? ((request) => fake.handle(request));
  const server = await serveFakeLangfuse({ ...fake, handle });
  const diagnostics: Diagnostic[] = [];
  const sink = route.createSink({
    publicKey: fake.options.publicKey,
    secretKey: fake.options.secretKey,
    baseUrl: `${server.url}${options.path ?? ''}`,
    requestTimeoutMs: options.requestTimeoutMs ?? 2_000,
    env: {},
    dotenv: false,
    ...options.sink,
  });
  const lifecycle = createLifecycle({
    sink,
    interruption: false,
    limits: quick,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options.lifecycle,
  });
  return {
    fake,
    lifecycle,
    diagnostics,
    url: server.url,
    async close() {
      await lifecycle.shutdown({ timeoutMs: 1 });
      await server.close();
    },
  };
}

/** How much a program does. */
export interface Load {
  readonly name: string;
  readonly runs: number;
  readonly steps: number;
  /** Runs that start and end in one tick. */
  readonly atOnce: number;
}

export const oneRun: Load = { name: 'one run', runs: 1, steps: 3, atOnce: 1 };
export const manyRuns: Load = { name: '300 runs', runs: 300, steps: 3, atOnce: 50 };
export const someRuns: Load = { name: '50 runs', runs: 50, steps: 3, atOnce: 10 };
export const burst: Load = { name: 'burst of 500', runs: 500, steps: 11, atOnce: 500 };

/** Observations in all, parents included. */
export function observationsOf({ runs, steps }: Load): number {
  return runs * (steps + 1);
}

/** The step that a fault may be aimed at; every fiftieth run has one in the place of its first. */
export const poisonName = 'poison';

/** How many of a load's runs have a poison step. */
export function poisonedRunsOf({ runs }: Load): number {
  return Math.ceil(runs / 50);
}

/** Does the work; `atHalf` is awaited when half of the runs are done. Returns what the host got back. */
export async function work(
  lifecycle: Lifecycle,
  load: Load,
  atHalf?: () => Promise<void>,
): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for (let run = 0; run < load.runs; run += 1) {
    results.push(doRun(lifecycle, load, run));
    if (run + 1 === load.runs / 2) await atHalf?.();
    if ((run + 1) % load.atOnce === 0) await setImmediate();
  }
  return results;
}

function doRun(lifecycle: Lifecycle, { steps }: Load, run: number): number {
  const options = { name: 'agent', input: { run }, conversationId: `chat-${run}` };
  return lifecycle.run(options, (handle) => {
    for (let step = 0; step < steps; step += 1) {
      const name = step === 0 && run % 50 === 0 ? poisonName : `step-${step}`;
      handle.step({ kind: 'tool', name, input: step }, () => `found ${step}`);
    }
    return run;
  });
}

/** What the server holds, in numbers. */
export interface Arrived {
  readonly parents: number;
  /** Parents and steps; start markers do not count. */
  readonly observations: number;
  readonly requests: number;
}

export function arrivedAt(fake: FakeLangfuse, traces: readonly FakeTrace[]): Arrived {
  return {
    parents: traces.filter(({ root }) => root !== undefined).length,
    observations: traces
      .flatMap(({ observations }) => observations)
      .filter(({ name }) => name !== 'run-start').length,
    requests: fake.requests.filter(isWrite).length,
  };
}

/** How often each span id came, as the server acknowledged it or stored it before it broke off. */
export function spanCounts(fake: FakeLangfuse): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const span of fake.otlpSpans) {
    const id = idOf(span);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function idOf(span: unknown): string {
  const { traceId, spanId } = span as { traceId: string; spanId: string };
  return `${traceId}/${spanId}`;
}

/** The report of a lifecycle that lost nothing but what was refused. */
export function deliveredAllOf(load: Load, rejected = 0): DeliveryReport {
  const delivered = observationsOf(load) - rejected;
  return { delivered, pending: 0, dropped: rejected === 0 ? {} : { rejected } };
}
