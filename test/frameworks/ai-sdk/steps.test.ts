import {
  embed,
  embedMany,
  generateSpeech,
  generateText,
  isStepCount,
  rerank,
  streamText,
  transcribe,
} from 'ai';
import { MockEmbeddingModelV4, MockRerankingModelV4, MockSpeechModelV4 } from 'ai/test';
import { describe, expect, it } from 'vitest';
import { says, scriptedModel } from './scripted-model.ts';
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
