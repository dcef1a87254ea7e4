import { createMiddleware } from 'langchain';
import { expect } from 'vitest';

import { completed, type EndingRow, failed } from '../endings.ts';
import {
  agentOf,
  asking,
  blockEmails,
  broken,
  lookUp,
  question,
  search,
  traced,
} from './agents.ts';
import { calls, says } from './scripted-model.ts';
import { find, treeOf, words } from './seen.ts';

/** Lets what a tool throws through, where the agent would tell the model. */
const letThrough = createMiddleware({
  name: 'LetThrough',
  wrapToolCall: (request, handler) => handler(request),
});

/** Answers and failures of `createAgent`. */
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
    run: asking(
      () => agentOf([lookUp(), says('It comes on Monday.')], { name: 'helper', tools: [search] }),
      { configurable: { thread_id: 'thread-1' } },
    ),
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
    expected: [completed],
    run: asking(() =>
      agentOf([calls(['broken', {}]), says('I cannot look it up.')], { tools: [broken] }),
    ),
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
    expected: [completed],
    run: asking(() =>
      agentOf([calls(['search', { q: 1 }]), says('I cannot.')], { tools: [search] }),
    ),
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
    expected: [completed],
    run: asking(() => agentOf([calls(['missing', {}]), says('I cannot.')], { tools: [search] })),
    check([trace]) {
      expect(find(trace, 'missing')).toMatchObject({ type: 'TOOL', level: 'ERROR', input: {} });
    },
  },
  {
    ending: 'a tool fails and the agent does not hide it',
    call: 'rejects with the error of the tool',
    expected: [failed('tool_error')],
    run: asking(() =>
      agentOf([calls(['broken', {}])], { tools: [broken], middleware: [letThrough] }),
    ),
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
    expected: [failed('model_error')],
    run: asking(() =>
      agentOf([says('Let me see.'), new RangeError('no capacity')], {
        middleware: [
          createMiddleware({
            name: 'Twice',
            wrapModelCall: async (request, handler) => {
              await handler(request);
              return handler(request);
            },
          }),
        ],
      }),
    ),
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
    ending: 'the answer is cut off at the length limit',
    call: 'resolves with its state',
    expected: [{ status: 'completed', reason: 'length' }],
    run: asking(() => agentOf([says('It comes on', 'length')])),
  },
  {
    ending: 'the content filter of the provider stops the answer',
    call: 'resolves with its state',
    expected: [failed('content_filter')],
    run: asking(() => agentOf([says('I', 'content_filter')])),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { reason: 'content_filter' },
        partialOutput: {
          messages: [
            { role: 'user', content: 'Where is my parcel?' },
            { role: 'assistant', content: 'I' },
          ],
        },
      });
    },
  },
  {
    ending: 'a middleware fails',
    call: 'rejects with its error',
    expected: [failed('exception')],
    run: asking(() =>
      agentOf([], {
        middleware: [
          createMiddleware({
            name: 'Quota',
            beforeModel() {
              throw new Error('no quota');
            },
          }),
        ],
      }),
    ),
    check([trace]) {
      expect(treeOf(trace)).toEqual(['agent LangGraph ERROR', '  chain Quota.before_model ERROR']);
      expect(trace?.root?.statusMessage).toBe('no quota');
    },
  },
  {
    ending: 'a middleware around the model fails',
    call: 'rejects with a `MiddlewareError`',
    expected: [failed('exception')],
    run: asking(() =>
      agentOf([], {
        middleware: [
          createMiddleware({
            name: 'Router',
            wrapModelCall() {
              throw new Error('no route');
            },
          }),
        ],
      }),
    ),
  },
  {
    ending: 'a guardrail blocks the input',
    call: 'rejects with a `PIIDetectionError`',
    expected: [failed('guardrail')],
    run: (lifecycle) => {
      const input = { messages: [{ role: 'user', content: 'Write to someone@example.com.' }] };
      return words(agentOf([], { middleware: [blockEmails] }).invoke(input, traced(lifecycle)));
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'agent LangGraph ERROR',
        '  guardrail PIIMiddleware[email].before_model ERROR',
      ]);
    },
  },
];
