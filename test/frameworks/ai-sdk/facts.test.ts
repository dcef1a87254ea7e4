import {
  embed,
  embedMany,
  generateSpeech,
  generateText,
  isStepCount,
  type LanguageModel,
  rerank,
  streamText,
  type Telemetry,
  ToolLoopAgent,
  transcribe,
} from 'ai';
import { MockEmbeddingModelV4, MockRerankingModelV4, MockSpeechModelV4 } from 'ai/test';
import { describe, expect, it } from 'vitest';
import { lifecycleTelemetry } from '../../../adapters/ai-sdk/index.ts';
import { ConfigError, createLifecycle, type Lifecycle, memorySink } from '../../../src/index.ts';
import { calls, says, scriptedModel, usage } from './scripted-model.ts';
import { inSdk, onError, recording, tools } from './telemetry.ts';

const prompt = 'Where is my order?';

describe('a step of the AI SDK', () => {
  it('is a generation with what went in and out of the model', async () => {
    const { lifecycle, ended } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(says('On its way.')),
        instructions: 'You are kind.',
        prompt,
        tools,
        temperature: 0.2,
        maxOutputTokens: 100,
      }),
    );
    await lifecycle.flush();

    expect(ended().find(({ kind }) => kind === 'generation')).toMatchObject({
      name: 'scripted-1',
      input: [
        { role: 'system', content: 'You are kind.' },
        { role: 'user', content: prompt },
      ],
      output: 'On its way.',
      model: 'scripted-1-2026',
      modelParameters: { temperature: 0.2, maxOutputTokens: 100 },
      usage: { input: 30, output: 5, total: 35, cacheRead: 20, cacheWrite: 0, reasoning: 2 },
      metadata: {
        provider: 'scripted',
        finish_reason: 'stop',
        response_id: 'response-1',
        tools: ['search', 'answer', 'broken', 'deleteAll', 'locate'],
      },
    });
  });

  it('knows when the first token of a stream came; the run carries no usage of its own', async () => {
    const { lifecycle, sink, ended } = recording();

    await inSdk(
      lifecycle,
      async () => streamText({ model: scriptedModel(says('a b')), prompt }).text,
    );
    await lifecycle.flush();

    const model = ended().find(({ kind }) => kind === 'generation');
    const first = model?.completionStartTime ?? 0;
    expect(first).toBeGreaterThanOrEqual(model?.startTime ?? Infinity);
    expect(sink.parents[0]?.usage).toBeUndefined();
  });

  it('tells reasoning and tool calls beside the text', async () => {
    const { lifecycle, ended } = recording();
    const model = scriptedModel(
      {
        content: [
          { type: 'reasoning', text: 'I should look.' },
          { type: 'text', text: 'Let me look.' },
          { type: 'tool-call', toolCallId: 'c', toolName: 'search', input: '{"query":"x"}' },
        ],
        finishReason: 'tool-calls',
      },
      says('Found.'),
    );

    await inSdk(lifecycle, () => generateText({ model, prompt, tools, stopWhen: isStepCount(2) }));
    await lifecycle.flush();

    expect(ended().find(({ kind }) => kind === 'generation')?.output).toEqual({
      text: 'Let me look.',
      reasoning: 'I should look.',
      toolCalls: [{ toolCallId: 'c', toolName: 'search', input: { query: 'x' } }],
    });
  });

  it('counts the attempts of `generateText` in one generation', async () => {
    const { lifecycle, ended } = recording();
    const model = scriptedModel({ throws: retryable }, says('At last.'));

    await inSdk(lifecycle, () => generateText({ model, prompt, maxRetries: 1 }));
    await lifecycle.flush();

    const generations = ended().filter(({ kind }) => kind === 'generation');
    expect(generations).toMatchObject([{ output: 'At last.', metadata: { attempts: 2 } }]);
  });

  it('makes each attempt of `streamText` a generation', async () => {
    const { lifecycle, sink, ended } = recording();
    const model = scriptedModel({ throws: retryable }, says('At last.'));

    await inSdk(lifecycle, async () => streamText({ model, prompt, maxRetries: 1, onError }).text);
    await lifecycle.flush();

    const generations = ended().filter(({ kind }) => kind === 'generation');
    expect(generations).toMatchObject([
      { level: 'ERROR', statusMessage: 'slow down' },
      { level: 'DEFAULT', output: 'At last.' },
    ]);
    expect(sink.parents[0]?.metadata).toMatchObject({ status: 'completed' });
  });

  it('is an embedding for `embed`, without the vectors', async () => {
    const { lifecycle, sink, ended } = recording();
    const model = new MockEmbeddingModelV4({
      doEmbed: async () => ({ embeddings: [[0.1, 0.2, 0.3]], usage: { tokens: 7 }, warnings: [] }),
    });

    await inSdk(lifecycle, () => embed({ model, value: 'sunny day' }));
    await lifecycle.flush();

    expect(ended()).toMatchObject([
      {
        role: 'parent',
        name: 'embed',
        kind: 'span',
        input: 'sunny day',
        output: { embeddings: 1, dimensions: 3 },
      },
      {
        role: 'step',
        kind: 'embedding',
        input: ['sunny day'],
        output: { embeddings: 1, dimensions: 3 },
        usage: { input: 7 },
      },
    ]);
    expect(JSON.stringify(sink.records)).not.toContain('0.1');
  });

  it('is a retriever for `rerank`', async () => {
    const { lifecycle, ended } = recording();
    const model = new MockRerankingModelV4({
      doRerank: async () => ({ ranking: [{ index: 1, relevanceScore: 0.9 }] }),
    });

    await inSdk(lifecycle, () =>
      rerank({ model, query: 'rain', documents: ['sun', 'rain'], topN: 1 }),
    );
    await lifecycle.flush();

    expect(ended().find(({ role }) => role === 'step')).toMatchObject({
      kind: 'retriever',
      input: { query: 'rain', documents: ['sun', 'rain'] },
      output: [{ index: 1, relevanceScore: 0.9 }],
    });
  });
});

