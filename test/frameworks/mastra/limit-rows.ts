import { MockMemory } from '@mastra/core/memory';
import { expect } from 'vitest';
import { z } from 'zod';
import { completed, type EndingRow, failed, settled } from '../endings.ts';
import { createWorld, generating, supportAgent, toSeen, weather } from './mastra-world.ts';
import { calls, says, scriptedModel } from './scripted-model.ts';

function isFirstRoundOver({ steps }: { readonly steps: readonly unknown[] }): boolean {
  return steps.length === 1;
}

const person = z.object({ age: z.number() });

/** The agent is asked for a person and says `text`. */
function asObject(text: string): EndingRow['run'] {
  return (lifecycle) => {
    const agent = supportAgent(scriptedModel(says(text)));
    createWorld(lifecycle, { agent });
    return settled(agent.generate('hi', { structuredOutput: { schema: person } }).then(toSeen));
  };
}

/** A caller without types leaves the resource out. */
const withoutResource: { thread: string; resource: string } = JSON.parse('{"thread":"thread-1"}');

/** What stops an agent short: limits, its own conditions, filters, schemas, a failing set-up. */
export const limitRows: readonly EndingRow[] = [
  {
    ending: 'the limit `maxSteps` is reached',
    call: 'resolves with `tool-calls` and no text',
    expected: [failed('max_iterations')],
    run: generating(
      () =>
        supportAgent(scriptedModel(calls(['weather', { city: 'Rome' }])), {
          tools: { weather },
        }),
      { maxSteps: 2 },
    ),
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
    run: generating(
      () =>
        supportAgent(scriptedModel(calls(['weather', { city: 'Rome' }])), {
          tools: { weather },
        }),
      { stopWhen: isFirstRoundOver },
      { maxSteps: (id) => (id === 'support' ? 5 : undefined) },
    ),
  },
  {
    ending: 'the answer is too long',
    call: 'resolves with `length`',
    expected: [{ status: 'completed', reason: 'length' }],
    run: generating(() => supportAgent(scriptedModel(says('and so on', 'length')))),
    check([trace]) {
      expect(trace?.root?.output).toBe('and so on');
    },
  },
  {
    ending: 'the content filter stops the model',
    call: 'resolves with `content-filter`',
    expected: [failed('content_filter')],
    run: generating(() => supportAgent(scriptedModel(says('well', 'content-filter')))),
  },
  {
    ending: 'the structured output does not fit its schema',
    call: "rejects with Mastra's error",
    expected: [failed('invalid_output')],
    run: asObject('no JSON'),
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
    run: asObject('{"age":7}'),
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
    run: generating(
      () => supportAgent(scriptedModel(says('never')), { memory: new MockMemory() }),
      { memory: withoutResource },
    ),
  },
  {
    ending: 'the set-up of a call fails before Mastra begins a span (dynamic instructions throw)',
    call: 'rejects; Mastra tells nothing, so that there is no parent',
    expected: [],
    run: generating(() =>
      supportAgent(scriptedModel(says('never')), {
        instructions: () => {
          throw new Error('no instructions');
        },
      }),
    ),
  },
];
