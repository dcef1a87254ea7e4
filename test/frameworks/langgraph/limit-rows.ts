import { expect } from 'vitest';

import { completed, type EndingRow, failed } from '../endings.ts';
import { agentOf, asking, lookUp, modelCallLimit, search, toolCallLimit } from './agents.ts';
import { calls, says } from './scripted-model.ts';

/** Limits of the loop: of its steps, of the model's calls, of the tools' calls. */
export const limitRows: readonly EndingRow[] = [
  {
    ending: 'the recursion limit is reached',
    call: 'rejects with a `GraphRecursionError`',
    expected: [failed('max_iterations')],
    run: asking(() => agentOf([lookUp(), lookUp(), lookUp()], { tools: [search] }), {
      recursionLimit: 4,
    }),
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
    expected: [failed('max_iterations')],
    run: asking(() =>
      agentOf([lookUp(), lookUp()], {
        tools: [search],
        middleware: [modelCallLimit({ runLimit: 2, exitBehavior: 'error' })],
      }),
    ),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        react: { iterations: 2, maxIterations: 2, toolsUsed: ['search', 'search'] },
      });
    },
  },
  {
    ending: "the limit of model calls is reached, `exitBehavior: 'end'`",
    call: 'resolves with a message that says so',
    expected: [failed('max_iterations')],
    run: asking(() =>
      agentOf([lookUp()], {
        tools: [search],
        middleware: [modelCallLimit({ runLimit: 1, exitBehavior: 'end' })],
      }),
    ),
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
    expected: [failed('max_iterations')],
    run: asking(() =>
      agentOf([lookUp(), lookUp()], {
        tools: [search],
        middleware: [toolCallLimit({ runLimit: 1, exitBehavior: 'error' })],
      }),
    ),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        react: { iterations: 1, maxIterations: 1, toolsUsed: ['search'] },
      });
    },
  },
  {
    ending: "the limit of tool calls is reached, `exitBehavior: 'end'`",
    call: 'resolves with a message that says so',
    expected: [failed('max_iterations')],
    run: asking(() =>
      agentOf([lookUp(), lookUp()], {
        tools: [search],
        middleware: [toolCallLimit({ toolName: 'search', runLimit: 1, exitBehavior: 'end' })],
      }),
    ),
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
    expected: [failed('max_iterations')],
    run: asking(() =>
      agentOf([lookUp(), lookUp()], {
        tools: [search],
        middleware: [toolCallLimit({ runLimit: 1 })],
      }),
    ),
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
    expected: [completed],
    run: asking(() => {
      const two = calls(['search', { query: 'parcel' }], ['search', { query: 'post' }]);
      const middleware = [toolCallLimit({ runLimit: 1 })];
      return agentOf([two, says('It comes on Monday.')], { tools: [search], middleware });
    }),
  },
];