describe('a call of the AI SDK that is no text', () => {
  it('is a run: embedMany, speech and transcription', async () => {
    const { lifecycle, sink } = recording();
    const audio = new Uint8Array([73, 68, 51, 4]);
    const response = { timestamp: new Date(0), modelId: 'm' };

    await inSdk(lifecycle, async () => {
      await embedMany({
        model: new MockEmbeddingModelV4({
          doEmbed: async ({ values }) => ({
            embeddings: values.map(() => [1]),
            usage: { tokens: 1 },
            warnings: [],
          }),
        }),
        values: ['sun', 'rain'],
      });
      await generateSpeech({
        model: new MockSpeechModelV4({
          doGenerate: async () => ({ audio, warnings: [], response }),
        }),
        text: 'Good morning.',
      });
      await transcribe({
        model: {
          specificationVersion: 'v4',
          provider: 'scripted',
          modelId: 'ear-1',
          doGenerate: async () => ({
            text: 'Good morning.',
            segments: [],
            language: 'en',
            durationInSeconds: 1,
            warnings: [],
            response,
          }),
        },
        audio,
      });
    });
    await lifecycle.flush();

    expect(sink.parents).toMatchObject([
      { name: 'embedMany', input: ['sun', 'rain'], output: { embeddings: 2, dimensions: 1 } },
      { name: 'generateSpeech', input: 'Good morning.', output: { byteLength: 4 } },
      { name: 'transcribe', output: 'Good morning.' },
    ]);
    expect(sink.parents.map(({ metadata }) => metadata['status'])).toEqual(
      Array.from({ length: 3 }, () => 'completed'),
    );
    for (const { input } of sink.parents) expect(input).toBeTruthy();
  });

  it('has the cost that the AI Gateway tells of a model call', async () => {
    const { lifecycle, ended } = recording();
    const model = scriptedModel(says('Yes.'));
    const { doGenerate } = model;
    model.doGenerate = async (options) => ({
      ...(await doGenerate(options)),
      providerMetadata: { gateway: { cost: '0.00042', routing: {} } },
    });

    await inSdk(lifecycle, () => generateText({ model, prompt }));
    await lifecycle.flush();

    expect(ended().find(({ kind }) => kind === 'generation')?.cost).toEqual({ total: 0.00042 });
  });
});

