import type { ObservabilityBridge, ObservabilityExporter } from '@mastra/core/observability';
import { SpanType } from '@mastra/core/observability';
import { MockMemory } from '@mastra/core/memory';
import { RequestContext } from '@mastra/core/request-context';
import { createTool } from '@mastra/core/tools';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lifecycleExporter, type TracingEvent } from '../../../adapters/mastra/index.ts';
import {
  createLifecycle,
  type Diagnostic,
  type Lifecycle,
  type LifecycleRecord,
  type MemorySink,
  memorySink,
} from '../../../src/index.ts';
import { collectGarbageUntil } from '../../garbage.ts';
import { createWorld, generated, supportAgent, weather } from './mastra-world.ts';
import { calls, hangs, opens, says, scriptedModel } from './scripted-model.ts';

interface Traced {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  readonly diagnostics: readonly Diagnostic[];
  /** The newest record of every step and run with this name. */
  records(name: string): Promise<readonly LifecycleRecord[]>;
  parent(): Promise<LifecycleRecord | undefined>;
}

function traced(): Traced {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    limits: { flushIntervalMs: 1 },
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  return {
    lifecycle,
    sink,
    diagnostics,
    async records(name) {
      await lifecycle.flush();
      return sink.records.filter((record) => record.name === name && record.phase === 'ended');
    },
    async parent() {
      await lifecycle.flush();
      return sink.parents[0];
    },
  };
}

const twoRounds = () => scriptedModel(calls(['weather', { city: 'Rome' }]), says('sunny'));

describe('the types of the exporter', () => {
  it('are those that Mastra asks of an exporter and of a bridge', () => {
    const exporter = lifecycleExporter(traced().lifecycle);

    expect(exporter satisfies ObservabilityExporter satisfies ObservabilityBridge).toBe(exporter);
  });

  it('are checked when it is made', () => {
    const { lifecycle } = traced();

    expect(() => lifecycleExporter({} as Lifecycle)).toThrow('lifecycle: expected');
    expect(() => lifecycleExporter(lifecycle, { maxSteps: 0 })).toThrow(
      'maxSteps: expected a positive integer',
    );
  });
});

describe('a run of an agent', () => {
  it('has the trace id that Mastra gives its caller', async () => {
    const { lifecycle, parent } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });

    const { traceId } = await agent.generate('hi');

    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect((await parent())?.trace.traceId).toBe(traceId);
  });

  it('belongs to the thread and the resource of its memory', async () => {
    const { lifecycle, parent } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')), { memory: new MockMemory() });
    createWorld(lifecycle, { agent });

    await agent.generate('hi', { memory: { thread: { id: 'thread-1' }, resource: 'user-7' } });

    expect(await parent()).toMatchObject({
      trace: { conversationId: 'thread-1', userId: 'user-7' },
      metadata: { conversation_id_source: 'mastra.thread_id' },
    });
  });

  it('takes the thread before allow-listed metadata and the ambient conversation', async () => {
    const { lifecycle, parent } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });

    await lifecycle.withConversation('ambient', () =>
      agent.generate('hi', {
        memory: { thread: 'thread-1', resource: 'user-7' },
        tracingOptions: { metadata: { sessionId: 'session-1' } },
      }),
    );

    expect(await parent()).toMatchObject({
      trace: { conversationId: 'thread-1' },
      metadata: { conversation_id_conflict: ['metadata.sessionId', 'context'] },
    });
  });

  it('takes allow-listed metadata when there is no thread', async () => {
    const { lifecycle, parent } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });

    await agent.generate('hi', { tracingOptions: { metadata: { sessionId: 'session-1' } } });

    expect(await parent()).toMatchObject({
      trace: { conversationId: 'session-1' },
      metadata: { conversation_id_source: 'metadata.sessionId' },
    });
  });

  it('has no conversation when nobody names one', async () => {
    const { lifecycle, parent } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });

    await agent.generate('hi');

    const run = await parent();
    expect(run?.trace.conversationId).toBeUndefined();
    expect(run?.metadata['conversation_id_source']).toBe('missing');
  });

  it('carries tags, user and metadata of the call', async () => {
    const { lifecycle, parent } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });

    await agent.generate('hi', {
      memory: { thread: 'thread-1', resource: 'user-7' },
      tracingOptions: { tags: ['beta'], metadata: { userId: 'user-8', plan: 'free' } },
    });

    const run = await parent();
    expect(run).toMatchObject({
      trace: { userId: 'user-8', tags: ['beta'] },
      metadata: { plan: 'free', framework: 'mastra', mastra_run_id: expect.any(String) },
    });
    expect(Object.keys(run?.metadata ?? {})).not.toContain('resourceId');
  });

  it('is a trace of its own when two calls were given the same trace id', async () => {
    const { lifecycle, sink } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });
    const traceId = 'a'.repeat(32);

    await agent.generate('one', { tracingOptions: { traceId } });
    await agent.generate('two', { tracingOptions: { traceId } });
    await lifecycle.flush();

    const ids = sink.parents.map(({ trace }) => trace.traceId);
    expect(ids[0]).toBe(traceId);
    expect(new Set(ids).size).toBe(2);
  });

  it('is known to a tool, so that its own runs and steps stand below it', async () => {
    const { lifecycle, records } = traced();
    const lookUp = createTool({
      id: 'look-up',
      description: 'looks something up',
      inputSchema: z.object({}),
      execute: async () => {
        lifecycle.currentRun()?.step({ name: 'query' }, () => 'rows');
        return lifecycle.run({ name: 'inner' }, () => 'found');
      },
    });
    const agent = supportAgent(scriptedModel(calls(['look-up', {}]), says('done')), {
      tools: { 'look-up': lookUp },
    });
    createWorld(lifecycle, { agent }, { as: 'bridge' });

    await agent.generate('hi');

    const [tool] = await records('look-up');
    expect(await records('inner')).toMatchObject([
      { role: 'child-run', parentId: tool?.id, output: 'found' },
    ]);
    expect(await records('query')).toMatchObject([{ parentId: tool?.id }]);
  });

  it('is told once when the exporter is the bridge as well', async () => {
    const { lifecycle, records, diagnostics } = traced();
    const agent = supportAgent(twoRounds(), { tools: { weather } });
    createWorld(lifecycle, { agent }, { as: 'both' });

    await agent.generate('hi');

    expect(await records('mock-1')).toHaveLength(2);
    expect(diagnostics).toEqual([]);
  });

  it('gives no diagnostics when all goes well', async () => {
    const { lifecycle, diagnostics } = traced();
    const agent = supportAgent(twoRounds(), { tools: { weather } });
    createWorld(lifecycle, { agent });

    await agent.generate('hi');
    await lifecycle.shutdown();

    expect(diagnostics).toEqual([]);
  });
});

