import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  createLifecycle,
  type Diagnostic,
  type Lifecycle,
  type LifecycleOptions,
  MaxIterationsError,
  type MemorySink,
  memorySink,
  type Sink,
  type Step,
  type StepOptions,
  traceIdFromSeed,
} from '../../src/index.ts';

function traced(options: Partial<LifecycleOptions> = {}): {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  readonly diagnostics: Diagnostic[];
} {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  return { lifecycle, sink, diagnostics };
}

/** What a run and a step have, as functions that stand alone. */
interface Told {
  readonly startStep: (options: StepOptions) => Step;
  readonly update: (patch: { readonly metadata: Readonly<Record<string, unknown>> }) => void;
  readonly complete: (output?: unknown) => void;
}

describe('a run', () => {
  it('ends as aborted when its own signal was aborted', async () => {
    const { lifecycle, sink } = traced();
    const controller = new AbortController();

    const call = lifecycle.run({ name: 'agent', signal: controller.signal }, async () => {
      controller.abort(new Error('the user left'));
      controller.signal.throwIfAborted();
    });
    await expect(call).rejects.toThrow('the user left');
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      level: 'WARNING',
      metadata: { status: 'error', reason: 'aborted' },
    });
  });

  it('has its steps aborted with it, whatever they throw', async () => {
    const { lifecycle, sink } = traced();
    const controller = new AbortController();
    const reason = new Error('the user left');

    const call = lifecycle.run({ name: 'agent', signal: controller.signal }, (run) =>
      run.step({ name: 'search', kind: 'tool' }, async () => {
        controller.abort(reason);
        throw reason;
      }),
    );
    await expect(call).rejects.toBe(reason);
    await lifecycle.flush();

    expect(sink.records.find(({ name }) => name === 'search')).toMatchObject({ level: 'WARNING' });
  });

  it('ends at max iterations with what the loop knew, in the shape of any other error', async () => {
    const { lifecycle, sink } = traced();
    const facts = {
      iterations: 3,
      maxIterations: 3,
      toolsUsed: ['search'],
      history: [],
      lastObservation: 'nothing',
      partialOutput: 'draft',
    };

    await expect(
      lifecycle.run({ name: 'limited', maxIterations: 3 }, async () => {
        throw new MaxIterationsError('gave up after 3 iterations', facts);
      }),
    ).rejects.toThrow('gave up');
    await expect(
      lifecycle.run({ name: 'broken' }, async () => {
        throw new Error('boom');
      }),
    ).rejects.toThrow('boom');
    await lifecycle.flush();

    const [limited, broken] = sink.parents;
    expect(limited).toMatchObject({
      level: 'ERROR',
      statusMessage: 'gave up after 3 iterations',
      output: {
        error: {
          type: 'MaxIterationsError',
          message: 'gave up after 3 iterations',
          reason: 'max_iterations',
        },
        partialOutput: 'draft',
        react: {
          iterations: 3,
          maxIterations: 3,
          toolsUsed: ['search'],
          lastObservation: 'nothing',
        },
      },
      metadata: { status: 'error', reason: 'max_iterations', max_iterations: 3 },
    });
    expect(shapeOf(limited?.output, ['react', 'partialOutput', 'code'])).toEqual(
      shapeOf(broken?.output, ['code']),
    );
  });

  it('can be ended by hand, and the returned value does not undo it', async () => {
    const { lifecycle, sink, diagnostics } = traced();

    lifecycle.run({ name: 'approval' }, (run) =>
      run.suspend([{ tool: 'pay' }], { reason: 'approval_required' }),
    );
    lifecycle.run({ name: 'failed' }, (run) => run.fail(new Error('quietly')));
    await lifecycle.flush();

    expect(sink.parents).toMatchObject([
      {
        output: { pending: [{ tool: 'pay' }] },
        metadata: { status: 'suspended', reason: 'approval_required' },
      },
      { output: { error: { message: 'quietly' } }, metadata: { status: 'error' } },
    ]);
    expect(diagnostics).toEqual([]);
  });

  it('is told of by methods that work without its handle too', async () => {
    const { lifecycle, sink } = traced();
    const run: Told = lifecycle.startRun({ name: 'agent' });
    const { startStep, update, complete } = run;
    const step: Told = startStep({ name: 'search' });
    const { update: updateStep, complete: completeStep } = step;

    updateStep({ metadata: { hits: 3 } });
    completeStep('found');
    update({ metadata: { plan: 'pro' } });
    await Promise.resolve('answer').then(complete);
    await lifecycle.flush();

    expect(sink.records).toMatchObject([
      { role: 'parent', output: 'answer', metadata: { plan: 'pro' } },
      { role: 'step', output: 'found', metadata: { hits: 3 } },
    ]);
  });

  it('takes its trace id from a seed', async () => {
    const { lifecycle, sink } = traced();

    lifecycle.run({ name: 'agent', traceSeed: 'order-1' }, () => 'done');
    await lifecycle.flush();

    expect(sink.parents[0]?.trace.traceId).toBe(traceIdFromSeed('order-1'));
  });

  it('inside another is an observation of its trace and inherits the conversation', async () => {
    const { lifecycle, sink } = traced();

    await lifecycle.run({ name: 'outer', conversationId: 'c-1' }, async (outer) =>
      outer.step({ name: 'delegate', kind: 'tool' }, async () =>
        lifecycle.run({ name: 'inner' }, async (inner) => {
          expect(inner.traceId).toBe(outer.traceId);
          return inner.step({ name: 'think', kind: 'generation' }, () => 'idea');
        }),
      ),
    );
    await lifecycle.flush();

    const [parent] = sink.parents;
    const children = Object.fromEntries(
      (parent ? sink.childrenOf(parent) : []).map((record) => [record.name, record]),
    );
    expect(sink.parents).toHaveLength(1);
    expect(children['inner']).toMatchObject({
      role: 'child-run',
      parentId: children['delegate']?.id,
      trace: { conversationId: 'c-1' },
    });
    expect(children['think']?.parentId).toBe(children['inner']?.id);
  });

  it('that starts in the context of an ended one is a parent of its own', async () => {
    const { lifecycle, sink } = traced();
    let later: () => Promise<unknown> = async () => {};

    await lifecycle.run({ name: 'first', conversationId: 'c-1' }, async () => {
      const context = captureContext();
      later = () => context(() => lifecycle.run({ name: 'second' }, async () => 'late'));
    });
    await later();
    await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(sink.parents[1]?.trace.conversationId).toBe('c-1');
  });

  it('is found again inside its own function only', () => {
    const { lifecycle } = traced();

    const inside = lifecycle.run({ name: 'agent' }, (run) => lifecycle.currentRun() === run);

    expect(inside).toBe(true);
    expect(lifecycle.currentRun()).toBeUndefined();
  });

  it('that is disposed of without an end was never ended', async () => {
    const { lifecycle, sink } = traced();

    {
      await using run = lifecycle.startRun({ name: 'agent' });
      run.startStep({ name: 'search', kind: 'tool' });
    }
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({ metadata: { status: 'error', reason: 'never_ended' } });
    expect(sink.records.find(({ name }) => name === 'search')).toMatchObject({ level: 'WARNING' });
  });

  it('takes the ambient conversation, and its own before that', async () => {
    const { lifecycle, sink, diagnostics } = traced();

    lifecycle.withConversation('ambient', () => {
      lifecycle.run({ name: 'a' }, () => 1);
      lifecycle.run({ name: 'b', conversationId: 'own' }, () => 1);
    });
    await lifecycle.flush();

    expect(sink.parents).toMatchObject([
      { trace: { conversationId: 'ambient' }, metadata: { conversation_id_source: 'context' } },
      {
        trace: { conversationId: 'own' },
        metadata: {
          conversation_id_source: 'call.conversationId',
          conversation_id_conflict: ['context'],
        },
      },
    ]);
    expect(diagnostics.map(({ code }) => code)).toEqual(['conversation_conflict']);
  });

  it('says that a long conversation id was hashed', async () => {
    const { lifecycle, sink } = traced();

    lifecycle.run({ name: 'agent', conversationId: 'x'.repeat(201) }, () => 1);
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      trace: { conversationId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
      metadata: { conversation_id_hashed: true },
    });
  });

  it('is recorded without the fields that cannot be, and these are named', async () => {
    const { lifecycle, sink, diagnostics } = traced();
    const options: unknown = { name: 'agent', input: 'question', tags: 'not a list', userId: 7 };

    const result = lifecycle.run(options as { name: string }, () => 'done');
    await lifecycle.flush();

    expect(result).toBe('done');
    expect(sink.parents[0]).toMatchObject({ name: 'agent', input: 'question', output: 'done' });
    expect(diagnostics[0]?.message).toContain('tags: expected an array, received "not a list"');
  });
});

