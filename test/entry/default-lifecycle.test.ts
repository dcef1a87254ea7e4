import { afterEach, describe, expect, it, vi } from 'vitest';
import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ConfigError, createLifecycle, memorySink } from '../../adapters/index.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  context.disable();
});

describe('createLifecycle of the package', () => {
  it('samples at the rate of LANGFUSE_SAMPLE_RATE', async () => {
    vi.stubEnv('LANGFUSE_SAMPLE_RATE', '0');
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink });

    lifecycle.run({ name: 'agent' }, () => 'answer');
    const report = await lifecycle.shutdown();

    expect(sink.records).toEqual([]);
    expect(report).toMatchObject({ dropped: {}, sampling: { kept: 0, sampledOut: 1 } });
  });

  it('takes the rate of its options first, and the rules of both', async () => {
    vi.stubEnv('LANGFUSE_SAMPLE_RATE', '0');
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink, sampling: { keep: { errors: true } } });

    lifecycle.run({ name: 'fine' }, () => 'answer');
    lifecycle.run({ name: 'failed' }, (run) => run.fail(new Error('boom')));
    await lifecycle.shutdown();

    expect(sink.parents.map(({ name }) => name)).toEqual(['failed']);
  });

  it.each(['half', '1.5', '-1'])('refuses LANGFUSE_SAMPLE_RATE=%s', (text) => {
    vi.stubEnv('LANGFUSE_SAMPLE_RATE', text);

    const create = (): unknown => createLifecycle({ sink: memorySink() });

    expect(create).toThrow(ConfigError);
    expect(create).toThrow(`LANGFUSE_SAMPLE_RATE: expected a number from 0 to 1, got "${text}"`);
  });

  it('asks the active OpenTelemetry context for the conversation only when it is told to', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const baggage = propagation.createBaggage({ 'session.id': { value: 'from-baggage' } });
    const active = propagation.setBaggage(context.active(), baggage);
    const sources: unknown[] = [];

    for (const openTelemetry of [true, false]) {
      const sink = memorySink();
      const lifecycle = createLifecycle({ sink, conversationId: { openTelemetry } });
      context.with(active, () => lifecycle.run({ name: 'agent' }, () => 'answer'));
      await lifecycle.shutdown();
      sources.push(sink.parents[0]?.metadata['conversation_id_source']);
    }

    expect(sources).toEqual(['otel.session.id', 'missing']);
  });
});
