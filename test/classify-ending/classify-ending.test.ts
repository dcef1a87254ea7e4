import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { classifyFailure } from '../../src/classify-ending.ts';
import { reasonsByStatus } from '../../src/ending.ts';
import { MaxIterationsError } from '../../src/max-iterations-error.ts';

/** openai and @anthropic-ai/sdk set no `name`: only the classes tell what happened. */
class ProviderError extends Error {
  static {
    Object.defineProperty(this, 'name', { value: 'OpenAIError' });
  }
}
class APIError extends ProviderError {}
class APIUserAbortError extends APIError {}
class APIConnectionTimeoutError extends APIError {}

describe('why a run failed', () => {
  it.each<[string, unknown, string]>([
    ['any error', new Error('m'), 'exception'],
    ['a bug', new TypeError('x is not a function'), 'exception'],
    ['a thrown text', 'no', 'exception'],
    ['undefined', undefined, 'exception'],
    ['null', null, 'exception'],
    [
      'an endless recursion, which is no limit of a loop',
      new RangeError('Maximum call stack'),
      'exception',
    ],
    ['our own limit', new MaxIterationsError('m', { maxIterations: 8 }), 'max_iterations'],
    [
      'a guardrail of a tool, which OpenAI Agents wraps as an error of the tool',
      named('ToolCallError', { error: named('ToolInputGuardrailTripwireTriggered') }),
      'guardrail',
    ],
    [
      'a guardrail inside what a tool called',
      named('ToolCallError', { error: named('InputGuardrailTripwireTriggered') }),
      'tool_error',
    ],
    ["a framework's limit", named('MaxTurnsExceededError'), 'max_iterations'],
    [
      'a limit behind a wrapper',
      new Error('m', { cause: named('GraphRecursionError') }),
      'max_iterations',
    ],
    ['a timeout of the platform', new DOMException('m', 'TimeoutError'), 'timeout'],
    ['a timeout of a socket', withCode('ETIMEDOUT'), 'timeout'],
    [
      'a timeout of fetch',
      new TypeError('fetch failed', { cause: withCode('UND_ERR_HEADERS_TIMEOUT') }),
      'timeout',
    ],
    ['a timeout of a model client', new APIConnectionTimeoutError('m'), 'timeout'],
    ['a timeout of a tool', named('ToolTimeoutError'), 'timeout'],
    ['an abort of the platform', new DOMException('m', 'AbortError'), 'aborted'],
    ['an abort of Node', Object.assign(withCode('ABORT_ERR'), { name: 'AbortError' }), 'aborted'],
    ['an abort known by its code', withCode('ABORT_ERR'), 'aborted'],
    ['an abort of a model client', new APIUserAbortError('m'), 'aborted'],
    [
      'an abort of the Claude Agent SDK',
      Object.assign(new Error('Operation aborted'), { errorClass: 'aborted' }),
      'aborted',
    ],
    [
      'a Claude Code that does not answer',
      Object.assign(new Error('m'), { errorClass: 'initialize_timeout' }),
      'timeout',
    ],
    [
      'a Claude Code that was killed',
      Object.assign(new Error('m'), { errorClass: 'process_killed_by_signal' }),
      'exception',
    ],
    ['an abort of LangGraph', new Error('Abort'), 'aborted'],
    ['an abort of LangChain', new Error('Aborted'), 'aborted'],
    ['an error that only mentions an abort', new Error('Abort mission'), 'exception'],
    ['an error of another name with such a text', withName('Mission', 'Abort'), 'exception'],
    [
      'an abort that the AI SDK met in its retries',
      named('AI_RetryError', { reason: 'abort' }),
      'aborted',
    ],
    [
      'an abort whose cause is a timeout',
      abortedBy(new DOMException('m', 'TimeoutError')),
      'timeout',
    ],
    [
      'a request that something else gave up',
      new Error('m', { cause: named('AbortError') }),
      'exception',
    ],
    ['a model call', named('AI_APICallError'), 'model_error'],
    [
      'retries that ran out',
      named('AI_RetryError', { reason: 'maxRetriesExceeded' }),
      'model_error',
    ],
    ['a model call behind a wrapper', new Error('m', { cause: new APIError('m') }), 'model_error'],
    ['a class over a provider’s', new APIError('m'), 'model_error'],
    ['an API error with a status', named('APIError', { status: 429 }), 'model_error'],
    ['an API error without one', named('APIError'), 'exception'],
    ['an HTTP status of something else', named('HttpError', { status: 500 }), 'exception'],
    ['a tool', named('ToolCallError', { error: new TypeError('m') }), 'tool_error'],
    [
      'a tool that met a timeout of its own',
      named('ToolCallError', { error: withCode('ETIMEDOUT') }),
      'tool_error',
    ],
    ['a schema', z.string().safeParse(1).error, 'invalid_output'],
    ['a model that did not give the object', named('AI_NoObjectGeneratedError'), 'invalid_output'],
    ['an output parser', withField('lc_error_code', 'OUTPUT_PARSING_FAILURE'), 'invalid_output'],
    [
      "Mastra's structured output",
      withField('code', 'STRUCTURED_OUTPUT_SCHEMA_VALIDATION_FAILED'),
      'invalid_output',
    ],
    ['a prompt', named('AI_InvalidPromptError'), 'invalid_input'],
    ['an argument', named('AI_InvalidArgumentError'), 'invalid_input'],
    [
      'a content filter',
      Object.assign(new APIError('m'), { code: 'content_filter' }),
      'content_filter',
    ],
    ['a refusal', named('ModelRefusalError'), 'content_filter'],
    ['a guardrail of the input', named('InputGuardrailTripwireTriggered'), 'guardrail'],
    ['a guardrail of the output', named('OutputGuardrailTripwireTriggered'), 'guardrail'],
  ])('%s', (_, error, expected) => {
    const ending = classifyFailure(error);

    expect(ending).toMatchObject({ status: 'error', reason: expected });
  });
});