describe('options that are no options', () => {
  it.each([[undefined], [null], ['agent']])('leave the function alone: %s', (options) => {
    const { lifecycle, diagnostics } = traced();

    const result = lifecycle.run(options as never, () => 'value');

    expect(result).toBe('value');
    expect(diagnostics.map(({ code }) => code)).toEqual(
      typeof options === 'string' ? [] : ['internal'],
    );
  });
});

describe('emit', () => {
  it('records raw events of a foreign program', async () => {
    const { lifecycle, sink } = traced();
    const stepId = 'call-1';

    for (const event of [
      {
        type: 'run-start',
        runId: 'py-1',
        name: 'python agent',
        input: { q: 1 },
        timestamp: '2026-11-23T10:00:00.000Z',
      },
      {
        type: 'step-start',
        runId: 'py-1',
        stepId,
        name: 'search',
        kind: 'tool',
        timestamp: '2026-11-23T10:00:00.100Z',
      },
      {
        type: 'step-end',
        runId: 'py-1',
        stepId,
        output: ['hit'],
        timestamp: '2026-11-23T10:00:00.200Z',
      },
      {
        type: 'run-end',
        runId: 'py-1',
        status: 'completed',
        output: 'found',
        timestamp: '2026-11-23T10:00:01.000Z',
      },
    ]) {
      lifecycle.emit(event);
    }
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      name: 'python agent',
      output: 'found',
      startTime: Date.UTC(2026, 10, 23, 10),
      endTime: Date.UTC(2026, 10, 23, 10, 0, 1),
      trace: { traceId: traceIdFromSeed('py-1') },
    });
  });

  it.each([
    ['not an object', 42, 'event: expected an object, received 42'],
    [
      'an unknown type',
      { type: 'run-begin' },
      'type: expected run-start | run-update | run-end | step-start | step-update | step-end, received "run-begin"',
    ],
    [
      'a missing field',
      { type: 'run-start', runId: 'r' },
      'name: expected a string, received nothing',
    ],
    [
      'a misspelt field',
      { type: 'run-start', runId: 'r', name: 'a', conversationID: 'c' },
      'conversationID: expected no such field',
    ],
    [
      'a nested field',
      { type: 'step-end', runId: 'r', stepId: 's', usage: { input: -1 } },
      'usage.input: expected at least 0, received -1',
    ],
    [
      'a bad time',
      { type: 'run-start', runId: 'r', name: 'a', timestamp: 'yesterday' },
      'timestamp: expected milliseconds since the epoch or an ISO-8601 text, received "yesterday"',
    ],
    [
      'a bad status',
      { type: 'run-end', runId: 'r', status: 'done' },
      'status: expected completed | error | suspended, received "done"',
    ],
    [
      'a bad reason',
      { type: 'run-end', runId: 'r', status: 'completed', reason: 'because' },
      'reason: expected stop | length | stop_condition | fallback, received "because"',
    ],
  ])('names the field of a bad event and changes nothing: %s', async (_title, event, message) => {
    const { lifecycle, sink, diagnostics } = traced();

    lifecycle.emit(event);
    const report = await lifecycle.flush();

    expect(diagnostics).toMatchObject([
      { code: 'invalid_event', message: expect.stringContaining(message) },
    ]);
    expect(report).toEqual({ delivered: 0, pending: 0, dropped: { invalid_event: 1 } });
    expect(sink.records).toEqual([]);
  });

  it('takes a blank conversation id for none', async () => {
    const { lifecycle, sink } = traced();

    lifecycle.emit({ type: 'run-start', runId: 'r', name: 'a', conversationId: ' ' });
    await lifecycle.shutdown();

    expect(sink.parents[0]?.trace).not.toHaveProperty('conversationId');
    expect(sink.parents[0]?.metadata['conversation_id_source']).toBe('missing');
  });

  it('survives events that cannot be read', async () => {
    const { lifecycle, diagnostics } = traced();
    const hostile = new Proxy(
      {},
      {
        has: () => true,
        get: () => {
          throw new Error('no');
        },
      },
    );

    lifecycle.emit(hostile);

    expect(diagnostics).toMatchObject([{ code: 'invalid_event' }]);
  });

  it('does not print a secret that stands in a bad event', () => {
    const { lifecycle, diagnostics } = traced();

    lifecycle.emit({ type: 'sk-proj-abcdefghijklmnopqrstuvwxyz012345' });

    expect(diagnostics[0]?.message).not.toContain('abcdefghijklmnop');
  });
});

