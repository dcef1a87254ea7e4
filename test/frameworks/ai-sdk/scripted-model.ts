import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';

type GenerateResult = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>;
type CallOptions = Parameters<MockLanguageModelV4['doGenerate']>[0];
type Content = GenerateResult['content'][number];
type StreamPart =
  Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'] extends ReadableStream<infer Part>
    ? Part
    : never;

/** One answer of the model. */
export type Turn =
  | {
      readonly content: Content[];
      readonly finishReason: GenerateResult['finishReason']['unified'];
    }
  /** The raw parts of a stream that does not go as it should. */
  | { readonly parts: StreamPart[] }
  | { readonly throws: unknown }
  /** No answer until the caller's signal is aborted. */
  | 'hangs';

/** What each answer says of its tokens. */
export const usage: GenerateResult['usage'] = {
  inputTokens: { total: 30, noCache: 10, cacheRead: 20, cacheWrite: 0 },
  outputTokens: { total: 5, text: 3, reasoning: 2 },
};

/** An answer in words. */
export function says(
  text: string,
  finishReason: 'stop' | 'length' | 'content-filter' = 'stop',
): Turn {
  return { content: [{ type: 'text', text }], finishReason };
}

/** An answer that calls a tool. */
export function calls(toolName: string, input: object = {}, toolCallId = `call-${toolName}`): Turn {
  return {
    content: [{ type: 'tool-call', toolCallId, toolName, input: JSON.stringify(input) }],
    finishReason: 'tool-calls',
  };
}

/** An answer that calls one tool several times at once. */
export function callsAtOnce(
  toolName: string,
  ...made: readonly (readonly [string, object])[]
): Turn {
  return {
    finishReason: 'tool-calls',
    content: made.map(([toolCallId, input]) => ({
      type: 'tool-call',
      toolCallId,
      toolName,
      input: JSON.stringify(input),
    })),
  };
}

/** A model that gives these answers, one per call; the last one again and again. */
export function scriptedModel(...turns: readonly Turn[]): MockLanguageModelV4 {
  let next = 0;
  async function turn({
    abortSignal,
  }: CallOptions): Promise<Exclude<Turn, 'hangs' | { throws: unknown }>> {
    const current = turns[Math.min(next, turns.length - 1)];
    next += 1;
    if (current === undefined) throw new Error('the model has no script');
    if (current === 'hangs') return rejected(abortSignal);
    if ('throws' in current) throw current.throws;
    return current;
  }
  return new MockLanguageModelV4({
    provider: 'scripted',
    modelId: 'scripted-1',
    async doGenerate(options) {
      const answer = await turn(options);
      if ('parts' in answer) throw new Error('these parts are a stream');
      const { content, finishReason } = answer;
      return {
        content,
        finishReason: { unified: finishReason, raw: finishReason },
        usage,
        warnings: [],
        response: { id: 'response-1', modelId: 'scripted-1-2026' },
      };
    },
    async doStream(options) {
      const answer = await turn(options);
      const chunks =
        'parts' in answer ? answer.parts : toParts(answer.content, answer.finishReason);
      return {
        stream: simulateReadableStream({ chunks, initialDelayInMs: null, chunkDelayInMs: null }),
      };
    },
  });
}

function rejected(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted === true) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}

/** The parts of a stream that starts and says something. */
export function startOfStream(...deltas: readonly string[]): StreamPart[] {
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'response-1', modelId: 'scripted-1-2026' },
    { type: 'text-start', id: 'text' },
    ...deltas.map((delta) => ({ type: 'text-delta', id: 'text', delta }) as const),
  ];
}

function toParts(
  content: readonly Content[],
  finishReason: GenerateResult['finishReason']['unified'],
): StreamPart[] {
  const [first] = content;
  const body: StreamPart[] =
    first?.type === 'text'
      ? [...startOfStream(...first.text.split(/(?<= )/)), { type: 'text-end', id: 'text' }]
      : [
          { type: 'stream-start', warnings: [] },
          ...content.filter((part) => part.type === 'tool-call'),
        ];
  return [
    ...body,
    { type: 'finish', finishReason: { unified: finishReason, raw: finishReason }, usage },
  ];
}