describe("an abort of the run's own signal", () => {
  it.each<[string, unknown]>([
    ['an error', new Error('the user left')],
    ['a text', 'the user left'],
    ['an object', { why: 'the user left' }],
  ])('explains what is thrown when it is the reason: %s', (_, reason) => {
    const ending = classifyFailure(reason, { signal: AbortSignal.abort(reason) });

    expect(ending).toMatchObject({ reason: 'aborted' });
  });

  it.each<[string, (reason: Error) => unknown]>([
    [
      'an error with the reason as its cause',
      (reason) => new Error('step failed', { cause: reason }),
    ],
    ['a tool error around the reason', (reason) => named('ToolCallError', { error: reason })],
    ['any abort', () => new DOMException('m', 'AbortError')],
    ['a wrapped abort', () => new Error('m', { cause: named('AbortError') })],
  ])('explains %s', (_, thrown) => {
    const reason = new Error('the user left');

    const ending = classifyFailure(thrown(reason), { signal: AbortSignal.abort(reason) });

    expect(ending).toMatchObject({ reason: 'aborted' });
  });

  it('explains the error that LangChain makes of a reason that is a text', () => {
    const signal = AbortSignal.abort('the user left');

    const ending = classifyFailure(new Error('the user left'), { signal });

    expect(ending).toMatchObject({ reason: 'aborted' });
  });

  it.each<[string, unknown, string]>([
    ['a bug', new TypeError('x is not a function'), 'exception'],
    ['a model error', new APIError('m'), 'model_error'],
    ['a limit', new MaxIterationsError('m', { maxIterations: 1 }), 'max_iterations'],
    ['a timeout', new APIConnectionTimeoutError('m'), 'timeout'],
    ['a timeout that gave up its own request', timeoutByAbort(), 'timeout'],
  ])('does not explain %s', (_, error, expected) => {
    const ending = classifyFailure(error, { signal: AbortSignal.abort() });

    expect(ending).toMatchObject({ reason: expected });
  });

  it('is a timeout when that is its reason, whatever the framework made of it', () => {
    const signal = AbortSignal.abort(new DOMException('too long', 'TimeoutError'));

    const endings = [signal.reason, new Error('Abort'), abortedBy(signal.reason)].map(
      (error: unknown) => classifyFailure(error, { signal }),
    );

    expect(endings.map((ending) => ending.reason)).toStrictEqual(['timeout', 'timeout', 'timeout']);
  });

  it('is seen in what Node throws for it', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const waits = [
      delay(60_000, undefined, { signal }),
      once(new EventTarget(), 'never', { signal }),
    ];
    controller.abort(new Error('the user left'));

    const thrown = await Promise.allSettled(waits);

    const endings = thrown.map((wait) =>
      classifyFailure(wait.status === 'rejected' ? wait.reason : undefined, { signal }),
    );
    expect(endings.map((ending) => ending.reason)).toStrictEqual(['aborted', 'aborted']);
  });

  it('does not matter before it happens', () => {
    const { signal } = new AbortController();

    const ending = classifyFailure(new Error('m', { cause: named('AbortError') }), { signal });

    expect(ending).toMatchObject({ reason: 'exception' });
  });
});