describe('flush and shutdown', () => {
  it('report what became of everything', async () => {
    const { lifecycle } = traced();
    lifecycle.run({ name: 'agent' }, (run) => run.step({ name: 'a' }, () => 1));

    expect(await lifecycle.flush()).toEqual({ delivered: 2, pending: 0, dropped: {} });
  });

  it('end open runs as never ended', async () => {
    const { lifecycle, sink } = traced();
    lifecycle.startRun({ name: 'agent', input: 'question' });

    await lifecycle.shutdown();

    expect(sink.parents[0]).toMatchObject({
      input: 'question',
      statusMessage: 'the run was still open when shutdown() was called',
      metadata: { reason: 'never_ended' },
    });
  });

  it('share one result, and runs after it go on untraced and counted', async () => {
    const { lifecycle, sink, diagnostics } = traced();

    const first = lifecycle.shutdown();
    const second = lifecycle.shutdown();
    const result = lifecycle.run({ name: 'late' }, () => 'value');

    expect(await second).toBe(await first);
    expect(result).toBe('value');
    expect(sink.records).toEqual([]);
    expect(diagnostics.map(({ code }) => code)).toContain('closed');
  });

  it('do not reject when the sink throws, and close it all the same', async () => {
    let isClosed = false;
    const sink: Sink = {
      name: 'broken',
      send: () => Promise.reject(new Error('no')),
      close: async () => {
        isClosed = true;
      },
    };
    const { lifecycle } = traced({ sink });
    lifecycle.run({ name: 'agent' }, () => 1);

    const report = await lifecycle.shutdown({ timeoutMs: 20 });

    expect(report).toMatchObject({ delivered: 0, pending: 1 });
    expect(isClosed).toBe(true);
  });
});

