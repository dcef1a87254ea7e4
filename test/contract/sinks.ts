import {
  createLifecycle,
  type DeliveryReport,
  type Diagnostic,
  type Lifecycle,
  memorySink,
  type Sink,
} from '../../adapters/index.ts';
import {
  langfuse,
  langfuseIngestion,
  type LangfuseOptions,
  langfuseOtlp,
} from '../../adapters/langfuse/index.ts';
import type { FakeTrace, SeenRequest, WriteMode } from '../../mocks/index.ts';
import { mockLangfuse } from '../../mocks/node.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';
import { countedIds } from './counted-ids.ts';
import { tracesOf } from './memory-traces.ts';
import type { Scenario, ScenarioTools } from './scenario.ts';

/** A sink, and what stands behind it. */
export interface SinkUnderTest {
  readonly name: string;
  /** How records leave; `none` is the port itself. */
  readonly wire: 'none' | 'ingestion' | 'otlp';
  /** `basic`: behind it is a server that knows span, generation and event only. */
  readonly observationTypes: 'all' | 'basic';
  /** What is asked before the first write, with the answer's status. */
  readonly questions: readonly string[];
  /** A fresh one, with a lifecycle before it. */
  open(sinkOptions?: Scenario['sinkOptions']): Bench;
}

/** A lifecycle over the sink, and what came out at the other end. */
export interface Bench {
  readonly lifecycle: Lifecycle;
  readonly tools: ScenarioTools;
  readonly diagnostics: readonly Diagnostic[];
  traces(): readonly FakeTrace[];
  /** Everything that was asked of the server; empty at the port. */
  requests(): readonly SentRequest[];
  /** Throws when a request went anywhere else. */
  [Symbol.dispose](): void;
}

/** A request that the server saw, and when it was sent. */
export interface SentRequest extends SeenRequest {
  /** Milliseconds since the epoch on the scenario's clock. */
  readonly sentAt: number;
}

/** What is left after a scenario. */
export interface Played {
  readonly traces: readonly FakeTrace[];
  readonly requests: readonly SentRequest[];
  readonly report: DeliveryReport;
  readonly diagnostics: readonly Diagnostic[];
  /** What a shutdown after the flush says, and how many requests there were by then. */
  readonly atShutdown: { readonly report: DeliveryReport; readonly requests: number };
}

/** Runs the scenario to its end and delivers what it left; throws when a request went anywhere else. */
export async function play(sink: SinkUnderTest, scenario: Scenario): Promise<Played> {
  using bench = sink.open(scenario.sinkOptions);
  const { lifecycle, diagnostics } = bench;
  await scenario.run(lifecycle, bench.tools);
  const report = await lifecycle.flush();
  const [traces, requests] = [bench.traces(), bench.requests()];
  const atShutdown = { report: await lifecycle.shutdown(), requests: bench.requests().length };
  return { traces, requests, report, diagnostics, atShutdown };
}

/** The paths that take data. */
export const writePaths = {
  ingestion: '/api/public/ingestion',
  otlp: '/api/public/otel/v1/traces',
} as const;

/** How long a record waits by default. */
export const flushIntervalMs = 1_000;

const health = 'GET /api/public/health 200';
const legacyRead = (status: number): string => `GET /api/public/traces ${status}`;
const metrics = (status: number): string => `GET /api/public/v2/metrics ${status}`;

/** langfuseIngestion() before a server that takes legacy events. */
export const ingestionSink: SinkUnderTest = overHttp({
  name: 'langfuseIngestion()',
  wire: 'ingestion',
  create: langfuseIngestion,
  server: { writeMode: 'legacy' },
});

/** langfuseOtlp() before a server that takes nothing else. */
export const otlpSink: SinkUnderTest = overHttp({
  name: 'langfuseOtlp()',
  wire: 'otlp',
  create: langfuseOtlp,
  server: { writeMode: 'events_only' },
});

/** Every sink that keeps the contract. */
export const sinks: readonly SinkUnderTest[] = [
  {
    name: 'memorySink()',
    wire: 'none',
    observationTypes: 'all',
    questions: [],
    open() {
      const sink = memorySink();
      return {
        ...benchOf(sink, createManualClock()),
        traces: () => tracesOf(sink),
        requests: () => [],
        [Symbol.dispose]: () => {},
      };
    },
  },
  ingestionSink,
  otlpSink,
  overHttp({
    name: 'langfuse() before 4.16.0 in write mode events_only',
    wire: 'otlp',
    create: langfuse,
    server: { writeMode: 'events_only' },
    questions: [health, legacyRead(404)],
  }),
  overHttp({
    name: 'langfuse() before 4.16.0 in write mode dual',
    wire: 'otlp',
    create: langfuse,
    server: { writeMode: 'dual' },
    questions: [health, legacyRead(200), metrics(200)],
  }),
  overHttp({
    name: 'langfuse() before 4.16.0 in write mode legacy',
    wire: 'ingestion',
    create: langfuse,
    server: { writeMode: 'legacy' },
    questions: [health, legacyRead(200), metrics(404)],
  }),
  overHttp({
    name: 'langfuse() before 3.150.0',
    wire: 'ingestion',
    create: langfuse,
    server: { version: '3.150.0' },
    questions: [health],
  }),
  overHttp({
    name: 'langfuse() before 3.60.0, which knows no agents and tools',
    wire: 'ingestion',
    observationTypes: 'basic',
    create: langfuse,
    server: { version: '3.60.0' },
    questions: [health],
  }),
];

interface HttpSink {
  readonly name: string;
  readonly wire: 'ingestion' | 'otlp';
  readonly observationTypes?: 'basic';
  readonly create: (options: LangfuseOptions) => Sink;
  readonly server: { readonly version?: string; readonly writeMode?: WriteMode };
  readonly questions?: readonly string[];
}

function overHttp({
  name,
  wire,
  observationTypes,
  create,
  server,
  questions,
}: HttpSink): SinkUnderTest {
  return {
    name,
    wire,
    observationTypes: observationTypes ?? 'all',
    questions: questions ?? [],
    open(sinkOptions) {
      const clock = createManualClock();
      const mock = mockLangfuse({ ...server, now: () => clock.now() });
      mock.listen();
      const { baseUrl, keys, fake } = mock;
      const sentAt: number[] = [];
      const sink = create({
        ...sinkOptions,
        ...keys,
        baseUrl,
        dotenv: false,
        env: {},
        fetch(input, init) {
          sentAt.push(clock.now());
          return globalThis.fetch(input, init);
        },
      });
      return {
        ...benchOf(sink, clock),
        traces: () => fake.traces(),
        requests: () =>
          fake.requests.map((seen, index) => ({ ...seen, sentAt: sentAt[index] ?? NaN })),
        [Symbol.dispose]: () => mock.close(),
      };
    },
  };
}

function benchOf(
  sink: Sink,
  clock: ManualClock,
): Pick<Bench, 'lifecycle' | 'tools' | 'diagnostics'> {
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    clock,
    ids: countedIds(),
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    limits: { flushIntervalMs },
  });
  const tools: ScenarioTools = {
    now: () => clock.now(),
    pass: (milliseconds) => clock.advance(milliseconds),
    async passTick() {
      await clock.advance(flushIntervalMs);
      await lifecycle.flush();
    },
  };
  return { lifecycle, tools, diagnostics };
}