describe('the ending of a run that failed', () => {
  it('has the error and what had been produced', () => {
    const ending = classifyFailure(new Error('no'), { partialOutput: 'so far' });

    expect(ending).toStrictEqual({
      status: 'error',
      reason: 'exception',
      error: { type: 'Error', message: 'no', stack: expect.stringContaining('Error: no') },
      partialOutput: 'so far',
    });
  });

  it("prefers the error's own partial output", () => {
    const error = Object.assign(new Error('no'), { partialOutput: 'nearer' });

    const ending = classifyFailure(error, { partialOutput: 'so far' });

    expect(ending).toMatchObject({ partialOutput: 'nearer' });
  });

  it('has nothing more than that when nothing had been produced', () => {
    const ending = classifyFailure('no');

    expect(ending).toStrictEqual({
      status: 'error',
      reason: 'exception',
      error: { type: 'string', message: 'no' },
    });
  });

  it('is the same for a limit, plus what the loop knew', () => {
    const context = { maxIterations: 3, toolsUsed: ['search'], lastObservation: 'none' };
    const limit = new MaxIterationsError('no', { ...context, partialOutput: 'so far' });
    const other = Object.assign(new Error('no'), { code: 'max', partialOutput: 'so far' });

    const [ending, otherEnding] = [classifyFailure(limit), classifyFailure(other)];

    expect(Object.keys(ending)).toStrictEqual([...Object.keys(otherEnding), 'react']);
    expect(ending).toMatchObject({
      error: { type: 'MaxIterationsError', message: 'no', code: 'max_iterations' },
      partialOutput: 'so far',
      react: { iterations: 3, ...context },
    });
  });

  it('has what the loop knew also when the limit is the cause', () => {
    const error = new Error('research failed', {
      cause: new MaxIterationsError('no', { maxIterations: 3 }),
    });

    const ending = classifyFailure(error);

    expect(ending).toMatchObject({ reason: 'max_iterations', react: { maxIterations: 3 } });
  });

  it('has no facts of a loop when the limit tells none', () => {
    const ending = classifyFailure(named('MaxIterationsError'));

    expect(ending).not.toHaveProperty('react');
  });
});

describe("a framework's pause", () => {
  it('is no failure, and says what the run waits for', () => {
    const interrupts = [{ id: 'a', value: 'Send the mail?' }];
    const error = named('GraphInterrupt', { is_bubble_up: true, interrupts });

    const ending = classifyFailure(error, { signal: AbortSignal.abort() });

    expect(ending).toStrictEqual({
      status: 'suspended',
      reason: 'input_required',
      pending: interrupts,
    });
  });

  it.each<[string, unknown, string]>([
    ['a node', named('NodeInterrupt'), 'input_required'],
    ['any value that bubbles up', { is_bubble_up: true }, 'input_required'],
    ['a drained graph', named('GraphDrained', { is_bubble_up: true }), 'checkpoint'],
  ])('may come from %s', (_, error, reason) => {
    const ending = classifyFailure(error);

    expect(ending).toStrictEqual({ status: 'suspended', reason, pending: [] });
  });
});

describe('a hostile error', () => {
  it('is an exception like any other', () => {
    const proxy = new Proxy({}, { get: fail, getPrototypeOf: fail, ownKeys: fail, has: fail });

    const ending = classifyFailure(proxy, { signal: AbortSignal.abort(proxy), partialOutput: 1 });

    expect(ending).toMatchObject({ status: 'error', reason: 'aborted', partialOutput: 1 });
    expect(classifyFailure(proxy)).toMatchObject({ status: 'error', reason: 'exception' });
  });

  it('never makes it throw, and always gets a reason that Langfuse can be filtered by', () => {
    const fields = fc.constantFrom(
      'name',
      'code',
      'cause',
      'message',
      'interrupts',
      'state',
      'errors',
    );

    fc.assert(
      fc.property(fc.dictionary(fields, fc.anything({ withBigInt: true })), (thrown) => {
        const ending = classifyFailure(thrown);

        expect(reasonsByStatus[ending.status]).toContain(ending.reason);
      }),
    );
  });
});

function fail(): never {
  throw new Error('not now');
}

function named(name: string, fields: object = {}): Error {
  return Object.assign(new Error('m'), { name }, fields);
}

function withName(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function timeoutByAbort(): Error {
  return Object.assign(named('TimeoutError'), { cause: named('AbortError') });
}

function withCode(code: string): Error {
  return withField('code', code);
}

function withField(key: string, value: unknown): Error {
  return Object.assign(new Error('m'), { [key]: value });
}

function abortedBy(cause: unknown): Error {
  return Object.assign(new Error('The operation was aborted', { cause }), { name: 'AbortError' });
}
