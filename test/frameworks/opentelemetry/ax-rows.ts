import { ax, type AxChatResponse, AxMockAIService, type AxFunction } from '@ax-llm/ax';
import { expect } from 'vitest';

import type { Lifecycle } from '../../../adapters/index.ts';
import { type EndingRow, settled } from '../endings.ts';
import { steps } from './steps.ts';
import { tracer } from './telemetry.ts';

type Reply = AxChatResponse | Error | (() => AxChatResponse);

/** ax's mock model, which gives one reply after the other and then the last one again. */
function mockModel(...replies: readonly Reply[]): AxMockAIService<string> {
  let calls = 0;
  return new AxMockAIService({
    features: { functions: true, streaming: false },
    modelInfo: { name: 'mock-model' },
    async chatResponse() {
      const reply = replies[Math.min(calls, replies.length - 1)];
      calls += 1;
      if (reply instanceof Error) throw reply;
      if (reply === undefined) throw new Error('the mock model has no reply');
      return typeof reply === 'function' ? reply() : reply;
    },
  });
}

const answer: AxChatResponse = {
  results: [{ index: 0, content: 'Answer: 42', finishReason: 'stop' }],
};

const callOfSearch: AxChatResponse = {
  results: [
    {
      index: 0,
      content: '',
      finishReason: 'function_call',
      functionCalls: [
        { id: 'call-1', type: 'function', function: { name: 'search', params: { query: 'x' } } },
      ],
    },
  ],
};

function search(func: () => Promise<string>): AxFunction {
  return {
    name: 'search',
    description: 'Searches the documents.',
    parameters: {
      type: 'object',
      properties: { query: { type: 'string', description: 'what to search for' } },
      required: ['query'],
    },
    func,
  };
}

const found = search(async () => 'rows');

const conversation = {
  conversationId: 'chat-7',
  conversationSource: 'span.session.id',
} as const;

interface Call {
  readonly model: AxMockAIService<string>;
  readonly functions?: readonly AxFunction[];
  readonly maxSteps?: number;
  readonly abortSignal?: AbortSignal;
}

function ask(lifecycle: Lifecycle | undefined, call: Call): Promise<unknown> {
  const { model, functions = [], ...options } = call;
  const program = ax('question:string -> answer:string', { functions: [...functions] });
  return settled(
    program.forward(
      model,
      { question: 'what?' },
      { tracer: tracer(lifecycle), traceLabel: 'support', sessionId: 'chat-7', ...options },
    ),
  );
}

/** @ax-llm/ax with its own mock model; its spans tell names and errors, and nothing of what was said. */
export const axRows: readonly EndingRow[] = [
  {
    ending: 'ax: an answer after a tool',
    call: 'resolves',
    expected: [{ status: 'completed', reason: 'stop', ...conversation }],
    run: (lifecycle) =>
      ask(lifecycle, { model: mockModel(callOfSearch, answer), functions: [found] }),
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'support', type: 'AGENT', level: 'DEFAULT' });
      expect(steps(trace)).toEqual(['TOOL search']);
    },
  },
  {
    ending: 'ax: the model throws',
    call: 'rejects',
    expected: [{ status: 'error', reason: 'exception' }],
    run: (lifecycle) => ask(lifecycle, { model: mockModel(new Error('the model is down')) }),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        statusMessage: 'Generate failed: the model is down',
        output: {
          error: {
            type: 'AxGenerateError',
            cause: { type: 'Error', message: 'the model is down' },
          },
        },
      });
    },
  },
  {
    ending: 'ax: `maxSteps` is reached',
    call: 'rejects',
    expected: [{ status: 'error', reason: 'max_iterations', ...conversation }],
    run: (lifecycle) =>
      ask(lifecycle, { model: mockModel(callOfSearch), functions: [found], maxSteps: 2 }),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        output: { react: { iterations: 2, maxIterations: 2, toolsUsed: ['search', 'search'] } },
      });
    },
  },
  {
    ending: 'ax: a tool throws',
    call: 'rejects, ax does not tell the model',
    expected: [{ status: 'error', reason: 'tool_error', ...conversation }],
    run: (lifecycle) =>
      ask(lifecycle, {
        model: mockModel(callOfSearch, answer),
        functions: [search(() => Promise.reject(new Error('the index is gone')))],
      }),
    check([trace]) {
      expect(trace?.observations.find(({ name }) => name === 'search')).toMatchObject({
        level: 'ERROR',
        statusMessage: 'the index is gone',
      });
    },
  },
  {
    ending: 'ax: the caller aborts',
    call: 'rejects with `AxAIServiceAbortedError`',
    expected: [{ status: 'error', reason: 'aborted' }],
    run(lifecycle) {
      const controller = new AbortController();
      const model = mockModel(() => {
        controller.abort('the user left');
        return answer;
      });
      return ask(lifecycle, { model, abortSignal: controller.signal });
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        statusMessage: 'Request aborted: the user left',
      });
    },
  },
];
