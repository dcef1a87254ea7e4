import { createTool } from '@mastra/core/tools';
import { expect } from 'vitest';
import { z } from 'zod';
import { settled, type EndingRow } from '../endings.ts';
import type { FakeObservation, FakeTrace } from '../../../mocks/fake-langfuse.ts';
import { createWorld, generated, streamed, supportAgent, toSeen, weather } from './mastra-world.ts';
import { calls, hangs, opens, says, scriptedModel } from './scripted-model.ts';

const completed = { status: 'completed', reason: 'stop' } as const;

function failed(reason: string): EndingRow['expected'][number] {
  return { status: 'error', reason };
}

/** The observations of a trace by name. */
export function named(trace: FakeTrace | undefined, name: string): readonly FakeObservation[] {
  return trace?.observations.filter((row) => row.name === name) ?? [];
}

const boom = createTool({
  id: 'boom',
  description: 'fails',
  inputSchema: z.object({}),
  execute: async () => {
    throw new Error('tool exploded');
  },
});

function explodes(): never {
  throw new Error('model exploded');
}

/** A tool that gives up because the caller aborted. */
function givingUp(controller: AbortController, reason?: Error) {
  return createTool({
    id: 'slow',
    description: 'takes its time',
    inputSchema: z.object({}),
    execute: async () => {
      controller.abort(reason);
      throw controller.signal.reason;
    },
  });
}

function isFirstRoundOver({ steps }: { readonly steps: readonly unknown[] }): boolean {
  return steps.length === 1;
}

const unread: unknown[] = [];

const person = z.object({ age: z.number() });

