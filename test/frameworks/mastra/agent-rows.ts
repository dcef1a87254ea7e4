import { createTool } from '@mastra/core/tools';
import { expect } from 'vitest';
import { z } from 'zod';
import { completed, type EndingRow, failed } from '../endings.ts';
import { generating, streaming, supportAgent, weather } from './mastra-world.ts';
import { named } from './observations.ts';
import { calls, opens, says, scriptedModel } from './scripted-model.ts';

const boom = createTool({
  id: 'boom',
  description: 'fails',
  inputSchema: z.object({}),
  execute: async () => {
    throw new Error('tool exploded');
  },
});

const torn = { type: 'error', error: new Error('torn') } as const;

function explodes(): never {
  throw new Error('model exploded');
}

/** Answers of an agent, and failures of its tools and of its model. */
export const agentRows: readonly EndingRow[] = [
  {
    ending: '`generate` answers',
    call: 'resolves',
    expected: [completed],
    run: generating(() =>
      supportAgent(scriptedModel(calls(['weather', { city: 'Rome' }]), says('sunny')), {
        tools: { weather },
      }),
    ),
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
    run: streaming(() => supportAgent(scriptedModel(says('sunny')))),
    check([trace]) {
      expect(trace?.root).toMatchObject({ input: 'hi', output: 'sunny' });
    },
  },
  {
    ending: 'a tool throws and the model goes on',
    call: 'resolves',
    expected: [completed],
    run: generating(() =>
      supportAgent(scriptedModel(calls(['boom', {}]), says('sorry')), {
        tools: { boom },
      }),
    ),
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
    run: generating(() =>
      supportAgent(scriptedModel(calls(['weather', { city: 7 }]), says('sorry')), {
        tools: { weather },
      }),
    ),
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
    run: generating(() => supportAgent(scriptedModel(explodes))),
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
    run: streaming(() => supportAgent(scriptedModel(explodes))),
  },
  {
    ending: 'the stream of the model fails half-way',
    call: 'an `error` chunk, finish reason `error`',
    expected: [failed('model_error')],
    run: streaming(() => supportAgent(scriptedModel([...opens('sun'), torn]))),
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
    run: streaming(() => supportAgent(scriptedModel(opens('sun')))),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'StreamInterrupted' },
        partialOutput: 'sun',
      });
    },
  },
];
