import type { AgentConfig } from '@mastra/core/agent';
import { convertArrayToReadableStream, MockLanguageModelV3 } from 'ai/test';

type Call = Parameters<MockLanguageModelV3['doStream']>[0];
type Answer = Awaited<ReturnType<MockLanguageModelV3['doStream']>>;
type Part = Answer['stream'] extends ReadableStream<infer Chunk> ? Chunk : never;
type Result = Awaited<ReturnType<MockLanguageModelV3['doGenerate']>>;
type FinishReason = Extract<Part, { type: 'finish' }>['finishReason']['unified'];

/** What a model says in one round: its stream, or what it does instead. */
export type Turn =
  | readonly Part[]
  | ((call: Call) => readonly Part[] | ReadableStream<Part> | Promise<readonly Part[]>);

const usage = {
  inputTokens: { total: 10, noCache: 6, cacheRead: 3, cacheWrite: 1 },
  outputTokens: { total: 5, text: 3, reasoning: 2 },
};

function finish(unified: FinishReason): Part {
  return { type: 'finish', finishReason: { unified, raw: unified }, usage };
}

/** A round that answers. */
export function says(text: string, finishReason: FinishReason = 'stop'): readonly Part[] {
  return [...opens(text), { type: 'text-end', id: 'text' }, finish(finishReason)];
}

/** A round that begins to answer and is not finished. */
export function opens(text: string): readonly Part[] {
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'answer-1', modelId: 'mock-1-2026', timestamp: new Date(0) },
    { type: 'text-start', id: 'text' },
    { type: 'text-delta', id: 'text', delta: text },
  ];
}

/** A round that calls tools, each with its arguments. */
export function calls(
  ...tools: readonly (readonly [name: string, args: object])[]
): readonly Part[] {
  return [
    { type: 'stream-start', warnings: [] },
    ...tools.map(([toolName, args], index): Part => ({
      type: 'tool-call',
      toolCallId: `call-${index + 1}`,
      toolName,
      input: JSON.stringify(args),
    })),
    finish('tool-calls'),
  ];
}

/** A round that does not answer before it is aborted; `abort` is called when the model was asked. */
export function hangs(abort: () => void): Turn {
  return ({ abortSignal }) =>
    new Promise((_resolve, reject) => {
      abortSignal?.addEventListener('abort', () => reject(reasonOf(abortSignal)));
      abort();
    });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

/** A model that says its turns one after the other, and the last one again and again. */
export function scriptedModel(...turns: readonly Turn[]): AgentConfig['model'] {
  let round = 0;

  async function said(call: Call): Promise<readonly Part[] | ReadableStream<Part>> {
    const turn = turns[Math.min(round, turns.length - 1)] ?? [];
    round += 1;
    return typeof turn === 'function' ? turn(call) : turn;
  }

  const model: unknown = new MockLanguageModelV3({
    provider: 'mock',
    modelId: 'mock-1',
    async doStream(call) {
      const parts = await said(call);
      return {
        stream: parts instanceof ReadableStream ? parts : convertArrayToReadableStream([...parts]),
      };
    },
    async doGenerate(call) {
      const parts = await said(call);
      return toResult(parts instanceof ReadableStream ? [] : parts);
    },
  });
  // Mastra declares that a model's doGenerate streams; its code wraps any model of the specification, as this one.
  return model as AgentConfig['model'];
}

function toResult(parts: readonly Part[]): Result {
  const last = parts.find((part) => part.type === 'finish');
  return {
    content: parts.flatMap((part): Result['content'] => {
      if (part.type === 'text-delta') return [{ type: 'text', text: part.delta }];
      return part.type === 'tool-call' ? [part] : [];
    }),
    finishReason: last?.finishReason ?? { unified: 'other', raw: undefined },
    usage: last?.usage ?? usage,
    warnings: [],
    response: { id: 'answer-1', modelId: 'mock-1-2026', timestamp: new Date(0) },
  };
}
