import {
  Agent,
  BatchTraceProcessor,
  Runner,
  setTraceProcessors,
  setTracingDisabled,
  type StreamedRunResult,
  tool,
} from '@openai/agents';
import { z } from 'zod';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import type { FakeObservation, FakeTrace } from '../../../mocks/fake-langfuse.ts';
import {
  createLifecycle,
  type EndedRecord,
  type Lifecycle,
  type MemorySink,
  memorySink,
} from '../../../src/index.ts';
import { settled } from '../endings.ts';
import { type ModelStep, scriptedModel } from './fake-model.ts';

// Vitest sets NODE_ENV=test, which switches the SDK's tracing off. The SDK's own processor stands before ours, as in a
// program that changes nothing, and exports to nobody.
setTraceProcessors([new BatchTraceProcessor({ export: async () => {} })]);
setTracingDisabled(false);

/** A runner, traced when there is a lifecycle. */
export function runnerFor(
  lifecycle: Lifecycle | undefined,
  config: ConstructorParameters<typeof Runner>[0] = {},
): Runner {
  const runner = new Runner(config);
  return lifecycle === undefined ? runner : withLifecycle(runner, lifecycle);
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

/** Adds one. */
export const addTool = tool({
  name: 'add',
  description: 'adds one',
  parameters: z.object({ number: z.number() }),
  execute: ({ number }) => ({ sum: number + 1 }),
});

/** Fails, and the model is told. */
export const failingTool = tool({
  name: 'fail',
  description: 'fails',
  parameters: z.object({}),
  execute: (): string => {
    throw new TypeError('no such city');
  },
});

/** Fails, and so does the run. */
export const fatalTool = tool({
  name: 'fail',
  description: 'fails',
  parameters: z.object({}),
  errorFunction: null,
  execute: (): string => {
    throw new TypeError('no such city');
  },
});

/** An agent with two tools and a model that follows this script. */
export function support(...steps: readonly ModelStep[]): Agent {
  return new Agent({
    name: 'support',
    model: scriptedModel(steps),
    tools: [addTool, failingTool],
  });
}

/** What most rows expect. */
export const completed = [{ status: 'completed', reason: 'stop' }] as const;

/** Waits for somebody's consent. */
export const guardedTool = tool({
  name: 'delete',
  description: 'deletes',
  parameters: z.object({ file: z.string() }),
  needsApproval: true,
  execute: ({ file }) => `deleted ${file}`,
});

/** The ended observations below the parents of a sink, each as `parent > name`, in the order in which they began. */
export function stepsIn(sink: MemorySink): readonly string[] {
  const nameOf = (id: string | undefined): string =>
    sink.records.find((one) => one.id === id)?.name ?? '?';
  return sink.records
    .filter(({ phase, role }) => phase === 'ended' && role !== 'parent')
    .toSorted((one, other) => one.startTime - other.startTime)
    .map(({ name, parentId }) => `${nameOf(parentId)} > ${name}`);
}

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