describe('the call of a model', () => {
  it('has model, settings, input, usage, first token and finish reason', async () => {
    const { lifecycle, records } = traced();
    const agent = supportAgent(twoRounds(), { tools: { weather } });
    createWorld(lifecycle, { agent });

    await generated(agent, { modelSettings: { temperature: 0.3 } });

    const [first, second] = await records('mock-1');
    expect(first).toMatchObject({
      kind: 'generation',
      model: 'mock-1',
      modelParameters: { temperature: 0.3 },
      input: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'hi' },
      ],
      output: { toolCalls: [{ toolName: 'weather', args: { city: 'Rome' } }] },
      usage: { input: 10, output: 5, cacheRead: 3, cacheWrite: 1, reasoning: 2 },
      metadata: { finish_reason: 'tool-calls', provider: 'mock' },
    });
    expect(second).toMatchObject({ output: 'sunny', metadata: { finish_reason: 'stop' } });
    expect(first?.completionStartTime).toBeGreaterThanOrEqual(first?.startTime ?? Infinity);
    // Mastra repeats the first round's time here, which is before this round began.
    expect(second?.completionStartTime).toBeUndefined();
  });

  it('has its input also when a processor looked at the step before', async () => {
    const { lifecycle, records } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')), {
      inputProcessors: [{ id: 'looking', processInputStep: ({ messages }) => messages }],
    });
    createWorld(lifecycle, { agent });

    await agent.generate('hi');

    expect((await records('mock-1'))[0]?.input).toMatchObject([
      { role: 'system' },
      { role: 'user', content: 'hi' },
    ]);
  });

  it.each([
    ['no span type', []],
    ['the model calls', [SpanType.MODEL_INFERENCE]],
    ['the model calls and the steps', [SpanType.MODEL_INFERENCE, SpanType.MODEL_STEP]],
  ])('counts usage once when %s is excluded', async (_what, excludeSpanTypes) => {
    const { lifecycle, sink } = traced();
    const agent = supportAgent(twoRounds(), { tools: { weather } });
    createWorld(lifecycle, { agent }, { observability: { excludeSpanTypes } });

    const { totalUsage } = await agent.generate('hi');
    await lifecycle.flush();

    const generations = sink.records.filter(({ usage }) => usage !== undefined);
    const sum = generations.reduce((total, { usage }) => total + (usage?.input ?? 0), 0);
    expect(sum).toBe(totalUsage.inputTokens);
    expect(
      generations.every(({ kind, model }) => kind === 'generation' && model === 'mock-1'),
    ).toBe(true);
  });

  it('of a structuring model that Mastra hides is counted where it was made', async () => {
    const { lifecycle, sink } = traced();
    const agent = supportAgent(scriptedModel(says('seven')));
    createWorld(lifecycle, { agent });
    const schema = z.object({ age: z.number() });
    const model = scriptedModel(says('{"age":7}'));

    await agent.generate('hi', { structuredOutput: { schema, model: model as never } });
    await lifecycle.flush();

    const inputs = sink.records.map(({ usage }) => usage?.input).filter(Boolean);
    expect(inputs).toEqual([10, 10]);
    expect(sink.parents[0]?.output).toEqual({ age: 7 });
  });
});

