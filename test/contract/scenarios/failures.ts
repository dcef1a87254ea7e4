import { type JsonValue, MaxIterationsError } from '../../../adapters/index.ts';
import { failed, type Scenario, support, survive, withFixedStack } from '../scenario.ts';

/** What other people call theirs. */
class MaxTurnsExceededError extends Error {
  override readonly name = 'MaxTurnsExceededError';
}

/** Runs that throw, and that are called off. */
export const failures: readonly Scenario[] = [
  thrown('exception', {
    error: withFixedStack(new TypeError('the parcel has no address')),
    payload: { type: 'TypeError', message: 'the parcel has no address' },
  }),
  thrown('exception-with-code', {
    error: withFixedStack(Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' })),
    payload: { type: 'Error', message: 'no route', code: 'EHOSTUNREACH' },
  }),
  thrown('thrown-text', { error: 'boom', payload: { type: 'string', message: 'boom' } }),
  thrown('thrown-blank-text', {
    error: '  \n',
    payload: { type: 'string', message: '  \n' },
    statusMessage: 'string',
  }),
  thrown('thrown-undefined', {
    error: undefined,
    payload: { type: 'undefined', message: 'undefined' },
  }),
  thrown('thrown-object', {
    error: { problem: 'broken', parcel: 7 },
    payload: { type: 'object', message: '{"problem":"broken","parcel":7}' },
  }),
  thrown('nested-cause', {
    error: withFixedStack(
      new Error('the answer failed', {
        cause: withFixedStack(
          new Error('the search failed', { cause: withFixedStack(new Error('socket closed')) }),
        ),
      }),
    ),
    payload: {
      type: 'Error',
      message: 'the answer failed',
      cause: {
        type: 'Error',
        message: 'the search failed',
        cause: { type: 'Error', message: 'socket closed' },
      },
    },
  }),
  thrown('aggregate-error', {
    error: withFixedStack(
      new AggregateError(
        [
          withFixedStack(new Error('depot one is closed')),
          withFixedStack(new RangeError('no depot two')),
        ],
        'every depot failed',
      ),
    ),
    payload: {
      type: 'AggregateError',
      message: 'every depot failed',
      errors: [
        { type: 'Error', message: 'depot one is closed' },
        { type: 'RangeError', message: 'no depot two' },
      ],
    },
  }),
  {
    name: 'max-iterations',
    async run(lifecycle, { pass }) {
      await survive(() =>
        lifecycle.run({ ...support, maxIterations: 3 }, async (run) => {
          await run.step({ name: 'search', kind: 'tool' }, () => pass(10));
          throw withFixedStack(
            new MaxIterationsError('no answer after 3 iterations', {
              iterations: 3,
              maxIterations: 3,
              toolsUsed: ['search', 'search'],
              history: ['not sent'],
              lastObservation: 'nothing found',
              partialOutput: 'It may be at the depot.',
            }),
          );
        }),
      );
    },
    expected: failed({
      reason: 'max_iterations',
      statusMessage: 'no answer after 3 iterations',
      output: {
        error: {
          type: 'MaxIterationsError',
          message: 'no answer after 3 iterations',
          code: 'max_iterations',
          reason: 'max_iterations',
        },
        partialOutput: 'It may be at the depot.',
        react: {
          iterations: 3,
          maxIterations: 3,
          toolsUsed: ['search', 'search'],
          lastObservation: 'nothing found',
        },
      },
      metadata: { error_type: 'MaxIterationsError', max_iterations: 3 },
      children: [{ name: 'search', below: 'support-agent', kind: 'tool' }],
    }),
  },
  {
    name: 'max-iterations-foreign',
    async run(lifecycle, { pass }) {
      await survive(() =>
        lifecycle.run(support, async () => {
          await pass(10);
          throw withFixedStack(new MaxTurnsExceededError('Max turns (3) exceeded'));
        }),
      );
    },
    expected: failed({
      reason: 'max_iterations',
      statusMessage: 'Max turns (3) exceeded',
      output: {
        error: {
          type: 'MaxTurnsExceededError',
          message: 'Max turns (3) exceeded',
          reason: 'max_iterations',
        },
        react: { iterations: 3, maxIterations: 3, toolsUsed: [] },
      },
      metadata: { error_type: 'MaxTurnsExceededError' },
    }),
  },
  {
    ...calledOff('aborted', new DOMException('This operation was aborted', 'AbortError')),
    expected: failed({
      reason: 'aborted',
      level: 'WARNING',
      statusMessage: 'This operation was aborted',
      output: {
        error: {
          type: 'AbortError',
          message: 'This operation was aborted',
          code: 20,
          reason: 'aborted',
        },
      },
      children: [
        {
          name: 'call-model',
          below: 'support-agent',
          kind: 'generation',
          level: 'WARNING',
          statusMessage: 'This operation was aborted',
        },
      ],
    }),
  },
  {
    ...calledOff(
      'timeout',
      new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
    ),
    expected: failed({
      reason: 'timeout',
      statusMessage: 'The operation was aborted due to timeout',
      output: {
        error: {
          type: 'TimeoutError',
          message: 'The operation was aborted due to timeout',
          code: 23,
          reason: 'timeout',
        },
      },
      children: [
        {
          name: 'call-model',
          below: 'support-agent',
          kind: 'generation',
          level: 'ERROR',
          statusMessage: 'The operation was aborted due to timeout',
        },
      ],
    }),
  },
  {
    name: 'failed-by-hand',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        await pass(10);
        run.end({
          status: 'error',
          reason: 'guardrail',
          error: withFixedStack(new Error('personal data in the answer')),
          partialOutput: 'Dear',
        });
      });
    },
    expected: failed({
      reason: 'guardrail',
      statusMessage: 'personal data in the answer',
      output: {
        error: { type: 'Error', message: 'personal data in the answer', reason: 'guardrail' },
        partialOutput: 'Dear',
      },
    }),
  },
  {
    name: 'never-ended',
    async run(lifecycle, { pass }) {
      await using run = lifecycle.startRun(support);
      run.startStep({ name: 'search', kind: 'tool', input: 'parcel' });
      await pass(10);
    },
    expected: failed({
      reason: 'never_ended',
      statusMessage: 'the run was disposed of before it was ended',
      output: {
        error: {
          type: 'NeverEnded',
          message: 'the run was disposed of before it was ended',
          reason: 'never_ended',
        },
      },
      children: [
        {
          name: 'search',
          below: 'support-agent',
          kind: 'tool',
          level: 'WARNING',
          statusMessage: 'still open when the run support-agent ended',
          metadata: { closed_with_run: true },
        },
      ],
    }),
  },
];

