import type { BaseChatModelCallOptions } from '@langchain/core/language_models/chat_models';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';

/** What the model does when it is called: it answers, it fails, or a function decides. */
export type Turn = AIMessage | Error | ((signal: AbortSignal | undefined) => Promise<AIMessage>);

interface ScriptedOptions extends BaseChatModelCallOptions {
  readonly tools?: unknown;
}

const usage = {
  input_tokens: 10,
  output_tokens: 5,
  total_tokens: 15,
  input_token_details: { cache_read: 4 },
  output_token_details: { reasoning: 2 },
} as const;

/** A chat model that plays a script, and tells what real ones tell: parameters, usage, model, finish reason. */
export class ScriptedModel extends BaseChatModel<ScriptedOptions> {
  readonly #turns: Turn[];

  constructor(turns: readonly Turn[]) {
    super({ maxRetries: 0 });
    this.#turns = [...turns];
  }

  static override lc_name(): string {
    return 'ScriptedModel';
  }

  override _llmType(): string {
    return 'scripted';
  }

  override invocationParams(options?: ScriptedOptions): Record<string, unknown> {
    return {
      model: 'scripted-1',
      temperature: 0.2,
      max_tokens: 50,
      apiKey: 'sk-parameter-secret',
      headers: { authorization: 'Bearer parameter-secret' },
      tools: options?.tools,
    };
  }

  override getLsParams(): { ls_provider: string; ls_model_name: string; ls_model_type: 'chat' } {
    return { ls_provider: 'scripted', ls_model_name: 'scripted-1', ls_model_type: 'chat' };
  }

  override bindTools(tools: unknown): ReturnType<this['withConfig']> {
    return this.withConfig({ tools }) as ReturnType<this['withConfig']>;
  }

  override async _generate(
    _: BaseMessage[],
    options: this['ParsedCallOptions'],
  ): Promise<ChatResult> {
    const message = await this.#next(options.signal);
    return { generations: [{ text: message.text, message }] };
  }

  async #next(signal: AbortSignal | undefined): Promise<AIMessage> {
    const turn = this.#turns.shift();
    if (turn === undefined) throw new Error('The script is over');
    if (turn instanceof Error) throw turn;
    return typeof turn === 'function' ? turn(signal) : turn;
  }

  /** The next answer, for a model that streams it. */
  protected take(signal: AbortSignal | undefined): Promise<AIMessage> {
    return this.#next(signal);
  }
}

/** The same model, streaming word by word; the last word brings usage and finish reason. */
export class StreamingModel extends ScriptedModel {
  override async *_streamResponseChunks(
    _: BaseMessage[],
    options: this['ParsedCallOptions'],
    manager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const answer = await this.take(options.signal);
    for (const chunk of toChunks(answer)) {
      options.signal?.throwIfAborted();
      yield chunk;
      await manager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, {
        chunk,
      });
    }
  }
}

function toChunks(answer: AIMessage): readonly ChatGenerationChunk[] {
  const words = answer.text.split(/(?<= )/);
  const tool_call_chunks = (answer.tool_calls ?? []).map(({ id, name, args }, index) => ({
    name,
    args: JSON.stringify(args),
    index,
    type: 'tool_call_chunk' as const,
    ...(id !== undefined && { id }),
  }));
  // Providers open with an empty piece.
  return ['', ...words].map((text, index) => {
    const isLast = index === words.length;
    const message = new AIMessageChunk({
      content: text,
      ...(isLast && {
        tool_call_chunks,
        response_metadata: answer.response_metadata,
        ...(answer.usage_metadata !== undefined && { usage_metadata: answer.usage_metadata }),
      }),
    });
    return new ChatGenerationChunk({ text, message });
  });
}

/** An answer in words. */
export function says(text: string, finishReason = 'stop'): AIMessage {
  return withUsage(new AIMessage({ content: text, response_metadata: toldBy(finishReason) }));
}

/** An answer that calls a tool, or several. */
export function calls(
  ...toolCalls: readonly (readonly [string, Record<string, unknown>])[]
): AIMessage {
  const message = new AIMessage({
    content: '',
    tool_calls: toolCalls.map(([name, args], index) => ({
      name,
      args,
      id: `call-${index}`,
      type: 'tool_call',
    })),
    response_metadata: toldBy('tool_calls'),
  });
  return withUsage(message);
}

function toldBy(finishReason: string): Record<string, string> {
  return { model_name: 'scripted-1-2026', finish_reason: finishReason };
}

// The constructor's types do not take a usage under exactOptionalPropertyTypes.
function withUsage(message: AIMessage): AIMessage {
  return Object.assign(message, { usage_metadata: usage });
}

/** Does something, then waits until the call is called off. */
export function hangs(then: () => void = () => {}) {
  return (signal: AbortSignal | undefined): Promise<never> =>
    new Promise((_resolve, reject) => {
      const fail = (): void => reject(signal?.reason as Error);
      if (signal?.aborted === true) fail();
      else signal?.addEventListener('abort', fail);
      then();
    });
}
