import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';

import { agent, chat, inside, scene } from './scene.ts';
import { withContextManager } from './telemetry.ts';

withContextManager();

/** How a run ends whose span is told `tell` before it ends. */
async function endingOf(tell: (span: Span) => void, attributes: Attributes = {}, scope = 'test') {
  const { provider, finish } = scene();
  const span = provider
    .getTracer(scope)
    .startSpan('invoke_agent a', { attributes: { ...agent, ...attributes } });
  tell(span);
  span.end();
  const { parents } = await finish();
  return parents[0];
}

/** How a step inside a run and the run end when the step is told `tell` before it ends. */
async function stepEndingOf(name: string, attributes: Attributes, tell: (span: Span) => void) {
  const { tracer, finish } = scene();
  const root = tracer.startSpan('invoke_agent a', { attributes: agent });
  const span = inside(root, () => tracer.startSpan(name, { attributes }));
  tell(span);
  span.end();
  root.end();
  const { parents, named } = await finish();
  return { root: parents[0], step: named(name) };
}

function failed(error: unknown): (span: Span) => void {
  return (span) => {
    if (error instanceof Error) span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
  };
}

function named(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

describe('a run whose span failed', () => {
  it.each<readonly [string, unknown, string, string]>([
    ['any error', new TypeError('no such field'), 'exception', 'TypeError'],
    [
      'an abort',
      new DOMException('This operation was aborted', 'AbortError'),
      'aborted',
      'AbortError',
    ],
    ['a timeout', new DOMException('timed out', 'TimeoutError'), 'timeout', 'TimeoutError'],
    ['a timeout by its code', named('Error', 'connect', { code: 'ETIMEDOUT' }), 'timeout', 'Error'],
    [
      'a limit',
      named('MaxTurnsExceededError', 'Max turns (3) exceeded'),
      'max_iterations',
      'MaxTurnsExceededError',
    ],
    [
      'a guardrail',
      named('InputGuardrailTripwireTriggered', 'no'),
      'guardrail',
      'InputGuardrailTripwireTriggered',
    ],
    ['what is no error', 'out of luck', 'exception', 'Error'],
  ])('by %s has its reason and type', async (_what, error, reason, type) => {
    const run = await endingOf(failed(error));

    expect(run?.metadata).toMatchObject({ status: 'error', reason, error_type: type });
  });

  it('keeps the message, and the stack in the metadata', async () => {
    const error = new Error('the model is down');

    const run = await endingOf(failed(error));

    expect(run).toMatchObject({
      level: 'ERROR',
      statusMessage: 'the model is down',
      output: { error: { type: 'Error', message: 'the model is down', reason: 'exception' } },
      metadata: { error_stack: error.stack },
    });
  });

  it('keeps what had been put out', async () => {
    const run = await endingOf(failed(new Error('torn')), { 'output.value': 'so far' });

    expect(run?.output).toMatchObject({ partialOutput: 'so far' });
  });

  it('keeps the error that was wrapped', async () => {
    const run = await endingOf((span) => {
      span.recordException(named('APIError', 'rate limited', { code: undefined }));
      failed(named('AgentError', 'the agent failed: rate limited'))(span);
    });

    expect(run?.output).toMatchObject({
      error: { type: 'AgentError', cause: { type: 'APIError', message: 'rate limited' } },
    });
  });

  it.each<readonly [string, Attributes, string, string]>([
    ['timeout', { 'error.type': 'timeout' }, 'timeout', 'TimeoutError'],
    [
      'a class with its module',
      { 'error.type': 'openai.APITimeoutError' },
      'exception',
      'APITimeoutError',
    ],
    ['an HTTP status', { 'error.type': '503' }, 'exception', 'HttpError'],
    ['another', { 'error.type': '_OTHER' }, 'exception', 'Error'],
    ['a level of Langfuse', { 'langfuse.observation.level': 'ERROR' }, 'exception', 'Error'],
  ])('says so by an attribute: %s', async (_what, attributes, reason, type) => {
    const run = await endingOf(() => {}, attributes);

    expect(run?.metadata).toMatchObject({ status: 'error', reason, error_type: type });
  });

  it('says with which tools a loop reached its limit', async () => {
    const { tracer, finish } = scene();
    const root = tracer.startSpan('invoke_agent a', { attributes: agent });
    for (const rows of ['one', 'two']) {
      const attributes = { 'gen_ai.tool.call.result': rows };
      inside(root, () => tracer.startSpan('execute_tool search', { attributes })).end();
    }
    failed(named('MaxTurnsExceededError', 'Max turns (2) exceeded'))(root);
    root.end();
    const { parents } = await finish();

    expect(parents[0]?.output).toMatchObject({
      react: {
        iterations: 2,
        maxIterations: 2,
        toolsUsed: ['search', 'search'],
        lastObservation: 'two',
      },
    });
  });
});

describe('a run whose span did not fail', () => {
  it.each<readonly [string, string, string]>([
    ['stop', 'completed', 'stop'],
    ['length', 'completed', 'length'],
    ['MAX_TOKENS', 'completed', 'length'],
    ['tool-calls', 'completed', 'stop_condition'],
    ['toolUse', 'completed', 'stop_condition'],
    ['content-filter', 'error', 'content_filter'],
    ['SAFETY', 'error', 'content_filter'],
    ['guardrailIntervened', 'error', 'guardrail'],
    ['error', 'error', 'model_error'],
    ['cancelled', 'error', 'aborted'],
    ['interrupt', 'suspended', 'input_required'],
    ['something new', 'completed', 'stop'],
  ])('ends by its finish reason %s', async (finishReason, status, reason) => {
    const run = await endingOf(() => {}, { 'gen_ai.response.finish_reasons': [finishReason] });

    expect(run?.metadata).toMatchObject({ status, reason, finish_reason: finishReason });
  });

  it('has handled an exception that it recorded', async () => {
    const run = await endingOf((span) => span.recordException(new Error('first try')));

    expect(run?.metadata).toMatchObject({ status: 'completed' });
  });

  it('ended well when it says so', async () => {
    const run = await endingOf((span) => span.setStatus({ code: SpanStatusCode.OK }), {
      'error.type': 'Ignored',
    });

    expect(run?.metadata).toMatchObject({ status: 'completed' });
  });

  it.each<readonly [string, Attributes, string]>([
    ['was cut', { 'gen_ai.response.finish_reasons': ['length'] }, 'length'],
    ['was filtered', { 'gen_ai.response.finish_reasons': ['content_filter'] }, 'content_filter'],
    ['failed', { 'error.type': 'Overloaded' }, 'model_error'],
    ['asked for a tool', { 'gen_ai.response.finish_reasons': ['tool_calls'] }, 'stop'],
  ])(
    'ends as its last call of a model did, when that %s and nothing else is told',
    async (_what, attributes, reason) => {
      const { root } = await stepEndingOf('chat m', { ...chat, ...attributes }, () => {});

      expect(root?.metadata).toMatchObject({ reason });
    },
  );
});

describe('a step', () => {
  const tool = { 'gen_ai.operation.name': 'execute_tool' };

  it('that recorded an exception and gave nothing failed, and the run goes on', async () => {
    const { root, step } = await stepEndingOf('search', tool, (span) =>
      span.recordException(new Error('no rows')),
    );

    expect(step).toMatchObject({ level: 'ERROR', statusMessage: 'no rows' });
    expect(root).toMatchObject({ level: 'DEFAULT', metadata: { status: 'completed' } });
  });

  it('that recorded an exception and gave something went well', async () => {
    const { step } = await stepEndingOf('search', tool, (span) => {
      span.recordException(new Error('first try'));
      span.setAttribute('gen_ai.tool.call.result', 'rows');
    });

    expect(step).toMatchObject({ level: 'DEFAULT', output: 'rows' });
  });

  it('that was aborted is a warning', async () => {
    const { step } = await stepEndingOf(
      'search',
      tool,
      failed(new DOMException('This operation was aborted', 'AbortError')),
    );

    expect(step).toMatchObject({ level: 'WARNING', output: { error: { type: 'AbortError' } } });
  });
});

describe('ADK, whose spans never fail', () => {
  async function endingOfAdk(response: object) {
    const { provider, finish } = scene();
    const tracer = provider.getTracer('gcp.vertex.agent');
    const root = tracer.startSpan('invocation');
    const attributes = { 'gcp.vertex.agent.llm_response': JSON.stringify(response) };
    inside(root, () => tracer.startSpan('call_llm', { attributes })).end();
    root.end();
    const { parents } = await finish();
    return parents[0];
  }

  it.each<readonly [object, string]>([
    [{ errorCode: 'UNKNOWN_ERROR', errorMessage: 'the model is down' }, 'model_error'],
    [{ errorCode: 'SAFETY', errorMessage: 'blocked' }, 'content_filter'],
    [{ errorCode: 429 }, 'model_error'],
    [{ content: { parts: [] }, finishReason: 'MAX_TOKENS' }, 'length'],
  ])('ends by what the model answered: %j', async (response, reason) => {
    const run = await endingOfAdk(response);

    expect(run?.metadata).toMatchObject({ reason });
  });

  it('tells its limit of calls as the limit of a loop', async () => {
    const run = await endingOfAdk({
      errorCode: 'UNKNOWN_ERROR',
      errorMessage: 'Max number of llm calls limit of 5 exceeded',
    });

    expect(run).toMatchObject({
      metadata: { reason: 'max_iterations' },
      output: { react: { maxIterations: 5 } },
    });
  });
});