interface Thrown {
  readonly error: unknown;
  readonly payload: Readonly<Record<string, JsonValue>> & { readonly message: string };
  /** Default: the message. */
  readonly statusMessage?: string;
}

function thrown(
  name: string,
  { error, payload, statusMessage = payload.message }: Thrown,
): Scenario {
  return {
    name,
    async run(lifecycle, { pass }) {
      await survive(() =>
        lifecycle.run(support, async () => {
          await pass(10);
          throw error;
        }),
      );
    },
    expected: failed({
      reason: 'exception',
      statusMessage,
      output: { error: { ...payload, reason: 'exception' } },
      metadata: { error_type: String(payload['type']) },
    }),
  };
}

/** A run whose own signal fires during a step that listens to it. */
function calledOff(name: string, reason: DOMException): Pick<Scenario, 'name' | 'run'> {
  return {
    name,
    async run(lifecycle, { pass }) {
      const controller = new AbortController();
      const { signal } = controller;
      await survive(() =>
        lifecycle.run({ ...support, signal }, (run) =>
          run.step({ name: 'call-model', kind: 'generation', model: 'gpt-5' }, async () => {
            await pass(10);
            controller.abort(withFixedStack(reason));
            signal.throwIfAborted();
          }),
        ),
      );
    },
  };
}
