import { Agent, OpenAIProvider, type RunConfig } from '@openai/agents';
import { afterEach, describe, expect, it } from 'vitest';

import type { LifecycleRecord } from '../../../src/index.ts';
import { record, type Recorded, runnerFor } from './program.ts';
import {
  chatCompletion,
  chatCompletionChunks,
  modelResponse,
  modelResponseEvents,
  type OpenAIServer,
  serveOpenAI,
} from './openai-server.ts';

const apiKey = 'opaque-key-of-the-model-provider';

let server: OpenAIServer | undefined;

afterEach(async () => {
  await server?.close();
});

interface Options {
  readonly useResponses: boolean;
  readonly stream: boolean;
  readonly config?: Partial<RunConfig>;
}

/** The SDK's own model against a server of ours, and what is recorded of it. */
async function recorded(
  body: unknown,
  { useResponses, stream, config }: Options,
): Promise<Recorded & { readonly generation: LifecycleRecord | undefined }> {
  server = await serveOpenAI([body]);
  const modelProvider = new OpenAIProvider({ apiKey, baseURL: server.baseURL, useResponses });
  const agent = new Agent({
    name: 'support',
    instructions: 'be brief',
    model: 'gpt-test',
    modelSettings: { temperature: 0.25 },
  });
  const left = await record(async (lifecycle) => {
    const runner = runnerFor(lifecycle, { ...config, modelProvider });
    if (stream) await (await runner.run(agent, 'Hello?', { stream })).completed;
    else await runner.run(agent, 'Hello?');
  });
  const generation = left.sink.records.findLast(({ kind }) => kind === 'generation');
  return { ...left, generation };
}

describe('a call of the Chat Completions API', () => {
  const facts = {
    phase: 'ended',
    name: 'generation',
    level: 'DEFAULT',
    model: 'gpt-test-2026',
    modelParameters: { temperature: 0.25 },
    input: [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'Hello?' },
    ],
    usage: { input: 20, output: 8, total: 28, cacheRead: 12, reasoning: 3 },
  };

  it('is a generation with its model, settings, messages, usage and finish reason', async () => {
    const { generation } = await recorded(chatCompletion('Hi!'), {
      useResponses: false,
      stream: false,
    });

    expect(generation).toMatchObject({
      ...facts,
      output: { role: 'assistant', content: 'Hi!' },
      metadata: { finish_reason: 'stop' },
    });
  });

  it('is the same when it is streamed', async () => {
    const { generation } = await recorded(chatCompletionChunks(['Hi', '!']), {
      useResponses: false,
      stream: true,
    });

    expect(generation).toMatchObject({ ...facts, model: 'gpt-test' });
    expect(JSON.stringify(generation?.output)).toContain('Hi!');
  });

  it('that was cut at its limit makes the run end as length', async () => {
    const { sink } = await recorded(chatCompletion('Once upon a', 'length'), {
      useResponses: false,
      stream: false,
    });

    expect(sink.parents[0]).toMatchObject({
      output: 'Once upon a',
      metadata: { status: 'completed', reason: 'length' },
    });
  });
});

describe('a call of the Responses API', () => {
  const facts = {
    phase: 'ended',
    name: 'generation',
    level: 'DEFAULT',
    model: 'gpt-test-2026',
    modelParameters: { temperature: 0.25, top_p: 1, tool_choice: 'auto' },
    input: [{ type: 'message', role: 'user', content: 'Hello?' }],
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi!' }] }],
    usage: { input: 20, output: 8, total: 28, cacheRead: 12, reasoning: 3 },
    metadata: { finish_reason: 'completed', response_id: 'resp_1' },
  };

  it('is a generation with its model, settings, items, usage and status', async () => {
    const { generation } = await recorded(modelResponse('Hi!'), {
      useResponses: true,
      stream: false,
    });

    expect(generation).toMatchObject(facts);
  });

  it('is the same when it is streamed', async () => {
    const { generation } = await recorded(modelResponseEvents('Hi!'), {
      useResponses: true,
      stream: true,
    });

    expect(generation).toMatchObject(facts);
  });

  it('that was cut at its limit is an error of the SDK, and its usage stays', async () => {
    const cut = {
      ...modelResponse('Once upon a'),
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    };

    const { parent, generation } = await recorded(cut, { useResponses: true, stream: false });

    expect(parent?.metadata).toMatchObject({ status: 'error', reason: 'invalid_output' });
    expect(generation).toMatchObject({
      level: 'ERROR',
      usage: { output: 8 },
      metadata: { finish_reason: 'max_output_tokens' },
    });
  });
});

describe('what is recorded of a run', () => {
  it('counts its usage only on the generations; the sum stands in the metadata', async () => {
    const { sink } = await recorded(modelResponse('Hi!'), { useResponses: true, stream: false });

    expect(sink.parents[0]?.usage).toBeUndefined();
    expect(sink.parents[0]?.metadata['usage']).toEqual({
      requests: 1,
      input: 20,
      output: 8,
      total: 28,
      cacheRead: 12,
      reasoning: 3,
    });
    expect(sink.records.filter(({ usage }) => usage !== undefined)).toHaveLength(1);
  });

  it('holds no key: not of the model, not of the SDK’s tracing', async () => {
    const tracingKey = 'opaque-key-of-the-tracing';

    const { sink } = await recorded(modelResponse('Hi!'), {
      useResponses: true,
      stream: false,
      config: { tracing: { apiKey: tracingKey } },
    });

    const text = JSON.stringify(sink.records);
    expect(text).toContain('Hi!');
    expect(text).not.toContain(apiKey);
    expect(text).not.toContain(tracingKey);
  });

  it('leaves out of the steps what the SDK was told to leave out, and keeps what the run was given and gave', async () => {
    const { generation, parent } = await recorded(modelResponse('Hi!'), {
      useResponses: true,
      stream: false,
      config: { traceIncludeSensitiveData: false },
    });

    expect(generation).toMatchObject({ phase: 'ended' });
    expect(JSON.stringify(generation)).not.toContain('Hi!');
    expect(parent).toMatchObject({ input: 'Hello?', output: 'Hi!' });
  });
});