describe('memory and processors', () => {
  it('are steps of their kind', async () => {
    const { lifecycle, records } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')), {
      memory: new MockMemory(),
      inputProcessors: [{ id: 'passing', processInput: ({ messages }) => messages }],
    });
    createWorld(lifecycle, { agent });

    await agent.generate('hi', { memory: { thread: 'thread-1', resource: 'user-7' } });

    expect(await records('memory: recall')).toMatchObject([{ kind: 'retriever' }]);
    expect(await records('memory: save')).toMatchObject([{ kind: 'span' }]);
    expect(await records('passing')).toMatchObject([
      { kind: 'guardrail', metadata: { processorPhase: 'input' } },
    ]);
  });
});

describe('what is not to be seen', () => {
  it('stays out: headers, provider options, the request context', async () => {
    const { lifecycle, sink } = traced();
    const requestContext = new RequestContext();
    requestContext.set('note', 'hidden-in-context');
    requestContext.set('tenant', 'acme');
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });

    await agent.generate('hi', {
      requestContext,
      tracingOptions: { requestContextKeys: ['tenant'] },
      modelSettings: { headers: { 'x-note': 'hidden-in-header' } },
      providerOptions: { mock: { note: 'hidden-in-options' } },
    });
    await lifecycle.flush();

    const sent = JSON.stringify(sink.records);
    expect(sent).not.toContain('hidden-in');
    expect(sink.parents[0]?.metadata['tenant']).toBe('acme');
  });

  it('is left out when the call says so, and the ending is right all the same', async () => {
    const { lifecycle, sink } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });

    await agent.generate('hi', { tracingOptions: { hideInput: true, hideOutput: true } });
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({ metadata: { status: 'completed', reason: 'stop' } });
    expect(JSON.stringify(sink.records)).not.toContain('sunny');
  });

  it('does not make an abort out of a limit', async () => {
    const { lifecycle, parent } = traced();
    const agent = supportAgent(scriptedModel(calls(['weather', { city: 'Rome' }])), {
      tools: { weather },
    });
    createWorld(lifecycle, { agent });

    await agent.generate('hi', { maxSteps: 2, tracingOptions: { hideOutput: true } });

    expect((await parent())?.metadata['reason']).toBe('max_iterations');
  });

  it('does not hide an abort', async () => {
    const { lifecycle, parent } = traced();
    const controller = new AbortController();
    const agent = supportAgent(scriptedModel(hangs(() => controller.abort())));
    createWorld(lifecycle, { agent });
    const abortSignal = controller.signal;

    await agent.generate('hi', { abortSignal, tracingOptions: { hideOutput: true } });

    expect((await parent())?.metadata['reason']).toBe('aborted');
  });
});

describe('a run that Mastra forgets', () => {
  it('ends as abandoned when its unread stream is collected', async () => {
    const { lifecycle, sink } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    createWorld(lifecycle, { agent });
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
    const { lifecycle, sink } = traced();
    const agent = supportAgent(scriptedModel(opens('sun')));
    createWorld(lifecycle, { agent });
    const leave = async (): Promise<void> => {
      const stream = await agent.stream('hi');
      await stream.fullStream.cancel();
    };

    await leave();
    await collectGarbageUntil(() => sink.parents.length > 0);

    expect(sink.parents[0]?.metadata['reason']).toBe('stream_abandoned');
  });

  it('is not ended a second time by the garbage collector', async () => {
    const shut = traced();
    const open = traced();
    const leave = async ({ lifecycle }: Traced): Promise<void> => {
      const agent = supportAgent(scriptedModel(says('sunny')));
      createWorld(lifecycle, { agent });
      await agent.stream('hi');
    };

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
    const { lifecycle, sink } = traced();
    const agent = supportAgent(scriptedModel(says('sunny')));
    const mastra = createWorld(lifecycle, { agent });

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
    const { lifecycle, diagnostics } = traced();
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
    const { lifecycle, parent, diagnostics } = traced();
    const agent = supportAgent(scriptedModel(calls(['weather', { city: 'Rome' }])), {
      tools: { weather },
    });
    const maxSteps = (): never => {
      throw new Error('no table');
    };
    createWorld(lifecycle, { agent }, { maxSteps });

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
    const { lifecycle, parent } = traced();
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
    const { lifecycle, parent } = traced();
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