const retryable = Object.assign(new Error('slow down'), {
  name: 'AI_APICallError',
  isRetryable: true,
  statusCode: 429,
  responseHeaders: { 'retry-after-ms': '0' },
  [Symbol.for('vercel.ai.error')]: true,
  [Symbol.for('vercel.ai.error.AI_APICallError')]: true,
});

describe('the conversation of a call of the AI SDK', () => {
  async function conversationOf(
    runtimeContext: Readonly<Record<string, unknown>>,
    around: (lifecycle: Lifecycle, fn: () => Promise<unknown>) => Promise<unknown> = (_none, fn) =>
      fn(),
  ) {
    const { lifecycle, sink } = recording();
    const includeRuntimeContext = Object.fromEntries(
      Object.keys(runtimeContext)
        .filter((key) => key !== 'hidden')
        .map((key) => [key, true]),
    );
    await around(lifecycle, () =>
      inSdk(lifecycle, () =>
        generateText({
          model: scriptedModel(says('Yes.')),
          prompt,
          runtimeContext,
          telemetry: { includeRuntimeContext },
        }),
      ),
    );
    await lifecycle.flush();
    const [parent] = sink.parents;
    return {
      id: parent?.trace.conversationId,
      source: parent?.metadata['conversation_id_source'],
      conflict: parent?.metadata['conversation_id_conflict'],
    };
  }

  it.each([
    ['langfuseSessionId'],
    ['conversation_id'],
    ['conversationId'],
    ['session_id'],
    ['sessionId'],
    ['thread_id'],
    ['threadId'],
    ['chatId'],
  ])('is found in runtimeContext.%s', async (key) => {
    expect(await conversationOf({ [key]: 'c-1' })).toEqual({
      id: 'c-1',
      source: `ai-sdk.runtimeContext.${key}`,
      conflict: undefined,
    });
  });

  it('is the first of several keys, and the losers are named', async () => {
    expect(await conversationOf({ chatId: 'chat', conversationId: 'conversation' })).toEqual({
      id: 'conversation',
      source: 'ai-sdk.runtimeContext.conversationId',
      conflict: ['ai-sdk.runtimeContext.chatId'],
    });
  });

  it('is found under a key that the policy adds', async () => {
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink, conversationId: { metadataKeys: ['ticket'] } });

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(says('Yes.')),
        prompt,
        runtimeContext: { ticket: 't-1' },
        telemetry: { includeRuntimeContext: { ticket: true } },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      trace: { conversationId: 't-1' },
      metadata: { conversation_id_source: 'ai-sdk.runtimeContext.ticket' },
    });
  });

  it('goes before the ambient conversation', async () => {
    const found = await conversationOf({ chatId: 'chat' }, (lifecycle, fn) =>
      lifecycle.withConversation('ambient', fn),
    );

    expect(found).toEqual({
      id: 'chat',
      source: 'ai-sdk.runtimeContext.chatId',
      conflict: ['context'],
    });
  });

  it('is the ambient one when the call names none', async () => {
    const found = await conversationOf({}, (lifecycle, fn) =>
      lifecycle.withConversation('ambient', fn),
    );

    expect(found).toEqual({ id: 'ambient', source: 'context', conflict: undefined });
  });

  it('is not invented', async () => {
    expect(await conversationOf({ hidden: 'c-1' })).toEqual({
      id: undefined,
      source: 'missing',
      conflict: undefined,
    });
  });

  it('may come with a later step', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(says('Yes.')),
        prompt,
        runtimeContext: { chatId: '' },
        telemetry: { includeRuntimeContext: { chatId: true } },
        prepareStep: () => ({ runtimeContext: { chatId: 'late' } }),
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      trace: { conversationId: 'late' },
      metadata: { conversation_id_source: 'ai-sdk.runtimeContext.chatId' },
    });
  });

  it('comes with the user, the tags and what else the context lets through', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(says('Yes.')),
        prompt,
        runtimeContext: { userId: 'u-1', tags: ['beta'], plan: 'pro', apiKey: 'sk-hidden' },
        telemetry: { includeRuntimeContext: { userId: true, tags: true, plan: true } },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      trace: { userId: 'u-1', tags: ['beta'] },
      metadata: { runtime_context: { plan: 'pro' } },
    });
    expect(JSON.stringify(sink.records)).not.toContain('sk-hidden');
  });
});

