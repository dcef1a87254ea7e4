import {
  generateText,
  isStepCount,
  type LanguageModel,
  registerTelemetry,
  streamText,
  type Telemetry,
} from 'ai';
import { describe, expect, it, vi } from 'vitest';
import { lifecycleTelemetry, observeStream } from '../../../adapters/ai-sdk/index.ts';
import { ConfigError, createLifecycle, memorySink } from '../../../src/index.ts';
import { calls, callsAtOnce, says, scriptedModel, usage } from './scripted-model.ts';
import { inSdk, manyWords, recording, tools } from './telemetry.ts';

const prompt = 'Where is my order?';

describe('the integration', () => {
  it('is one of the SDK by its type', () => {
    const { lifecycle } = recording();

    expect(lifecycleTelemetry(lifecycle) satisfies Telemetry).toBeTypeOf('object');
  });

  it('works for one call in place of the global ones', async () => {
    const { lifecycle: everywhere, sink: all } = recording();
    const { lifecycle, sink } = recording();

    await inSdk(everywhere, () =>
      generateText({
        model: scriptedModel(says('Yes.')),
        prompt,
        telemetry: { functionId: 'alone', integrations: lifecycleTelemetry(lifecycle) },
      }),
    );
    await Promise.all([lifecycle.flush(), everywhere.flush()]);

    expect(sink.parents).toMatchObject([{ name: 'alone', output: 'Yes.' }]);
    expect(all.records).toEqual([]);
  });

  it('tells each call once when it is registered twice', async () => {
    const { lifecycle, ended } = recording();

    await inSdk(lifecycle, () =>
      inSdk(lifecycle, () =>
        generateText({
          model: scriptedModel(calls('search'), says('Yes.')),
          tools,
          stopWhen: isStepCount(2),
          prompt,
        }),
      ),
    );
    await lifecycle.flush();

    expect(ended().map(({ kind }) => kind)).toEqual(['agent', 'generation', 'tool', 'generation']);
  });

  it('may stand behind an integration that passes on one event at a time', async () => {
    const { lifecycle, sink } = recording();
    const inner: Telemetry = lifecycleTelemetry(lifecycle);
    const outer: Telemetry = {
      onStart: (event) => inner.onStart?.(event),
      onStepEnd: (event) => inner.onStepEnd?.(event),
      onEnd: (event) => inner.onEnd?.(event),
    };

    await generateText({
      model: scriptedModel(says('Yes.')),
      prompt,
      telemetry: { integrations: outer },
    });
    await lifecycle.flush();

    expect(sink.parents).toMatchObject([
      { output: 'Yes.', metadata: { status: 'completed', reason: 'stop' } },
    ]);
  });

  it('keeps events that cannot be read from the SDK', () => {
    const { lifecycle } = recording();
    const integration = lifecycleTelemetry(lifecycle);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const throwing = {
      callId: 'call-1',
      operationId: 'ai.generateText',
      get messages(): never {
        throw new Error('not yours');
      },
    };

    for (const event of [undefined, null, 7, 'text', proxy, throwing, {}]) {
      for (const callback of Object.values(integration)) {
        if (!callback.name.includes('execute'))
          expect(() => Reflect.apply(callback, integration, [event])).not.toThrow();
      }
    }
  });

  it('does nothing when nothing is sent', () => {
    const sink = { name: 'off', disabled: { message: 'no keys' }, send: async () => [] };
    const lifecycle = createLifecycle({ sink, onDiagnostic() {} });

    expect(lifecycleTelemetry(lifecycle)).toEqual({});
  });

  it.each([[0], [1.5], [{ chat: -1 }], [Number.NaN]])('refuses the limit %j', (maxSteps) => {
    const { lifecycle } = recording();

    expect(() => lifecycleTelemetry(lifecycle, { maxSteps })).toThrow(ConfigError);
  });

  it('leaves what the caller gets as it is when events of the lifecycle fail', async () => {
    const sink = { ...memorySink(), send: () => Promise.reject(new Error('no room')) };
    const lifecycle = createLifecycle({ sink, onDiagnostic() {} });
    const model: LanguageModel = scriptedModel(says('Yes.'));

    const { text, totalUsage } = await inSdk(lifecycle, () => generateText({ model, prompt }));

    expect(text).toBe('Yes.');
    expect(totalUsage.inputTokens).toBe(usage.inputTokens.total);
  });
});

