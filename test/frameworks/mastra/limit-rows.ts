import { expect } from 'vitest';
import { z } from 'zod';
import { settled, type EndingRow } from '../endings.ts';
import { createWorld, generated, supportAgent, toSeen, weather } from './mastra-world.ts';
import { calls, says, scriptedModel } from './scripted-model.ts';

const completed = { status: 'completed', reason: 'stop' } as const;

function failed(reason: string): EndingRow['expected'][number] {
  return { status: 'error', reason };
}

function isFirstRoundOver({ steps }: { readonly steps: readonly unknown[] }): boolean {
  return steps.length === 1;
}

const person = z.object({ age: z.number() });

/** What stops an agent short: limits, its own conditions, filters, schemas, a failing set-up. */
export const limitRows: readonly EndingRow[] = [
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
