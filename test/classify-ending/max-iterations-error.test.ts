import { describe, expect, it } from 'vitest';
import { LifecycleError } from '../../src/errors.ts';
import {
  isMaxIterations,
  MaxIterationsError,
  toReactFacts,
} from '../../src/max-iterations-error.ts';

describe('MaxIterationsError', () => {
  it('asks for the limit only', () => {
    const error = new MaxIterationsError('no answer after 8 rounds', { maxIterations: 8 });

    expect(error).toMatchObject({
      name: 'MaxIterationsError',
      code: 'max_iterations',
      message: 'no answer after 8 rounds',
      iterations: 8,
      maxIterations: 8,
      toolsUsed: [],
      history: [],
    });
    expect(error).not.toHaveProperty('cause');
  });

  it('keeps what the loop knew, apart from what the loop goes on to change', () => {
    const toolsUsed = ['search'];
    const history = [{ thought: 'look it up' }];
    const cause = new Error('why');
    const context = {
      maxIterations: 8,
      iterations: 3,
      lastObservation: 'none',
      partialOutput: 'so far',
    };
    const error = new MaxIterationsError('stop', { ...context, toolsUsed, history, cause });

    toolsUsed.push('later');
    history.pop();

    expect(error).toMatchObject({ ...context, toolsUsed: ['search'], cause });
    expect(error.history).toHaveLength(1);
  });

  it('is known by isInstance, and other errors of the package are not', () => {
    const error = new MaxIterationsError('stop', { maxIterations: 1 });

    const answers = [error, new LifecycleError('event', 'm'), new Error('m'), undefined].map(
      (candidate) => MaxIterationsError.isInstance(candidate),
    );

    expect(answers).toStrictEqual([true, false, false, false]);
    expect(LifecycleError.isInstance(error)).toBe(true);
  });
});

describe('what a loop tells when it reached its limit', () => {
  it.each<[string, unknown, object | undefined]>([
    [
      'ours',
      new MaxIterationsError('m', {
        maxIterations: 8,
        iterations: 9,
        toolsUsed: ['search', 'search'],
        lastObservation: { hits: 0 },
      }),
      {
        iterations: 9,
        maxIterations: 8,
        toolsUsed: ['search', 'search'],
        lastObservation: { hits: 0 },
      },
    ],
    [
      'LangGraph',
      named(
        'GraphRecursionError',
        'Recursion limit of 25 reached without hitting a stop condition.',
        {
          lc_error_code: 'GRAPH_RECURSION_LIMIT',
        },
      ),
      { iterations: 25, maxIterations: 25, toolsUsed: [] },
    ],
    [
      'OpenAI Agents, whose counter stands on the turn that was refused',
      named('MaxTurnsExceededError', 'Max turns exceeded', {
        state: { _maxTurns: 10, _currentTurn: 11 },
      }),
      { iterations: 10, maxIterations: 10, toolsUsed: [] },
    ],
    [
      'the tools and the last output that stand in the state of OpenAI Agents',
      named('MaxTurnsExceededError', 'Max turns (2) exceeded', {
        state: {
          _maxTurns: 2,
          _currentTurn: 3,
          _generatedItems: [
            { type: 'tool_call_item', rawItem: { name: 'search' } },
            { type: 'tool_call_output_item', output: 'nothing' },
            { type: 'message_output_item', rawItem: { name: 'no tool' } },
            { type: 'tool_call_item', rawItem: { name: 'add' } },
            { type: 'tool_call_output_item', output: '3' },
          ],
        },
      }),
      { iterations: 2, maxIterations: 2, toolsUsed: ['search', 'add'], lastObservation: '3' },
    ],
    [
      'OpenAI Agents without its state',
      named('MaxTurnsExceededError', 'Max turns (10) exceeded'),
      { iterations: 10, maxIterations: 10, toolsUsed: [] },
    ],
    [
      "LangChain's limit of model calls",
      named(
        'ModelCallLimitMiddlewareError',
        'Model call limits exceeded: run level call limit reached with 2 model calls',
      ),
      { iterations: 2, maxIterations: 2, toolsUsed: [] },
    ],
    [
      "LangChain's limit of tool calls, per thread",
      named('ToolCallLimitExceededError', "'search' tool call limit reached.", {
        runCount: 1,
        runLimit: 5,
        threadCount: 4,
        threadLimit: 3,
        toolName: 'search',
      }),
      { iterations: 3, maxIterations: 3, toolsUsed: ['search'] },
    ],
    [
      'the same wrapped by its middleware, which keeps only name and message',
      named(
        'ToolCallLimitExceededError',
        "'search' tool call limit reached: run limit exceeded (3/2 calls).",
      ),
      { iterations: 2, maxIterations: 2, toolsUsed: [] },
    ],
    [
      'ax',
      named('AxGenerateError', 'Generate failed', { cause: new Error('Max steps reached: 4') }),
      { iterations: 4, maxIterations: 4, toolsUsed: [] },
    ],
    [
      'the Claude Agent SDK, which counts the turn that was refused',
      {
        code: 'error_max_turns',
        message: 'Reached maximum number of turns (2)',
        turns: 3,
        maxTurns: 2,
        toolsUsed: ['add'],
      },
      { iterations: 2, maxIterations: 2, toolsUsed: ['add'] },
    ],
    [
      'the Claude Agent SDK, whose options nobody saw',
      { code: 'error_max_turns', message: 'Reached maximum number of turns (2)', turns: 3 },
      { iterations: 2, maxIterations: 2, toolsUsed: [] },
    ],
    [
      'ax, as a span records it, without the cause',
      named('AxGenerateError', 'Generate failed: Max steps reached: 4'),
      { iterations: 4, maxIterations: 4, toolsUsed: [] },
    ],
    [
      'a class of your own',
      named('MaxStepsExceededError', 'stop', { maxSteps: 6, steps: 5, toolsUsed: ['a', 1] }),
      { iterations: 5, maxIterations: 6, toolsUsed: ['a'] },
    ],
    [
      'a plain object',
      { code: 'max_iterations', maxIterations: 3 },
      { iterations: 3, maxIterations: 3, toolsUsed: [] },
    ],
    ['one that says no number', named('MaxIterationsError', 'stop'), undefined],
    [
      'one whose number is none',
      named('MaxIterationsError', 'stop', { maxIterations: '8' }),
      undefined,
    ],
  ])('by %s', (_, error, expected) => {
    const facts = toReactFacts(error);

    expect(isMaxIterations(error)).toBe(true);
    expect(facts).toStrictEqual(expected);
  });

  it.each<[string, unknown]>([
    ['an error with the words in its message', new Error('Max turns (10) exceeded')],
    ['another limit', named('MaxListenersExceededWarning', 'Possible memory leak')],
    ['another payload limit', named('MaxBodyLengthExceededError', 'too large')],
    [
      'another failure of ax',
      named('AxGenerateError', 'Generate failed', { cause: new Error('x') }),
    ],
    ['a text', 'MaxIterationsError'],
    ['nothing', undefined],
  ])('is not told by %s', (_, error) => {
    const facts = toReactFacts(error);

    expect(isMaxIterations(error)).toBe(false);
    expect(facts).toBeUndefined();
  });
});

function named(name: string, message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), { name }, fields);
}