describe('an integration that is registered twice', () => {
  it('tells everything once', async () => {
    const { lifecycle, ended, problems } = recording();
    const integration = lifecycleTelemetry(lifecycle, { maxSteps: 3 });

    await inSdk(undefined, async () => {
      registerTelemetry(integration, integration);
      await generateText({
        model: scriptedModel(
          callsAtOnce('search', ['c1', { query: 'x' }], ['c2', { query: 'y' }]),
          calls('missing'),
          says('Yes.'),
        ),
        prompt,
        tools,
        stopWhen: isStepCount(3),
      });
    });
    await lifecycle.flush();

    expect(ended().map(({ kind, level }) => `${kind} ${level}`)).toEqual([
      'agent DEFAULT',
      'generation DEFAULT',
      'tool DEFAULT',
      'tool DEFAULT',
      'generation DEFAULT',
      'tool ERROR',
      'generation DEFAULT',
    ]);
    expect(ended()[0]).toMatchObject({ metadata: { reason: 'stop', steps: 3 } });
    expect(ended().every(({ metadata }) => metadata?.['attempts'] === undefined)).toBe(true);
    expect(problems()).toEqual([]);
  });

  it.each([
    ['the same one', (one: object) => [one, one]],
    ['another for the same lifecycle', (one: object, make: () => object) => [one, make()]],
  ])('leaves its streams to be observed: %s', async (_what, both) => {
    const { lifecycle, sink } = recording();
    const make = () => lifecycleTelemetry(lifecycle);

    const kept = await inSdk(undefined, async () => {
      registerTelemetry(...both(make(), make));
      const result = observeStream(streamText({ model: scriptedModel(says(manyWords)), prompt }));
      for await (const _chunk of result.textStream) break;
      return result;
    });
    await lifecycle.shutdown();

    expect(kept).toBeDefined();
    expect(sink.parents).toMatchObject([
      { output: { partialOutput: 'word-0 ' }, metadata: { reason: 'stream_abandoned' } },
    ]);
  });
});

describe('two lifecycles', () => {
  it('both hear how an observed stream is left', async () => {
    const one = recording();
    const other = recording();

    const kept = await inSdk(one.lifecycle, () =>
      inSdk(other.lifecycle, async () => {
        const result = observeStream(streamText({ model: scriptedModel(says(manyWords)), prompt }));
        for await (const _chunk of result.textStream) break;
        return result;
      }),
    );
    await Promise.all([one.lifecycle.shutdown(), other.lifecycle.shutdown()]);

    expect(kept).toBeDefined();
    for (const { sink } of [one, other])
      expect(sink.parents).toMatchObject([
        { output: { partialOutput: 'word-0 ' }, metadata: { reason: 'stream_abandoned' } },
      ]);
  });

  it('may be of two copies of the package', async () => {
    const { lifecycle, sink, ended, problems } = recording();
    vi.resetModules();
    const copy = await import('../../../adapters/ai-sdk/index.ts');

    const text = await inSdk(lifecycle, async () => {
      registerTelemetry(copy.lifecycleTelemetry(lifecycle));
      const result = copy.observeStream(
        observeStream(streamText({ model: scriptedModel(says(manyWords)), prompt })),
      );
      return await result.text;
    });
    await lifecycle.flush();

    expect(copy.observeStream).not.toBe(observeStream);
    expect(text).toBe(manyWords);
    expect(ended().map(({ kind }) => kind)).toEqual(['agent', 'generation']);
    expect(sink.parents).toMatchObject([{ output: manyWords }]);
    expect(problems()).toEqual([]);
  });
});