/** Answers, failures and limits. */
export const agentRows: readonly EndingRow[] = [
  {
    ending: '`generate` answers',
    call: 'resolves',
    expected: [completed],
    async run(lifecycle) {
      const agent = supportAgent(
        scriptedModel(calls(['weather', { city: 'Rome' }]), says('sunny')),
        {
          tools: { weather },
        },
      );
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
    check([trace]) {
      expect(trace).toMatchObject({
        name: 'Support Agent',
        root: { type: 'AGENT', input: 'hi', output: 'sunny', metadata: { framework: 'mastra' } },
      });
      const rootId = trace?.root?.id;
      const steps = trace?.observations.filter((row) => row.parentObservationId === rootId);
      expect(steps?.filter(({ name }) => name !== 'run-start')).toMatchObject([
        { type: 'GENERATION', name: 'mock-1' },
        { type: 'TOOL', name: 'weather', input: { city: 'Rome' }, output: { degrees: 20 } },
        { type: 'GENERATION', name: 'mock-1', output: 'sunny' },
      ]);
    },
  },
  {
    ending: '`stream` answers',
    call: 'the stream ends',
    expected: [completed],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('sunny')));
      createWorld(lifecycle, { agent });
      return streamed(agent);
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ input: 'hi', output: 'sunny' });
    },
  },
  {
    ending: 'a tool throws and the model goes on',
    call: 'resolves',
    expected: [completed],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['boom', {}]), says('sorry')), {
        tools: { boom },
      });
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'DEFAULT', output: 'sorry' });
      expect(named(trace, 'boom')).toMatchObject([
        { level: 'ERROR', statusMessage: 'tool exploded' },
      ]);
    },
  },
  {
    ending: 'a tool is called with arguments that do not fit',
    call: 'resolves',
    expected: [completed],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['weather', { city: 7 }]), says('sorry')), {
        tools: { weather },
      });
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
    check([trace]) {
      expect(named(trace, 'weather')).toMatchObject([
        { level: 'ERROR', statusMessage: expect.stringContaining('validation failed') },
      ]);
    },
  },
  {
    ending: 'the model throws',
    call: "`generate` rejects with the model's error",
    expected: [failed('model_error')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(explodes));
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'model exploded',
        output: { error: { type: 'Error', message: 'model exploded' } },
      });
    },
  },
  {
    ending: 'the model throws, streamed',
    call: 'an `error` chunk, finish reason `error`',
    expected: [failed('model_error')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(explodes));
      createWorld(lifecycle, { agent });
      return streamed(agent);
    },
  },
  {
    ending: 'the stream of the model fails half-way',
    call: 'an `error` chunk, finish reason `error`',
    expected: [failed('model_error')],
    async run(lifecycle) {
      const broken = [...opens('sun'), { type: 'error', error: new Error('torn') }] as const;
      const agent = supportAgent(scriptedModel(broken));
      createWorld(lifecycle, { agent });
      return streamed(agent);
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'torn',
        output: { partialOutput: 'sun' },
      });
    },
  },
  {
    ending: 'the stream of the model ends without a last word',
    call: 'finish reason `undefined`',
    expected: [failed('model_error')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(opens('sun')));
      createWorld(lifecycle, { agent });
      return streamed(agent);
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'StreamInterrupted' },
        partialOutput: 'sun',
      });
    },
  },
  {
    ending: 'the limit `maxSteps` is reached',
    call: 'resolves with `tool-calls` and no text',
    expected: [failed('max_iterations')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['weather', { city: 'Rome' }])), {
        tools: { weather },
      });
      createWorld(lifecycle, { agent });
      return generated(agent, { maxSteps: 2 });
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        output: {
          error: { type: 'MaxIterationsError' },
          react: {
            iterations: 2,
            maxIterations: 2,
            toolsUsed: ['weather', 'weather'],
            lastObservation: { city: 'Rome', degrees: 20 },
          },
        },
      });
    },
  },
  {
    ending: 'a `stopWhen` of your own is met, and the exporter knows `maxSteps`',
    call: 'resolves with `tool-calls`',
    expected: [{ status: 'completed', reason: 'stop_condition' }],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['weather', { city: 'Rome' }])), {
        tools: { weather },
      });
      createWorld(lifecycle, { agent }, { maxSteps: (id) => (id === 'support' ? 5 : undefined) });
      return generated(agent, { stopWhen: isFirstRoundOver });
    },
  },
  {
    ending: 'the answer is too long',
    call: 'resolves with `length`',
    expected: [{ status: 'completed', reason: 'length' }],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('and so on', 'length')));
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
    check([trace]) {
      expect(trace?.root?.output).toBe('and so on');
    },
  },
  {
    ending: 'the content filter stops the model',
    call: 'resolves with `content-filter`',
    expected: [failed('content_filter')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('well', 'content-filter')));
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
  },
  {
    ending: 'the caller aborts while the model works',
    call: 'resolves with `aborted`',
    expected: [failed('aborted')],
    async run(lifecycle) {
      const controller = new AbortController();
      const agent = supportAgent(scriptedModel(hangs(() => controller.abort())));
      createWorld(lifecycle, { agent });
      return generated(agent, { abortSignal: controller.signal });
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        output: { error: { type: 'AbortError' } },
      });
    },
  },
  {
    ending: 'the caller aborts while the model streams',
    call: 'an `abort` chunk, finish reason `aborted`',
    expected: [failed('aborted')],
    async run(lifecycle) {
      const controller = new AbortController();
      const agent = supportAgent(
        scriptedModel(
          ({ abortSignal }) =>
            new ReadableStream({
              start(stream) {
                for (const part of opens('sun')) stream.enqueue(part);
                abortSignal?.addEventListener('abort', () => stream.error(abortSignal.reason));
              },
            }),
        ),
      );
      createWorld(lifecycle, { agent });
      const stream = await agent.stream('hi', { abortSignal: controller.signal });
      const chunks: string[] = [];
      for await (const { type } of stream.fullStream) {
        chunks.push(type);
        if (type === 'text-delta') controller.abort();
      }
      return chunks;
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ partialOutput: 'sun' });
    },
  },
  {
    ending: 'the caller aborts before the call',
    call: 'resolves with `aborted`',
    expected: [failed('aborted')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('never')));
      createWorld(lifecycle, { agent });
      return generated(agent, { abortSignal: AbortSignal.abort() });
    },
  },
  {
    ending: 'the caller aborts while a tool works',
    call: 'resolves with `tool-calls`',
    expected: [failed('aborted')],
    async run(lifecycle) {
      const controller = new AbortController();
      const agent = supportAgent(scriptedModel(calls(['slow', {}]), says('never')), {
        tools: { slow: givingUp(controller) },
      });
      createWorld(lifecycle, { agent });
      return generated(agent, { abortSignal: controller.signal });
    },
    check([trace]) {
      expect(trace?.root?.level).toBe('WARNING');
      expect(named(trace, 'slow')).toMatchObject([{ level: 'WARNING' }]);
    },
  },
  {
    ending: 'a timeout signal fires while a tool works',
    call: 'resolves with `tool-calls`',
    expected: [failed('timeout')],
    async run(lifecycle) {
      const controller = new AbortController();
      const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
      const agent = supportAgent(scriptedModel(calls(['slow', {}]), says('never')), {
        tools: { slow: givingUp(controller, late) },
      });
      createWorld(lifecycle, { agent });
      return generated(agent, { abortSignal: controller.signal });
    },
  },
  {
    ending: 'a timeout signal fires while the model works',
    call: 'resolves with `aborted`; Mastra does not tell why',
    expected: [failed('aborted')],
    async run(lifecycle) {
      const controller = new AbortController();
      const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
      const agent = supportAgent(scriptedModel(hangs(() => controller.abort(late))));
      createWorld(lifecycle, { agent });
      return generated(agent, { abortSignal: controller.signal });
    },
  },
  {
    ending: 'the reader breaks off the stream',
    call: '`break`; Mastra goes on to the end',
    expected: [completed],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('sunny')));
      createWorld(lifecycle, { agent });
      let finish = (): void => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const stream = await agent.stream('hi', { onFinish: () => finish() });
      for await (const { type } of stream.fullStream) if (type === 'text-delta') break;
      await finished;
      return 'left';
    },
    check([trace]) {
      expect(trace?.root?.output).toBe('sunny');
    },
  },
  {
    ending: 'the stream is never read, and the lifecycle is shut down',
    call: 'nothing; Mastra never ends the run',
    expected: [failed('never_ended')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('sunny')));
      createWorld(lifecycle, { agent });
      const stream = await agent.stream('hi');
      // Held, because the garbage collector would end the run as abandoned.
      unread.push(stream);
      return stream.status;
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ input: 'hi', level: 'ERROR' });
    },
  },
  {
    ending: 'the structured output does not fit its schema',
    call: "rejects with Mastra's error",
    expected: [failed('invalid_output')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('no JSON')));
      createWorld(lifecycle, { agent });
      return settled(agent.generate('hi', { structuredOutput: { schema: person } }).then(toSeen));
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'MastraError', code: 'STRUCTURED_OUTPUT_SCHEMA_VALIDATION_FAILED' },
        partialOutput: 'no JSON',
      });
    },
  },
  {
    ending: 'the structured output fits',
    call: 'resolves with `object`',
    expected: [completed],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('{"age":7}')));
      createWorld(lifecycle, { agent });
      return settled(agent.generate('hi', { structuredOutput: { schema: person } }).then(toSeen));
    },
    check([trace]) {
      expect(trace?.root?.output).toEqual({ age: 7 });
    },
  },
  {
    ending: 'the set-up of a call fails (no resource for the memory)',
    call: 'rejects',
    expected: [
      {
        ...failed('exception'),
        conversationId: 'thread-1',
        conversationSource: 'mastra.thread_id',
      },
    ],
    async run(lifecycle) {
      const { MockMemory } = await import('@mastra/core/memory');
      const agent = supportAgent(scriptedModel(says('never')), { memory: new MockMemory() });
      createWorld(lifecycle, { agent });
      // A caller without types leaves the resource out.
      const memory: { thread: string; resource: string } = JSON.parse('{"thread":"thread-1"}');
      return generated(agent, { memory });
    },
  },
  {
    ending: 'the set-up of a call fails before Mastra begins a span (dynamic instructions throw)',
    call: 'rejects; Mastra tells nothing, so that there is no parent',
    expected: [],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('never')), {
        instructions: () => {
          throw new Error('no instructions');
        },
      });
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
  },
];