describe('what is never recorded of a call of the AI SDK', () => {
  const marks = { custom: { tracking: 'private-mark' } };

  it.each([['generateText'], ['streamText']])('%s: headers and provider options', async (name) => {
    const { lifecycle, sink, ended } = recording();
    const options = {
      model: scriptedModel(calls('search', { query: 'x' }), says('Yes.')),
      tools,
      stopWhen: isStepCount(2),
      headers: { authorization: 'private-mark', 'x-team': 'private-mark' },
      providerOptions: marks,
      messages: [
        {
          role: 'user' as const,
          content: [{ type: 'text' as const, text: prompt, providerOptions: marks }],
          providerOptions: marks,
        },
      ],
    };

    await inSdk(lifecycle, async () =>
      name === 'generateText' ? generateText(options) : streamText(options).text,
    );
    await lifecycle.flush();

    expect(ended()).toHaveLength(4);
    expect(JSON.stringify(sink.records)).not.toContain('private-mark');
  });

  it('inputs and outputs, when the call says so; the parent says that they are left out', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(calls('search', { query: 'private' }), says('private')),
        tools,
        stopWhen: isStepCount(2),
        prompt: 'private',
        telemetry: { recordInputs: false, recordOutputs: false },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      input: '[recordInputs is false]',
      output: '[recordOutputs is false]',
      metadata: { status: 'completed', reason: 'stop' },
    });
    expect(JSON.stringify(sink.records)).not.toContain('private');
  });

  it('outputs: a limit is told by the tools that were executed', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(calls('search')),
        tools,
        stopWhen: isStepCount(2),
        prompt,
        telemetry: { recordOutputs: false },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]?.metadata).toMatchObject({ reason: 'max_iterations' });
  });

  it('outputs: what a suspended call waits for is one', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(calls('deleteAll')),
        tools,
        prompt,
        telemetry: { recordOutputs: false },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      output: { pending: [] },
      metadata: { status: 'suspended', reason: 'input_required' },
    });
  });
});

describe('calls of the AI SDK in and around runs', () => {
  it('are children of the run around them', async () => {
    const { lifecycle, sink, ended } = recording();

    await inSdk(lifecycle, () =>
      lifecycle.run(
        { name: 'request', input: prompt, conversationId: 'c-1' },
        async () =>
          streamText({
            model: scriptedModel(says('Yes.')),
            prompt,
            telemetry: { functionId: 'chat' },
          }).text,
      ),
    );
    await lifecycle.flush();

    const parent = sink.parents[0];
    expect(sink.parents.map(({ name }) => name)).toEqual(['request']);
    expect(ended().find(({ name }) => name === 'chat')).toMatchObject({
      role: 'child-run',
      parentId: parent?.id,
      trace: { conversationId: 'c-1', traceId: parent?.trace.traceId },
    });
  });

  it('hold runs and steps of their tools', async () => {
    const { lifecycle, sink, ended } = recording();
    const search = {
      ...tools.search,
      execute: async () =>
        lifecycle.run({ name: 'index', input: 'x' }, (run) =>
          run.step({ name: 'query' }, () => 'rows'),
        ),
    };
    const agent = new ToolLoopAgent({
      model: scriptedModel(calls('search'), says('Yes.')),
      tools: { search },
    });

    await inSdk(lifecycle, () => agent.generate({ prompt }));
    await lifecycle.flush();

    const byName = new Map(ended().map((record) => [record.name, record]));
    expect(byName.get('index')).toMatchObject({
      role: 'child-run',
      parentId: byName.get('search')?.id,
    });
    expect(byName.get('query')?.parentId).toBe(byName.get('index')?.id);
    expect(byName.get('search')?.parentId).toBe(sink.parents[0]?.id);
  });
});

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
