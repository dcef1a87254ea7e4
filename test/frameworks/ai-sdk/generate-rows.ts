import { generateText, hasToolCall, isStepCount, Output, ToolLoopAgent } from 'ai';
import { expect } from 'vitest';
import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import { type EndingRow, settled } from '../endings.ts';
import { calls, says, scriptedModel } from './scripted-model.ts';
import { abortedSoon, form, generates, inRow, seen, support, tools } from './telemetry.ts';

/** The steps of a trace in the order of their starts, each as type and name with its level where that says something. */
function stepsOf({ observations }: FakeTrace): readonly string[] {
  return observations
    .filter(({ isRoot, type }) => !isRoot && type !== 'EVENT')
    .toSorted((one, other) => Date.parse(one.startTime) - Date.parse(other.startTime))
    .map(({ type, name, level }) => `${type} ${name}${level === 'DEFAULT' ? '' : ` ${level}`}`);
}

export const generateRows: readonly EndingRow[] = [
  {
    ending: '`generateText` answers after a tool call',
    call: 'resolves, `stop`',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: generates(() => support(calls('search', { query: 'order' }), says('On its way.'))),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        name: 'support-agent',
        type: 'AGENT',
        input: 'Where is my order?',
        output: 'On its way.',
        metadata: { framework: 'ai-sdk', finish_reason: 'stop' },
      });
      expect(trace && stepsOf(trace).toSorted()).toEqual([
        'GENERATION scripted-1',
        'GENERATION scripted-1',
        'TOOL search',
      ]);
    },
  },
  {
    ending: 'a tool throws',
    call: 'resolves; the model is told',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: generates(() => support(calls('broken'), says('I could not look.'))),
    check([trace]) {
      expect(trace?.observations.find(({ name }) => name === 'broken')).toMatchObject({
        type: 'TOOL',
        level: 'ERROR',
        statusMessage: 'the index is gone',
      });
      expect(trace?.root).toMatchObject({ level: 'DEFAULT', output: 'I could not look.' });
    },
  },
  {
    ending: 'the model calls a tool that does not exist',
    call: 'resolves; the model is told',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: generates(() => support(calls('teleport'), says('I cannot do that.'))),
    check([trace]) {
      expect(trace?.observations.find(({ name }) => name === 'teleport')).toMatchObject({
        type: 'TOOL',
        level: 'ERROR',
        statusMessage: expect.stringContaining("unavailable tool 'teleport'"),
      });
    },
  },
  {
    ending: 'the model throws',
    call: "rejects with the model's error",
    expected: [{ status: 'error', reason: 'model_error' }],
    run: generates(() => support({ throws: new Error('the model is down') })),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        statusMessage: 'the model is down',
        output: { error: { type: 'Error', message: 'the model is down', reason: 'model_error' } },
      });
      expect(trace && stepsOf(trace)).toEqual(['GENERATION scripted-1 ERROR']);
    },
  },
  {
    ending: 'the answer has not the form that `output` asks for',
    call: 'rejects `AI_NoObjectGeneratedError`',
    expected: [{ status: 'error', reason: 'invalid_output' }],
    run: inRow(() =>
      settled(
        generateText({ ...support(says('somewhere')), output: Output.object({ schema: form }) }),
      ),
    ),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'AI_NoObjectGeneratedError' },
        partialOutput: 'somewhere',
      });
    },
  },
  {
    ending: 'the loop reaches `isStepCount(n)` with tools that it called before',
    call: 'resolves, `tool-calls`, no text',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: generates(() =>
      support(
        calls('search', { query: 'a' }, 'one'),
        calls('answer', { query: 'b' }, 'two'),
        calls('search', { query: 'c' }, 'three'),
      ),
    ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        statusMessage: 'the loop reached its limit of 3 steps while the model still called tools',
        output: {
          react: {
            iterations: 3,
            maxIterations: 3,
            toolsUsed: ['search', 'answer', 'search'],
            lastObservation: 'found c',
          },
        },
      });
    },
  },
  {
    ending: 'the loop reaches the limit that `maxSteps` told, with whatever tool',
    call: 'resolves, `tool-calls`, no text',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: generates(
      () => ({ ...support(calls('search'), calls('answer')), stopWhen: isStepCount(2) }),
      { maxSteps: { 'support-agent': 2 } },
    ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        output: { react: { iterations: 2, maxIterations: 2, toolsUsed: ['search', 'answer'] } },
      });
    },
  },
  {
    ending: '`hasToolCall` stops the loop',
    call: 'resolves, `tool-calls`',
    expected: [{ status: 'completed', reason: 'stop_condition' }],
    run: generates(() => ({
      ...support(calls('search'), calls('answer', { query: 'Tuesday' })),
      stopWhen: [isStepCount(3), hasToolCall('answer')],
    })),
    check([trace]) {
      expect(trace?.root?.output).toEqual({
        toolCalls: [{ toolCallId: 'call-answer', toolName: 'answer', input: { query: 'Tuesday' } }],
        toolResults: [
          {
            toolCallId: 'call-answer',
            toolName: 'answer',
            input: { query: 'Tuesday' },
            output: 'answered Tuesday',
          },
        ],
      });
    },
  },
  {
    ending: 'one step with a tool, and no `stopWhen`',
    call: 'resolves, `tool-calls`',
    expected: [{ status: 'completed', reason: 'stop_condition' }],
    run: generates(() => {
      const { stopWhen: _none, ...options } = support(calls('search', { query: 'x' }));
      return options;
    }),
  },
  {
    ending: 'a tool waits for approval',
    call: 'resolves, `tool-calls`; `tool-approval-request`',
    expected: [{ status: 'suspended', reason: 'approval_required' }],
    run: generates(() => support(calls('deleteAll', { query: 'orders' }))),
    check([trace]) {
      expect(trace?.root?.output).toEqual({
        pending: [
          {
            approvalId: expect.any(String),
            toolCallId: 'call-deleteAll',
            toolName: 'deleteAll',
            input: { query: 'orders' },
          },
        ],
      });
    },
  },
  {
    ending: 'a tool without `execute` is the client’s',
    call: 'resolves, `tool-calls`; no result',
    expected: [{ status: 'suspended', reason: 'client_tool' }],
    run: generates(() => support(calls('locate'))),
    check([trace]) {
      expect(trace?.root?.output).toEqual({
        pending: [{ toolCallId: 'call-locate', toolName: 'locate', input: {} }],
      });
    },
  },
  {
    ending: 'the content filter stops the answer',
    call: 'resolves, `content-filter`',
    expected: [{ status: 'error', reason: 'content_filter' }],
    run: generates(() => support(says('You could', 'content-filter'))),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'the content filter stopped the answer',
        output: { partialOutput: 'You could' },
      });
    },
  },
  {
    ending: 'the answer reaches its length',
    call: 'resolves, `length`',
    expected: [{ status: 'completed', reason: 'length' }],
    run: generates(() => support(says('It is', 'length'))),
  },
  {
    ending: '`generateText` is aborted',
    call: 'rejects `AbortError`',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: generates(() => ({ ...support('hangs'), abortSignal: abortedSoon() })),
    check([trace]) {
      expect(trace?.root?.level).toBe('WARNING');
      expect(trace && stepsOf(trace)).toEqual(['GENERATION scripted-1 WARNING']);
    },
  },
  {
    ending:
      '`generateText` is aborted for a reason of the caller’s own, and the integration of the call has its `signal`',
    call: 'rejects with that reason',
    expected: [{ status: 'error', reason: 'aborted' }],
    run(lifecycle) {
      const signal = abortedSoon(new Error('the user left'));
      const options = { ...support('hangs'), abortSignal: signal };
      return generates(() => options, { signal })(lifecycle);
    },
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe('the user left');
    },
  },
  {
    ending: 'the same without the `signal`',
    call: 'rejects with that reason',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: generates(() => ({
      ...support('hangs'),
      abortSignal: abortedSoon(new Error('the user left')),
    })),
  },
  {
    ending: '`generateText` was aborted before it began',
    call: 'rejects `AbortError`',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: generates(() => ({ ...support('hangs'), abortSignal: AbortSignal.abort() })),
  },
  {
    ending: '`generateText` takes longer than its `timeout`',
    call: 'rejects `TimeoutError`',
    expected: [{ status: 'error', reason: 'timeout' }],
    run: generates(() => ({ ...support('hangs'), timeout: 5 })),
    check([trace]) {
      expect(trace?.root?.level).toBe('ERROR');
    },
  },
  {
    ending: 'a `ToolLoopAgent` calls another in a tool',
    call: 'resolves, `stop`',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: inRow(async () => {
      const researcher = new ToolLoopAgent({
        model: scriptedModel(says('It is Tuesday.')),
        telemetry: { functionId: 'researcher' },
      });
      const ask = {
        ...tools.search,
        execute: async () => (await researcher.generate({ prompt: 'Which day?' })).text,
      };
      const boss = new ToolLoopAgent({
        model: scriptedModel(calls('ask'), says('Tuesday it is.')),
        tools: { ask },
        telemetry: { functionId: 'boss' },
      });
      return seen(await boss.generate({ prompt: 'Plan my week.' }));
    }),
    check([trace]) {
      const child = trace?.observations.find(({ name }) => name === 'researcher');
      const tool = trace?.observations.find(({ name }) => name === 'ask');
      expect(trace?.root?.name).toBe('boss');
      expect(child).toMatchObject({
        type: 'AGENT',
        parentObservationId: tool?.id,
        input: 'Which day?',
        output: 'It is Tuesday.',
      });
      expect(tool).toMatchObject({ type: 'TOOL', parentObservationId: trace?.root?.id });
    },
  },
  {
    ending: 'a `ToolLoopAgent` reaches its limit',
    call: 'resolves, `tool-calls`, no text',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: inRow(async () => {
      const agent = new ToolLoopAgent({ model: scriptedModel(calls('search')), tools });
      return seen(await agent.generate({ prompt: 'Find it.' }));
    }),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        name: 'generateText',
        output: { react: { iterations: 20, maxIterations: 20 } },
      });
    },
  },
];
