import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel';
import { generateText, isStepCount, streamText, tool } from 'ai';
import { expect } from 'vitest';
import { z } from 'zod';

import type { Lifecycle } from '../../../adapters/index.ts';
import { calls, says, scriptedModel } from '../ai-sdk/scripted-model.ts';
import { type EndingRow, settled } from '../endings.ts';
import { steps } from './steps.ts';
import { tracer } from './telemetry.ts';

const callOfSearch = calls('search', { query: 'x' });
const answer = says('forty two');

function search(execute: () => Promise<string>) {
  return { search: tool({ inputSchema: z.object({ query: z.string() }), execute }) };
}

/** The telemetry of one call, under the name that the integration gives its own tracer. */
function telemetry(lifecycle: Lifecycle | undefined) {
  const integration = new OpenTelemetry({
    tracer: tracer(lifecycle, 'gen_ai'),
    runtimeContext: true,
    usage: true,
    headers: true,
  });
  return {
    functionId: 'support',
    integrations: [integration],
    includeRuntimeContext: { conversationId: true },
  };
}

const conversation = {
  conversationId: 'chat-7',
  conversationSource: 'span.ai.settings.context.conversationId',
} as const;

function ask(
  lifecycle: Lifecycle | undefined,
  model: ReturnType<typeof scriptedModel>,
  execute: () => Promise<string> = async () => 'rows',
): Promise<unknown> {
  return settled(
    generateText({
      model,
      prompt: 'what?',
      instructions: 'be kind',
      temperature: 0.5,
      maxRetries: 0,
      headers: { authorization: 'Bearer of-the-user', 'x-team': 'blue' },
      tools: search(execute),
      stopWhen: isStepCount(3),
      runtimeContext: { conversationId: 'chat-7' },
      telemetry: telemetry(lifecycle),
    }).then(({ text, finishReason }) => ({ text, finishReason })),
  );
}

function legacyTelemetry(lifecycle: Lifecycle | undefined) {
  const integration = new LegacyOpenTelemetry({ tracer: tracer(lifecycle, 'ai') });
  return { functionId: 'support', integrations: [integration] };
}

async function abortedStream(
  options: NonNullable<Parameters<typeof streamText>[0]['telemetry']>,
): Promise<unknown> {
  const controller = new AbortController();
  const { fullStream } = streamText({
    model: scriptedModel(answer),
    prompt: 'what?',
    abortSignal: controller.signal,
    telemetry: options,
  });
  const types: string[] = [];
  for await (const { type } of fullStream) {
    types.push(type);
    if (type === 'text-delta') controller.abort(new Error('the user left'));
  }
  return types;
}

/** The AI SDK 7 with `@ai-sdk/otel` and the SDK's own mock model. */
export const aiSdkRows: readonly EndingRow[] = [
  {
    ending: 'AI SDK: an answer after a tool',
    call: 'resolves',
    expected: [{ status: 'completed', reason: 'stop', ...conversation }],
    run: (lifecycle) => ask(lifecycle, scriptedModel(callOfSearch, answer)),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        name: 'support',
        type: 'AGENT',
        input: [
          { role: 'system', content: 'be kind' },
          { role: 'user', content: 'what?' },
        ],
      });
      expect(steps(trace)).toEqual([
        'SPAN step 1',
        '  GENERATION chat scripted-1',
        '  TOOL search',
        'SPAN step 2',
        '  GENERATION chat scripted-1',
      ]);
      expect(trace?.observations.find(({ type }) => type === 'TOOL')).toMatchObject({
        input: { query: 'x' },
        output: 'rows',
      });
      const text = JSON.stringify(trace);
      expect(text).not.toContain('of-the-user');
      expect(text).not.toContain('x-team');
    },
  },
  {
    ending: 'AI SDK: a tool throws',
    call: 'resolves, the model was told',
    expected: [{ status: 'completed', reason: 'stop', ...conversation }],
    run: (lifecycle) =>
      ask(lifecycle, scriptedModel(callOfSearch, answer), () =>
        Promise.reject(new Error('the index is gone')),
      ),
    check([trace]) {
      expect(trace?.root?.level).toBe('DEFAULT');
      expect(trace?.observations.find(({ type }) => type === 'TOOL')).toMatchObject({
        level: 'ERROR',
        statusMessage: 'the index is gone',
      });
    },
  },
  {
    ending: 'AI SDK: the model throws',
    call: 'rejects',
    expected: [{ status: 'error', reason: 'model_error', ...conversation }],
    run: (lifecycle) => ask(lifecycle, scriptedModel({ throws: new Error('the model is down') })),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        statusMessage: 'the model is down',
        output: { error: { type: 'Error', message: 'the model is down' } },
      });
      expect(trace?.observations.find(({ type }) => type === 'GENERATION')?.level).toBe('ERROR');
    },
  },
  {
    ending: 'AI SDK: `stopWhen` ends the loop',
    call: 'resolves without a text',
    expected: [{ status: 'completed', reason: 'stop_condition', ...conversation }],
    run: (lifecycle) => ask(lifecycle, scriptedModel(callOfSearch)),
  },
  {
    ending: 'AI SDK: a stream is read to its end',
    call: 'ends',
    expected: [{ status: 'completed', reason: 'stop' }],
    async run(lifecycle) {
      const { textStream } = streamText({
        model: scriptedModel(answer),
        prompt: 'what?',
        telemetry: telemetry(lifecycle),
      });
      let text = '';
      for await (const chunk of textStream) text += chunk;
      return text;
    },
    check([trace]) {
      expect(trace?.root?.output).toEqual({ role: 'assistant', content: 'forty two' });
      expect(trace?.observations.find(({ type }) => type === 'GENERATION')).toMatchObject({
        completionStartTime: expect.any(String),
      });
    },
  },
  {
    ending: 'AI SDK: the reader of a stream walks away',
    call: 'the loop is left; the span never ends',
    expected: [{ status: 'error', reason: 'never_ended' }],
    async run(lifecycle) {
      const { textStream } = streamText({
        model: scriptedModel(answer),
        prompt: 'what?',
        telemetry: telemetry(lifecycle),
      });
      for await (const text of textStream) return text;
      return undefined;
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'ERROR', input: [{ content: 'what?' }] });
    },
  },
  {
    ending: 'AI SDK: a stream is aborted',
    call: 'an `abort` part; the span ends without a word',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: (lifecycle) => abortedStream(telemetry(lifecycle)),
    check([trace]) {
      expect(trace?.root?.level).toBe('WARNING');
    },
  },
  {
    ending: 'AI SDK, `LegacyOpenTelemetry`: an answer after a tool',
    call: 'resolves',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: (lifecycle) =>
      settled(
        generateText({
          model: scriptedModel(callOfSearch, answer),
          prompt: 'what?',
          headers: { authorization: 'Bearer of-the-user' },
          tools: search(async () => 'rows'),
          stopWhen: isStepCount(3),
          telemetry: legacyTelemetry(lifecycle),
        }).then(({ text }) => text),
      ),
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'support', type: 'AGENT' });
      expect(steps(trace)).toEqual([
        'GENERATION ai.generateText.doGenerate',
        '  TOOL search',
        'GENERATION ai.generateText.doGenerate',
      ]);
      expect(JSON.stringify(trace)).not.toContain('of-the-user');
    },
  },
  {
    ending: 'AI SDK, `LegacyOpenTelemetry`: a stream is aborted',
    call: 'an `abort` part; the span ends without a word',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: (lifecycle) => abortedStream(legacyTelemetry(lifecycle)),
  },
];