describe('a disabled sink', () => {
  it('leaves runs alone, says why once, and counts them', async () => {
    const sink: Sink = {
      name: 'langfuse',
      disabled: { message: 'LANGFUSE_SECRET_KEY is not set' },
      send: async () => [],
    };
    const { lifecycle, diagnostics } = traced({ sink });

    const results = [1, 2].map((value) =>
      lifecycle.run({ name: 'agent' }, (run) => run.step({ name: 's' }, () => value)),
    );

    expect(results).toEqual([1, 2]);
    expect(diagnostics).toMatchObject([
      { code: 'disabled', message: 'LANGFUSE_SECRET_KEY is not set' },
    ]);
    expect(await lifecycle.flush()).toEqual({ delivered: 0, pending: 0, dropped: { disabled: 2 } });
  });

  it('still gives handles that work: ids, the current run, nested steps, a token', () => {
    const sink: Sink = { name: 'off', disabled: { message: 'off' }, send: async () => [] };
    const { lifecycle } = traced({ sink });

    const seen = lifecycle.run({ name: 'agent', traceSeed: 'order-7' }, (run) => {
      const step = run.startStep({ name: 'outer' });
      step.update({ output: 1 });
      const inner = step.step({ name: 'inner' }, (within) => within.stepId);
      step.complete();
      return { run, inner, current: lifecycle.currentRun() };
    });

    expect(seen.current).toBe(seen.run);
    expect(seen.run.traceId).toBe(traceIdFromSeed('order-7'));
    expect(seen.inner).toMatch(/^[0-9a-f]{16}$/);
    expect(lifecycle.resume(seen.run.token()).runId).toBe(seen.run.runId);
  });
});

describe('createLifecycle', () => {
  it.each([
    ['an unknown option', { sinks: [] }, 'unknown option sinks'],
    [
      'a negative limit',
      { limits: { queueBytes: -1 } },
      'limits.queueBytes: expected a number over 0, received -1',
    ],
    ['an unknown limit', { limits: { queue: 1 } }, 'unknown option limits.queue'],
    ['a sink without send', { sink: {} }, 'sink: expected an object with send()'],
    [
      'a listener that is none',
      { onDiagnostic: 'log' },
      'onDiagnostic: expected a function, received a text',
    ],
  ])('refuses %s and says what was expected', (_title, options, message) => {
    const create = (): Lifecycle => createLifecycle({ sink: memorySink(), ...(options as object) });

    expect(create).toThrow(ConfigError);
    expect(create).toThrow(message);
  });
});

/** The keys of a JSON value, nested, without those named. */
function shapeOf(value: unknown, without: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !without.includes(key))
      .map(([key, member]) => [key, shapeOf(member, without)]),
  );
}

function captureContext(): <T>(fn: () => T) => T {
  const resource = new AsyncResource('test');
  return (fn) => resource.runInAsyncScope(fn);
}
