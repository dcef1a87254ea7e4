import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  createLifecycle,
  type Lifecycle,
  memorySink,
} from '../../../adapters/index.ts';
import { LifecycleSpanProcessor, type TracedSpan } from '../../../adapters/opentelemetry/index.ts';
import { agent, chat, inside, runOf, scene } from './scene.ts';
import { withContextManager } from './telemetry.ts';

withContextManager();

describe('the processor', () => {
  it('is a span processor of the SDK', () => {
    const processor = new LifecycleSpanProcessor(createLifecycle({ sink: memorySink() }));

    expect(processor satisfies SpanProcessor).toBe(processor);
  });

  it('refuses what it cannot work with', () => {
    const lifecycle = createLifecycle({ sink: memorySink() });
    const wrong = { otherSpans: 'none' } as unknown as { readonly otherSpans: 'keep' };

    expect(() => new LifecycleSpanProcessor({} as Lifecycle)).toThrow(ConfigError);
    expect(() => new LifecycleSpanProcessor(lifecycle, wrong)).toThrow(
      "otherSpans: expected 'keep' or 'drop', received 'none'.",
    );
  });

  it('reads spans of the SDK 1, which name their parent and their scope otherwise', async () => {
    const { lifecycle, finish } = scene();
    const processor = new LifecycleSpanProcessor(lifecycle);
    const spanOf = (spanId: string, more: Partial<TracedSpan>): TracedSpan => ({
      name: 'invocation',
      spanContext: () => ({ traceId: 'a'.repeat(32), spanId, traceFlags: 1 }),
      instrumentationLibrary: { name: 'gcp.vertex.agent' },
      startTime: [1_000, 5_000_000],
      endTime: [1_001, 0],
      status: { code: 0 },
      attributes: {},
      events: [],
      ...more,
    });
    const root = spanOf('1'.repeat(16), {});
    const call = spanOf('2'.repeat(16), { name: 'call_llm', parentSpanId: '1'.repeat(16) });

    processor.onStart(root, ROOT_CONTEXT);
    processor.onStart(call, ROOT_CONTEXT);
    processor.onEnd(call);
    processor.onEnd(root);
    const { parents, below } = await finish();

    expect(parents).toMatchObject([
      { name: 'invocation', startTime: 1_000_005, endTime: 1_001_000 },
    ]);
    expect(below(parents[0])).toEqual(['generation call_llm']);
  });

  it('keeps faults of a span from the program, and tells them', async () => {
    const { lifecycle, diagnostics } = scene();
    const processor = new LifecycleSpanProcessor(lifecycle);
    const broken = {
      spanContext() {
        throw new Error('no ids');
      },
    } as unknown as TracedSpan;

    processor.onStart(broken, undefined);
    processor.onEnd(broken);

    expect(diagnostics).toMatchObject([
      { code: 'internal', message: 'The start of a span could not be recorded: no ids' },
      { code: 'internal', message: 'The end of a span could not be recorded: no ids' },
    ]);
  });

  it('changes nothing when it stands there twice', async () => {
    const { lifecycle, diagnostics, finish } = scene();
    const spanProcessors = [1, 2].map(() => new LifecycleSpanProcessor(lifecycle));
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('test');

    const root = tracer.startSpan('invoke_agent a', { attributes: agent });
    inside(root, () => tracer.startSpan('chat m', { attributes: chat })).end();
    root.end();
    const { parents, below } = await finish();

    expect(parents).toHaveLength(1);
    expect(below(parents[0])).toEqual(['generation chat m']);
    expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(['duplicate_event']));
  });

  it('lets a span that does not know when it began begin now', async () => {
    const before = Date.now();
    const { tracer, finish } = scene();

    tracer
      .startSpan('invoke_agent a', { attributes: agent, startTime: new Date(Number.NaN) })
      .end();
    const { parents } = await finish();

    expect(parents).toHaveLength(1);
    expect(parents[0]?.startTime).toBeGreaterThanOrEqual(before);
    expect(parents[0]?.endTime).toBeGreaterThanOrEqual(before);
  });

  it('looks at spans in spans, however deep, in little time', async () => {
    const { tracer, diagnostics, finish } = scene();
    let around = context.active();
    const spans = Array.from({ length: 8_000 }, (_, index) => {
      const span = tracer.startSpan(`request ${index}`, {}, around);
      around = trace.setSpan(around, span);
      return span;
    });

    tracer.startSpan('invoke_agent deep', { attributes: agent }, around).end();
    for (const span of spans.toReversed()) span.end();
    const { parents } = await finish();

    expect(parents).toMatchObject([{ name: 'deep', metadata: { reason: 'stop' } }]);
    expect(diagnostics).toEqual([]);
  });

  it('leaves JSON alone that would take seconds to parse', async () => {
    const bomb = `[${'{},'.repeat(1_500_000)}{}]`;

    const run = await runOf({ 'gen_ai.input.messages': bomb });

    expect(run?.input).toMatch(/^\[\{\},.*\[truncated 4,500,004 → [\d,]+ chars\]$/s);
  });

  it('lets no attribute change what all objects inherit', async () => {
    const run = await runOf({
      __proto__: 'no',
      'langfuse.trace.metadata.__proto__': '{"polluted":true}',
      'gen_ai.prompt.0.__proto__': '{"polluted":true}',
      'gen_ai.prompt.0.content': 'hi',
      metadata: '{"__proto__":{"polluted":true}}',
      'llm.invocation_parameters': '{"__proto__":{"polluted":true}}',
    });

    expect(run?.input).toMatchObject([{ content: 'hi' }]);
    expect({}).not.toHaveProperty('polluted');
  });

  it('does nothing when nothing is sent', () => {
    const lifecycle = createLifecycle({
      sink: { name: 'off', disabled: { message: 'no keys' }, send: async () => [] },
      onDiagnostic() {},
    });
    const processor = new LifecycleSpanProcessor(lifecycle);
    const unreadable = new Proxy({} as TracedSpan, {
      get() {
        throw new Error('it was read');
      },
    });

    expect(() => processor.onStart(unreadable, undefined)).not.toThrow();
  });

  it('ends open runs when the provider is shut down, and leaves the lifecycle open', async () => {
    const { lifecycle, sink, tracer, provider } = scene();
    tracer.startSpan('invoke_agent lost', { attributes: agent });
    provider.getTracer('langfuse-sdk').startSpan('not yet said');

    await provider.shutdown();
    const atShutdown = sink.parents.map(
      ({ name, metadata }) => `${name} ${String(metadata['reason'])}`,
    );
    lifecycle.run({ name: 'later' }, () => {});
    await lifecycle.shutdown();

    expect(atShutdown).toEqual(['lost never_ended', 'not yet said never_ended']);
    expect(sink.parents.map(({ name }) => name)).toContain('later');
  });

  it('ends them also when one of their spans cannot be read', async () => {
    const { lifecycle, sink, diagnostics } = scene();
    const processor = new LifecycleSpanProcessor(lifecycle);
    const provider = new BasicTracerProvider({ spanProcessors: [processor] });
    const attributes = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('it is gone');
        },
      },
    );
    const spanContext = () => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });

    processor.onStart({ spanContext, attributes } as unknown as TracedSpan, undefined);
    provider.getTracer('test').startSpan('invoke_agent lost', { attributes: agent });
    await provider.shutdown();

    expect(sink.parents.map(({ name }) => name)).toEqual(['lost']);
    expect(diagnostics.map(({ message }) => message)).toContain(
      'An open span could not be ended: it is gone',
    );
  });

  it('sends what waits when the provider is flushed', async () => {
    const { sink, tracer, provider } = scene();
    tracer.startSpan('invoke_agent a', { attributes: agent }).end();

    await provider.forceFlush();

    expect(sink.parents).toHaveLength(1);
  });

  it('does not look at spans that are not sampled', async () => {
    const { lifecycle, finish } = scene();
    const provider = new BasicTracerProvider({
      sampler: new AlwaysOffSampler(),
      spanProcessors: [new LifecycleSpanProcessor(lifecycle)],
    });

    provider.getTracer('test').startSpan('invoke_agent a', { attributes: agent }).end();
    const { parents } = await finish();

    expect(parents).toEqual([]);
  });
});

describe('spans that end after the provider was shut down', () => {
  it('change nothing', async () => {
    const { lifecycle, sink, tracer, provider } = scene();
    const span = tracer.startSpan('invoke_agent lost', { attributes: agent });

    await provider.shutdown();
    span.setStatus({ code: SpanStatusCode.OK }).end();
    await lifecycle.shutdown();

    expect(sink.parents).toMatchObject([{ metadata: { reason: 'never_ended' } }]);
  });
});
