import { expect } from 'vitest';
import type { ProcessInputArgs, Processor } from '@mastra/core/processors';
import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import { completed, type EndingRow, failed } from '../endings.ts';
import { type AgentExtras, generating, streaming, supportAgent } from './mastra-world.ts';
import { named } from './observations.ts';
import { says, scriptedModel } from './scripted-model.ts';

const tripped = failed('guardrail');

const inputGuard = {
  id: 'input-guard',
  processInput: ({ abort }) => abort('off topic'),
} satisfies Processor;

const inputStepGuard = {
  id: 'input-step-guard',
  processInputStep: ({ abort }) => abort('off topic'),
} satisfies Processor;

const streamGuard = {
  id: 'stream-guard',
  processOutputStream: async ({ part, abort }) =>
    part.type === 'text-delta' ? abort('a secret') : part,
} satisfies Processor;

const outputStepGuard = {
  id: 'output-step-guard',
  processOutputStep: ({ abort }) => abort('a secret'),
} satisfies Processor;

const outputGuard = {
  id: 'output-guard',
  processOutputResult: ({ abort }) => abort('a secret'),
} satisfies Processor;

const secondThought = {
  id: 'second-thought',
  processOutputStep: ({ retryCount, messages, abort }) =>
    retryCount < 1 ? abort('once more', { retry: true }) : messages,
} satisfies Processor;

const neverContent = {
  id: 'never-content',
  processOutputStep: ({ abort }) => abort('once more', { retry: true }),
} satisfies Processor;

const passing = {
  id: 'passing',
  processInput: ({ messages }: ProcessInputArgs) => messages,
} satisfies Processor;

function breaks(): never {
  throw new Error('a bug');
}

const brokenStep = { id: 'broken', processOutputStep: breaks } satisfies Processor;

const brokenResult = { id: 'broken', processOutputResult: breaks } satisfies Processor;

interface Case extends Omit<EndingRow, 'run'> {
  readonly extras: AgentExtras;
  readonly how?: 'generate' | 'stream';
}

function row({ extras, how = 'generate', ...rest }: Case): EndingRow {
  const make = () => supportAgent(scriptedModel(says('one'), says('two')), extras);
  return { ...rest, run: how === 'generate' ? generating(make) : streaming(make) };
}

function beforeTheModel([trace]: readonly FakeTrace[]): void {
  expect(trace?.root).toMatchObject({
    level: 'ERROR',
    statusMessage: 'off topic',
    output: { error: { type: 'TripWire', message: 'off topic' } },
  });
  expect(named(trace, 'mock-1')).toEqual([]);
  expect(trace?.observations.filter(({ type }) => type === 'GUARDRAIL')).toMatchObject([
    { level: 'ERROR', metadata: { tripwire: 'off topic' } },
  ]);
}

function afterTheModel([trace]: readonly FakeTrace[]): void {
  expect(trace?.root).toMatchObject({
    statusMessage: 'a secret',
    output: { error: { type: 'TripWire', message: 'a secret' }, partialOutput: 'one' },
  });
}

const cases: readonly Case[] = [
  {
    ending: 'an input processor lets the input pass',
    call: 'resolves',
    expected: [completed],
    extras: { inputProcessors: [passing] },
    check([trace]) {
      expect(named(trace, 'passing')).toMatchObject([{ type: 'GUARDRAIL', level: 'DEFAULT' }]);
    },
  },
  {
    ending: 'an input processor aborts',
    call: 'resolves with `tripwire`',
    expected: [tripped],
    extras: { inputProcessors: [inputGuard] },
    check: beforeTheModel,
  },
  {
    ending: 'an input processor aborts, streamed',
    call: 'a `tripwire` chunk',
    expected: [tripped],
    how: 'stream',
    extras: { inputProcessors: [inputGuard] },
    check: beforeTheModel,
  },
  {
    ending: 'an input processor aborts a step',
    call: 'resolves with `tripwire`',
    expected: [tripped],
    extras: { inputProcessors: [inputStepGuard] },
    check: beforeTheModel,
  },
  {
    ending: 'an output processor aborts at a chunk',
    call: 'resolves with `tripwire`',
    expected: [tripped],
    extras: { outputProcessors: [streamGuard] },
  },
  {
    ending: 'an output processor aborts at a chunk, streamed',
    call: 'a `tripwire` chunk',
    expected: [tripped],
    how: 'stream',
    extras: { outputProcessors: [streamGuard] },
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe('a secret');
      expect(named(trace, 'stream-guard')).toMatchObject([{ type: 'GUARDRAIL', level: 'ERROR' }]);
    },
  },
  {
    ending: 'an output processor aborts after a step',
    call: 'resolves with `tripwire` and the text',
    expected: [tripped],
    extras: { outputProcessors: [outputStepGuard] },
    check: afterTheModel,
  },
  {
    ending: 'an output processor aborts at the result',
    call: 'resolves with `tripwire` and the text',
    expected: [tripped],
    extras: { outputProcessors: [outputGuard] },
    check: afterTheModel,
  },
  {
    ending: 'an output processor aborts at the result, streamed',
    call: 'the stream ends; finish reason `other`',
    expected: [tripped],
    how: 'stream',
    extras: { outputProcessors: [outputGuard] },
    check: afterTheModel,
  },
  {
    ending: 'an output processor asks for another try and is content',
    call: 'resolves',
    expected: [completed],
    extras: { outputProcessors: [secondThought], maxProcessorRetries: 2 },
    check([trace]) {
      expect(named(trace, 'second-thought').map(({ level }) => level)).toEqual([
        'ERROR',
        'DEFAULT',
      ]);
    },
  },
  {
    ending: 'an output processor asks for another try too often',
    call: 'resolves with `tripwire`',
    expected: [tripped],
    extras: { outputProcessors: [neverContent], maxProcessorRetries: 1 },
  },
  {
    ending: 'an output processor breaks at the result',
    call: "rejects with Mastra's error",
    expected: [failed('exception')],
    extras: { outputProcessors: [brokenResult] },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'a bug',
        metadata: { processor: 'broken' },
      });
    },
  },
  {
    ending: 'an output processor breaks after a step',
    call: "rejects with Mastra's error",
    expected: [failed('exception')],
    extras: { outputProcessors: [brokenStep] },
  },
];

/** What input and output processors do to a run. */
export const processorRows: readonly EndingRow[] = cases.map(row);
