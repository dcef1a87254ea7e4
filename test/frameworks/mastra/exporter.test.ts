import type { ObservabilityBridge, ObservabilityExporter } from '@mastra/core/observability';
import { describe, expect, it } from 'vitest';
import { lifecycleExporter, type TracingEvent } from '../../../adapters/mastra/index.ts';
import { createLifecycle, type Lifecycle } from '../../../src/index.ts';
import { collectGarbageUntil } from '../../garbage.ts';
import { observedLifecycle } from '../../observed-lifecycle.ts';
import { createWorld, generated, supportAgent, weather } from './mastra-world.ts';
import { calls, opens, says, scriptedModel } from './scripted-model.ts';
import { type ObservedAgent, observedAgent } from './observed.ts';

describe('the types of the exporter', () => {
  it('are those that Mastra asks of an exporter and of a bridge', () => {
    const exporter = lifecycleExporter(observedLifecycle().lifecycle);

    expect(exporter satisfies ObservabilityExporter satisfies ObservabilityBridge).toBe(exporter);
  });

  it('are checked when it is made', () => {
    const { lifecycle } = observedLifecycle();

    expect(() => lifecycleExporter({} as Lifecycle)).toThrow('lifecycle: expected');
    expect(() => lifecycleExporter(lifecycle, null as unknown as object)).toThrow(
      'options: expected an object, received null.',
    );
    expect(() => lifecycleExporter(lifecycle, { maxSteps: 0 })).toThrow(
      'maxSteps: expected a positive integer',
    );
  });
});

describe('a run that Mastra forgets', () => {
  it('ends as abandoned when its unread stream is collected', async () => {
    const { agent, sink } = observedAgent(scriptedModel(says('sunny')));
    const leave = async (): Promise<void> => void (await agent.stream('hi'));

    await leave();
    await collectGarbageUntil(() => sink.parents.length > 0);

    expect(sink.parents[0]).toMatchObject({
      level: 'WARNING',
      input: 'hi',
      metadata: { status: 'error', reason: 'stream_abandoned' },
      output: { error: { type: 'StreamAbandoned' } },
    });
  });

  it('ends as abandoned when its stream was cancelled', async () => {
    const { agent, sink } = observedAgent(scriptedModel(opens('sun')));
    const leave = async (): Promise<void> => {
      const stream = await agent.stream('hi');
      await stream.fullStream.cancel();
    };

    await leave();
    await collectGarbageUntil(() => sink.parents.length > 0);

    expect(sink.parents[0]?.metadata['reason']).toBe('stream_abandoned');
  });

  it('is not ended a second time by the garbage collector', async () => {
    const shut = observedAgent(scriptedModel(says('sunny')));
    const open = observedAgent(scriptedModel(says('sunny')));
    const leave = async ({ agent }: ObservedAgent): Promise<void> =>
      void (await agent.stream('hi'));

    await leave(shut);
    await shut.lifecycle.shutdown();
    await leave(open);
    await collectGarbageUntil(() => open.sink.parents.length > 0);

    expect(shut.sink.parents.map(({ metadata }) => metadata['reason'])).toEqual(['never_ended']);
    expect(shut.diagnostics).toEqual([]);
  });
});

describe('the exporter', () => {
  it('flushes the lifecycle and leaves it open', async () => {
    const { agent, mastra, lifecycle, sink } = observedAgent(scriptedModel(says('sunny')));

    await agent.generate('hi');
    await mastra.observability.flush();
    const afterFlush = sink.parents.length;
    await mastra.shutdown();
    lifecycle.run({ name: 'later' }, () => 'still here');
    await lifecycle.flush();

    expect(afterFlush).toBe(1);
    expect(sink.parents.map(({ name }) => name)).toEqual(['Support Agent', 'later']);
  });

  it('keeps what it cannot read from Mastra, and says so', () => {
    const { lifecycle, diagnostics } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);
    const exportedSpan = new Proxy({} as TracingEvent['exportedSpan'], {
      get() {
        throw new Error('no access');
      },
    });

    exporter.onTracingEvent({ type: 'span_started', exportedSpan });
    exporter.onTracingEvent(undefined as never);
    exporter.onTracingEvent({ type: 'span_ended' } as never);

    expect(diagnostics.map(({ code }) => code)).toEqual(['internal', 'internal', 'internal']);
  });

  it('keeps a limit that cannot be told from Mastra', async () => {
    const maxSteps = (): never => {
      throw new Error('no table');
    };
    const { agent, parent, diagnostics } = observedAgent(
      scriptedModel(calls(['weather', { city: 'Rome' }])),
      { tools: { weather } },
      { maxSteps },
    );

    await agent.generate('hi', { maxSteps: 1 });

    expect((await parent())?.metadata['reason']).toBe('max_iterations');
    expect(diagnostics.at(0)?.message).toBe(
      'The option maxSteps of the Mastra adapter failed: no table',
    );
  });

  it('does nothing when nothing is sent', async () => {
    const lifecycle = createLifecycle({
      sink: { name: 'off', disabled: { message: 'no keys' }, send: async () => [] },
      onDiagnostic() {},
    });
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent }, { as: 'both' });

    expect(await generated(agent)).toMatchObject({ resolved: { text: 'sunny' } });
    expect(await lifecycle.shutdown()).toMatchObject({ dropped: {} });
  });

  it('makes a run out of an end whose start another process told', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);

    exporter.onTracingEvent({
      type: 'span_ended',
      exportedSpan: {
        id: 'b'.repeat(16),
        traceId: 'c'.repeat(32),
        name: "agent run: 'support'",
        type: 'agent_run',
        entityName: 'Support Agent',
        startTime: new Date(1_000),
        endTime: new Date(3_000),
        isEvent: false,
        isRootSpan: true,
        input: 'hi',
        output: { text: 'sunny' },
      },
    });

    expect(await parent()).toMatchObject({
      name: 'Support Agent',
      startTime: 1_000,
      endTime: 3_000,
      input: 'hi',
      output: 'sunny',
      trace: { traceId: 'c'.repeat(32) },
    });
  });

  it('links a resumed run whose suspended part ran in another process', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);
    const exportedSpan = {
      id: 'b'.repeat(16),
      traceId: 'c'.repeat(32),
      parentSpanId: 'd'.repeat(16),
      name: "agent run: 'support' (resumed)",
      type: 'agent_run',
      entityName: 'Support Agent',
      startTime: new Date(1_000),
      isEvent: false,
      isRootSpan: true,
      metadata: { resumed: true, resumedFromSpanId: 'd'.repeat(16) },
    };

    exporter.onTracingEvent({ type: 'span_started', exportedSpan });
    exporter.onTracingEvent({
      type: 'span_ended',
      exportedSpan: { ...exportedSpan, endTime: new Date(2_000), output: { text: 'done' } },
    });

    const run = await parent();
    expect(run?.metadata['resume_of']).toBe('c'.repeat(32));
    expect(run?.trace.traceId).not.toBe('c'.repeat(32));
  });
});
