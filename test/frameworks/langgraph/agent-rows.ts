import { createAgent, createMiddleware } from 'langchain';
import { expect } from 'vitest';

import type { EndingRow } from '../endings.ts';
import {
  blockEmails,
  broken,
  find,
  modelCallLimit,
  question,
  search,
  toolCallLimit,
  traced,
  treeOf,
  words,
} from './programs.ts';
import { calls, says, ScriptedModel } from './scripted-model.ts';

const lookUp = () => calls(['search', { query: 'parcel' }]);

/** Lets what a tool throws through, where the agent would tell the model. */
const letThrough = createMiddleware({
  name: 'LetThrough',
  wrapToolCall: (request, handler) => handler(request),
});

/** Answers, failures and limits of `createAgent`. */
export const agentRows: readonly EndingRow[] = [
  {
    ending: 'an agent calls a tool and answers',
    call: 'resolves with its state',
    expected: [
      {
        status: 'completed',
        reason: 'stop',
        conversationId: 'thread-1',
        conversationSource: 'langgraph.thread_id',
      },
    ],
    run: (lifecycle) => {
      const model = new ScriptedModel([lookUp(), says('It comes on Monday.')]);
      const agent = createAgent({ name: 'helper', model, tools: [search] });
      return words(
        agent.invoke(question, { ...traced(lifecycle), configurable: { thread_id: 'thread-1' } }),
      );
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'agent helper',
        '  chain model_request',
        '    generation ScriptedModel',
        '  chain tools',
        '    tool search',
        '  chain model_request',
        '    generation ScriptedModel',
      ]);
      expect(trace?.root?.input).toEqual(question);
      expect(trace?.root?.output).toEqual({
        messages: [
          { role: 'user', content: 'Where is my parcel?' },
          {
            role: 'assistant',
            name: 'helper',
            content: '',
            tool_calls: [{ id: 'call-0', name: 'search', args: { query: 'parcel' } }],
          },
          { role: 'tool', name: 'search', tool_call_id: 'call-0', content: 'found parcel' },
          { role: 'assistant', name: 'helper', content: 'It comes on Monday.' },
        ],
      });
      expect(find(trace, 'search')).toMatchObject({
        input: { query: 'parcel' },
        output: 'found parcel',
        metadata: { tool_call_id: 'call-0' },
      });
    },
  },
  {
    ending: 'a tool fails and the model is told',
    call: 'resolves with its state',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([calls(['broken', {}]), says('I cannot look it up.')]);
      return words(createAgent({ model, tools: [broken] }).invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(find(trace, 'broken')).toMatchObject({
        type: 'TOOL',
        level: 'ERROR',
        statusMessage: 'the index is gone',
        output: { error: { type: 'TypeError', message: 'the index is gone' } },
      });
      expect(find(trace, 'tools')?.level).toBe('DEFAULT');
      expect(trace?.root?.level).toBe('DEFAULT');
    },
  },
  {
    ending: 'the model calls a tool with arguments that do not fit, and is told',
    call: 'resolves with its state',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([calls(['search', { q: 1 }]), says('I cannot.')]);
      return words(createAgent({ model, tools: [search] }).invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(find(trace, 'search')).toMatchObject({
        type: 'TOOL',
        level: 'ERROR',
        parentObservationId: find(trace, 'tools')?.id,
        input: { q: 1 },
        statusMessage: expect.stringContaining('did not match expected schema'),
      });
    },
  },
  {
    ending: 'the model calls a tool that there is not, and is told',
    call: 'resolves with its state',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([calls(['missing', {}]), says('I cannot.')]);
      return words(createAgent({ model, tools: [search] }).invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(find(trace, 'missing')).toMatchObject({ type: 'TOOL', level: 'ERROR', input: {} });
    },
  },
  {
    ending: 'a tool fails and the agent does not hide it',
    call: 'rejects with the error of the tool',
    expected: [{ status: 'error', reason: 'tool_error' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([calls(['broken', {}])]);
      const agent = createAgent({ model, tools: [broken], middleware: [letThrough] });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        statusMessage: 'the index is gone',
        output: {
          error: { type: 'TypeError', message: 'the index is gone', reason: 'tool_error' },
        },
      });
      expect(treeOf(trace)).toContain('    tool broken ERROR');
    },
  },
  {
    ending: 'the model fails',
    call: 'rejects with the error of the model',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([says('Let me see.'), new RangeError('no capacity')]);
      const middleware = [
        createMiddleware({
          name: 'Twice',
          wrapModelCall: async (request, handler) => {
            await handler(request);
            return handler(request);
          },
        }),
      ];
      const agent = createAgent({ model, tools: [], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'agent LangGraph ERROR',
        '  chain model_request ERROR',
        '    generation ScriptedModel',
        '    generation ScriptedModel ERROR',
      ]);
      expect(trace?.root?.output).toMatchObject({
        error: { message: 'no capacity' },
        partialOutput: 'Let me see.',
      });
    },
  },
  {
    ending: 'a middleware fails',
    call: 'rejects with its error',
    expected: [{ status: 'error', reason: 'exception' }],
    run: (lifecycle) => {
      const middleware = [
        createMiddleware({
          name: 'Quota',
          beforeModel() {
            throw new Error('no quota');
          },
        }),
      ];
      const model = new ScriptedModel([]);
      const agent = createAgent({ model, tools: [], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual(['agent LangGraph ERROR', '  chain Quota.before_model ERROR']);
      expect(trace?.root?.statusMessage).toBe('no quota');
    },
  },
  {
    ending: 'a middleware around the model fails',
    call: 'rejects with a `MiddlewareError`',
    expected: [{ status: 'error', reason: 'exception' }],
    run: (lifecycle) => {
      const middleware = [
        createMiddleware({
          name: 'Router',
          wrapModelCall() {
            throw new Error('no route');
          },
        }),
      ];
      const model = new ScriptedModel([]);
      const agent = createAgent({ model, tools: [], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
  },
  {
    ending: 'a guardrail blocks the input',
    call: 'rejects with a `PIIDetectionError`',
    expected: [{ status: 'error', reason: 'guardrail' }],
    run: (lifecycle) => {
      const middleware = [blockEmails];
      const agent = createAgent({ model: new ScriptedModel([]), tools: [], middleware });
      const input = { messages: [{ role: 'user', content: 'Write to someone@example.com.' }] };
      return words(agent.invoke(input, traced(lifecycle)));
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'agent LangGraph ERROR',
        '  guardrail PIIMiddleware[email].before_model ERROR',
      ]);
    },
  },
  {
    ending: 'the recursion limit is reached',
    call: 'rejects with a `GraphRecursionError`',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([lookUp(), lookUp(), lookUp()]);
      const agent = createAgent({ model, tools: [search] });
      return words(agent.invoke(question, { ...traced(lifecycle), recursionLimit: 4 }));
    },
    check([trace]) {
      expect(trace?.root?.level).toBe('ERROR');
      expect(trace?.root?.output).toMatchObject({
        error: {
          type: 'GraphRecursionError',
          reason: 'max_iterations',
          code: 'GRAPH_RECURSION_LIMIT',
        },
        react: {
          iterations: 4,
          maxIterations: 4,
          toolsUsed: ['search', 'search'],
          lastObservation: 'found parcel',
        },
      });
    },
  },
  {
    ending: "the limit of model calls is reached, `exitBehavior: 'error'`",
    call: 'rejects with a `ModelCallLimitMiddlewareError`',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: (lifecycle) => {
      const middleware = [modelCallLimit({ runLimit: 2, exitBehavior: 'error' })];
      const model = new ScriptedModel([lookUp(), lookUp()]);
      const agent = createAgent({ model, tools: [search], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        react: { iterations: 2, maxIterations: 2, toolsUsed: ['search', 'search'] },
      });
    },
  },
  {
    ending: "the limit of model calls is reached, `exitBehavior: 'end'`",
    call: 'resolves with a message that says so',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: (lifecycle) => {
      const middleware = [modelCallLimit({ runLimit: 1, exitBehavior: 'end' })];
      const model = new ScriptedModel([lookUp()]);
      const agent = createAgent({ model, tools: [search], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      const message = 'Model call limits exceeded: run level call limit reached with 1 model calls';
      expect(trace?.root?.statusMessage).toBe(message);
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'ModelCallLimitMiddlewareError', message, reason: 'max_iterations' },
        react: {
          iterations: 1,
          maxIterations: 1,
          toolsUsed: ['search'],
          lastObservation: 'found parcel',
        },
        partialOutput: { messages: expect.any(Array) },
      });
    },
  },
  {
    ending: "the limit of tool calls is reached, `exitBehavior: 'error'`",
    call: 'rejects with a `ToolCallLimitExceededError`',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: (lifecycle) => {
      const middleware = [toolCallLimit({ runLimit: 1, exitBehavior: 'error' })];
      const model = new ScriptedModel([lookUp(), lookUp()]);
      const agent = createAgent({ model, tools: [search], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        react: { iterations: 1, maxIterations: 1, toolsUsed: ['search'] },
      });
    },
  },
  {
    ending: "the limit of tool calls is reached, `exitBehavior: 'end'`",
    call: 'resolves with a message that says so',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: (lifecycle) => {
      const limit = { toolName: 'search', runLimit: 1, exitBehavior: 'end' } as const;
      const model = new ScriptedModel([lookUp(), lookUp()]);
      const middleware = [toolCallLimit(limit)];
      const agent = createAgent({ model, tools: [search], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'ToolCallLimitExceededError', reason: 'max_iterations' },
        react: { iterations: 1, maxIterations: 1, toolsUsed: ['search'] },
      });
    },
  },
  {
    ending: "every tool call is refused by the limit, `exitBehavior: 'continue'`",
    call: 'resolves with the refusal as the last message',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: (lifecycle) => {
      const middleware = [toolCallLimit({ runLimit: 1 })];
      const model = new ScriptedModel([lookUp(), lookUp()]);
      const agent = createAgent({ model, tools: [search], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'ToolCallLimitExceededError' },
        react: { iterations: 1, maxIterations: 1 },
      });
    },
  },
  {
    ending: 'some tool calls are refused by the limit, and the model answers with the rest',
    call: 'resolves with its state',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: (lifecycle) => {
      const two = calls(['search', { query: 'parcel' }], ['search', { query: 'post' }]);
      const middleware = [toolCallLimit({ runLimit: 1 })];
      const model = new ScriptedModel([two, says('It comes on Monday.')]);
      const agent = createAgent({ model, tools: [search], middleware });
      return words(agent.invoke(question, traced(lifecycle)));
    },
  },
];
