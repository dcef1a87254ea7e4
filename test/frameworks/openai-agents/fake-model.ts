import { setTimeout as delay } from 'node:timers/promises';

import {
  type Model,
  type ModelRequest,
  type ModelResponse,
  type protocol,
  Usage,
  withGenerationSpan,
} from '@openai/agents';

type OutputItem = protocol.AssistantMessageItem | protocol.FunctionCallItem;

/** What the model does when it is called: it answers with these items, or fails with this error. */
export type ModelStep =
  | readonly OutputItem[]
  | Error
  | ((request: ModelRequest) => Promise<readonly OutputItem[]>);

/** The model says something. */
export function says(text: string): OutputItem[] {
  return [
    {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text }],
    },
  ];
}

/** The model will not. */
export function refuses(refusal: string): OutputItem[] {
  return [
    {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'refusal', refusal }],
    },
  ];
}

/** The model asks for a tool; the SDK wants a call id of its own for each call. */
export function calls(
  name: string,
  input: Readonly<Record<string, unknown>> = {},
  callId = `call_${name}`,
): OutputItem[] {
  const args = JSON.stringify(input);
  return [{ type: 'function_call', name, callId, arguments: args, status: 'completed' }];
}

/** The model never answers; it gives up when it is called off, with what the signal says. */
export async function hangs({ signal }: ModelRequest): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const giveUp = (): void => reject(signal?.reason as Error);
    if (signal?.aborted === true) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
  });
}

/** Waits until the event loop has turned, as a network would make it. */
export async function soon(): Promise<void> {
  await delay(0);
}

type Answer = ModelResponse & { readonly output: OutputItem[] };

const usage = {
  requests: 1,
  inputTokens: 10,
  outputTokens: 5,
  totalTokens: 15,
  inputTokensDetails: { cached_tokens: 4 },
  outputTokensDetails: { reasoning_tokens: 2 },
};

/**
 * A model that follows its script. With spans it tells of its calls as the SDK's own models do; without, as most models
 * that people write themselves, it does not.
 */
export function scriptedModel(
  steps: readonly ModelStep[],
  { spans }: { readonly spans: boolean } = { spans: true },
): Model {
  const script = [...steps];

  async function answer(request: ModelRequest): Promise<Answer> {
    const step = script.shift();
    await soon();
    if (step === undefined) throw new Error('the script of the model is over');
    if (step instanceof Error) throw step;
    const output = typeof step === 'function' ? await step(request) : step;
    return {
      usage: new Usage(usage),
      output: [...output],
      responseId: `response-${script.length}`,
    };
  }

  async function answerInSpan(request: ModelRequest): Promise<Answer> {
    return await withGenerationSpan(async ({ spanData }) => {
      spanData.model = 'toy-1';
      spanData.model_config = { temperature: 0.5, headers: { authorization: 'secret' } };
      spanData.input =
        typeof request.input === 'string' ? [{ text: request.input }] : request.input;
      const response = await answer(request);
      spanData.output = response.output;
      spanData.usage = { input_tokens: 10, output_tokens: 5 };
      return response;
    });
  }

  const getResponse = spans ? answerInSpan : answer;
  return {
    getResponse,
    async *getStreamedResponse(request): AsyncGenerator<protocol.StreamEvent> {
      const { output, responseId } = await getResponse(request);
      for (const word of output.flatMap(wordsOf)) {
        yield { type: 'output_text_delta', delta: word };
        await soon();
      }
      yield {
        type: 'response_done',
        response: { id: responseId ?? 'response', usage, output: [...output] },
      };
    },
  };
}

function wordsOf(item: OutputItem): readonly string[] {
  if (item.type !== 'message') return [];
  return item.content.flatMap((part) =>
    part.type === 'output_text' ? part.text.split(/(?<= )/) : [],
  );
}
