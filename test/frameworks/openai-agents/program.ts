import {
  type Agent,
  type AgentInputItem,
  type AgentOutputType,
  BatchTraceProcessor,
  type NonStreamRunOptions,
  Runner,
  setTraceProcessors,
  setTracingDisabled,
  type StreamedRunResult,
} from '@openai/agents';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import type { FakeObservation, FakeTrace } from '../../../mocks/fake-langfuse.ts';
import {
  createLifecycle,
  type EndedRecord,
  type Lifecycle,
  type MemorySink,
  memorySink,
} from '../../../src/index.ts';
import { type EndingRow, settled } from '../endings.ts';

// Vitest sets NODE_ENV=test, which switches the SDK's tracing off. The SDK's own processor stands before ours, as in a
// program that changes nothing, and exports to nobody.
setTraceProcessors([new BatchTraceProcessor({ export: async () => {} })]);
setTracingDisabled(false);

/** A runner, traced when there is a lifecycle. */
export function runnerFor(lifecycle: Lifecycle | undefined, config: RunnerConfig = {}): Runner {
  const runner = new Runner(config);
  return lifecycle === undefined ? runner : withLifecycle(runner, lifecycle);
}

type RunnerConfig = ConstructorParameters<typeof Runner>[0];

/** A call of `run`: its agent, its input, and what the runner or the call is told besides. */
export type Call<Output extends AgentOutputType = 'text'> = NonStreamRunOptions<
  undefined,
  Agent<unknown, Output>
> & {
  readonly agent: Agent<unknown, Output>;
  readonly input?: string | AgentInputItem[];
  readonly config?: RunnerConfig;
};

/** A row makes this call. It is made anew each time, because the script of its model is used up. */
export function runs<Output extends AgentOutputType = 'text'>(
  make: () => Call<Output>,
): EndingRow['run'] {
  return (lifecycle) => {
    const { agent, input = 'q', config, ...options } = make();
    return seen(runnerFor(lifecycle, config).run(agent, input, options));
  };
}

/** The same with a stream that is read to its end, or as long as `goesOn` says so. */
export function streams(
  make: () => Call,
  goesOn?: (chunks: readonly unknown[]) => boolean,
): EndingRow['run'] {
  return async (lifecycle) => {
    const { agent, input = 'q', config, ...options } = make();
    const stream = await runnerFor(lifecycle, config).run(agent, input, {
      ...options,
      stream: true,
    });
    return await read(stream, goesOn);
  };
}

/** What is left of a program: its outcome, its records, and the warnings and errors that were told. */
export interface Recorded {
  readonly outcome: Awaited<ReturnType<typeof settled>>;
  readonly sink: MemorySink;
  readonly parent: EndedRecord | undefined;
  readonly problems: readonly string[];
}

/** Runs a program with a lifecycle that keeps what it records. */
export async function record(
  program: (lifecycle: Lifecycle) => Promise<unknown>,
): Promise<Recorded> {
  const sink = memorySink();
  const problems: string[] = [];
  const lifecycle = createLifecycle({
    sink,
    onDiagnostic({ severity, message }) {
      if (severity !== 'info') problems.push(message);
    },
  });
  const outcome = await settled(program(lifecycle));
  await lifecycle.shutdown();
  return { outcome, sink, parent: sink.parents[0], problems };
}

/** What most rows expect. */
export const completed = [{ status: 'completed', reason: 'stop' }] as const;

/** The ended observations below the parents of a sink, each as `parent > name`, in the order in which they began. */
export function stepsIn(sink: MemorySink): readonly string[] {
  const nameOf = (id: string | undefined): string =>
    sink.records.find((one) => one.id === id)?.name ?? '?';
  return sink.records
    .filter(({ phase, role }) => phase === 'ended' && role !== 'parent')
    .toSorted((one, other) => one.startTime - other.startTime)
    .map(({ name, parentId }) => `${nameOf(parentId)} > ${name}`);
}

/** The same, sorted, of a run of `support` that called its tool once. */
export const oneTool = [
  'support > add',
  'support > generation',
  'support > generation',
  'support > support',
] as const;

/** A trace as lines of kind, name and level, children below their parents in the order in which they began. */
export function outline(trace: FakeTrace | undefined): readonly string[] {
  // What began in the same millisecond is told apart by its end.
  const timesOf = ({ startTime, endTime }: FakeObservation): string => `${startTime} ${endTime}`;
  const rows = (trace?.observations ?? []).toSorted((one, other) =>
    timesOf(one) < timesOf(other) ? -1 : 1,
  );
  const below = (parentId: string | null, indent: string): readonly string[] =>
    rows
      .filter(({ parentObservationId }) => parentObservationId === parentId)
      .flatMap(({ id, type, name, level }) => [
        `${indent}${type} ${name} ${level}`,
        ...below(id, `${indent}  `),
      ]);
  // A run that was open at a flush leaves a mark of its start.
  return below(null, '').filter((line) => !line.includes('EVENT run-start'));
}

/** What a caller sees of a result. */
function toSeen(result: {
  readonly history: unknown;
  readonly interruptions: readonly { readonly name?: string | undefined }[];
  readonly lastAgent: { readonly name: string } | undefined;
  readonly rawResponses: readonly unknown[];
}): unknown {
  return {
    class: result.constructor.name,
    history: plain(result.history),
    interruptions: result.interruptions.map(({ name }) => name),
    lastAgent: result.lastAgent?.name,
    responses: plain(result.rawResponses),
  };
}

/** The promise of a result as its caller sees it. */
export async function seen(
  promise: Promise<Parameters<typeof toSeen>[0] & { readonly finalOutput?: unknown }>,
): Promise<unknown> {
  return await settled(
    promise.then((result) => ({
      ...(toSeen(result) as object),
      ...(result.interruptions.length === 0 && { finalOutput: result.finalOutput }),
    })),
  );
}

type AnyStream = Pick<
  StreamedRunResult<undefined, never>,
  'completed' | 'cancelled' | 'error' | 'toStream'
> &
  AsyncIterable<unknown>;

/** A stream as its reader sees it: chunk by chunk, to the end or as long as `goesOn` says so. */
export async function read(
  stream: AnyStream,
  goesOn: (chunks: readonly unknown[]) => boolean = () => true,
): Promise<unknown> {
  const chunks: unknown[] = [];
  const reading = await settled(
    (async () => {
      for await (const chunk of stream) {
        chunks.push(plain(chunk));
        if (!goesOn(chunks)) break;
      }
    })(),
  );
  return { chunks, reading, ...(await ended(stream)) };
}

/** How a stream is over, whoever read it. */
export async function ended(stream: AnyStream): Promise<object> {
  const completed = await settled(stream.completed);
  return { completed, cancelled: stream.cancelled, error: String(stream.error) };
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
