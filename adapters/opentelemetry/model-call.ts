import { type Cost, toCost, toUsage, type Usage } from '../../src/index.ts';
import {
  type Attributes,
  below,
  firstNumber,
  firstText,
  firstValue,
  isObject,
  toObject,
} from './attributes.ts';
import { toAdkResponse } from './inputs-outputs.ts';
import type { SpanFacts } from './span.ts';

/** The model that answered, else the one that was asked. */
export function toModel({ attributes }: SpanFacts): string | undefined {
  return firstText(attributes, [
    'langfuse.observation.model.name',
    'gen_ai.response.model',
    'gen_ai.request.model',
    'llm.model_name',
    'embedding.model_name',
    'reranker.model_name',
    'ai.response.model',
    'ai.model.id',
    ...(attributes['genkit:metadata:subtype'] === 'model' ? ['genkit:name'] : []),
  ]);
}

/** Temperature, limits and the like: an allow-list, since settings of a request may hold headers and keys. */
export function toModelParameters({ attributes }: SpanFacts): Attributes | undefined {
  const settings: Attributes = {
    ...below(attributes, 'ai.settings.'),
    ...below(attributes, 'gen_ai.request.'),
    ...toObject(attributes['llm.invocation_parameters']),
  };
  const parameters: Record<string, unknown> = {
    ...toObject(attributes['langfuse.observation.model.parameters']),
  };
  for (const [name, keys] of Object.entries(parameterKeys)) {
    const value = keys
      .map((key) => settings[key])
      .find((told) => told !== undefined && told !== null);
    if (value !== undefined && value !== 'Not set') parameters[name] ??= value;
  }
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

/** Tokens by the names of each convention; only counts that are told. */
export function toSpanUsage({ attributes, events }: SpanFacts): Usage | undefined {
  const adk = toUsage(toAdkResponse(attributes)?.['usageMetadata']);
  if (adk !== undefined) return adk;
  const own = toUsage(toObject(attributes['langfuse.observation.usage_details']));
  if (own !== undefined) return own;
  // ax tells the counts in an event.
  const told = events.find(({ name }) => name === 'gen_ai.usage')?.attributes;
  const source = told === undefined ? attributes : { ...told, ...attributes };
  const counts = Object.fromEntries(
    Object.entries(usageKeys).map(([field, keys]) => [field, firstNumber(source, keys)]),
  );
  return toUsage(withCached(counts)) ?? toUsage(toObject(attributes['genkit:output'])?.['usage']);
}

/** Dollars, when the instrumentation knows the price. */
export function toSpanCost({ attributes }: SpanFacts): Cost | undefined {
  const own = toCost(toObject(attributes['langfuse.observation.cost_details']));
  return (
    own ??
    toCost({
      input: firstNumber(attributes, ['llm.cost.prompt', 'gen_ai.usage.input_cost']),
      output: firstNumber(attributes, ['llm.cost.completion', 'gen_ai.usage.output_cost']),
      total: firstNumber(attributes, [
        'llm.cost.total',
        'gen_ai.usage.cost',
        'gen_ai.usage.total_cost',
      ]),
    })
  );
}

/** When the first chunk of a streamed answer came. */
export function toFirstTokenTime({ attributes, events, startTime }: SpanFacts): number | undefined {
  const told = firstText(attributes, ['langfuse.observation.completion_start_time']);
  const time = told === undefined ? undefined : Date.parse(told.replaceAll('"', ''));
  if (time !== undefined && Number.isFinite(time)) return time;
  const seconds = firstNumber(attributes, [
    'gen_ai.client.operation.time_to_first_chunk', // @ai-sdk/otel
    'gen_ai.response.time_to_first_chunk',
  ]);
  if (seconds !== undefined) return startTime + Math.round(seconds * 1_000);
  const milliseconds = firstNumber(attributes, ['ai.response.msToFirstChunk']);
  if (milliseconds !== undefined) return startTime + Math.round(milliseconds);
  return events.find(({ name }) => firstTokenEvents.has(name))?.time;
}

/** Why the model stopped, as the provider or the instrumentation words it. */
export function toFinishReason({ attributes, events }: SpanFacts): string | undefined {
  const told = firstValue(attributes, finishReasonKeys);
  const reason: unknown = Array.isArray(told) ? told.at(-1) : told;
  const choice = events.findLast(({ name }) => name === 'gen_ai.choice');
  const candidates = [
    reason,
    ...outputFinishReasons(attributes['gen_ai.output.messages']),
    choice?.attributes['finish_reason'],
    toObject(attributes['genkit:output'])?.['finishReason'],
    toAdkResponse(attributes)?.['finishReason'],
  ];
  return candidates.find((candidate) => typeof candidate === 'string' && candidate !== '') as
    | string
    | undefined;
}

const parameterKeys = {
  temperature: ['temperature'],
  top_p: ['top_p', 'topP'],
  top_k: ['top_k', 'topK'],
  max_tokens: ['max_tokens', 'maxOutputTokens', 'maxTokens', 'max_completion_tokens'],
  frequency_penalty: ['frequency_penalty', 'frequencyPenalty'],
  presence_penalty: ['presence_penalty', 'presencePenalty'],
  stop_sequences: ['stop_sequences', 'stopSequences', 'stop'],
  seed: ['seed'],
  choice_count: ['choice.count'],
  reasoning_effort: ['reasoning_effort', 'reasoning.level'],
} as const;

const usageKeys = {
  input: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'llm.token_count.prompt',
    'llm.usage.prompt_tokens',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'ai.usage.tokens',
  ],
  output: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.token_count.completion',
    'llm.usage.completion_tokens',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
  ],
  total: [
    'gen_ai.usage.total_tokens',
    'llm.token_count.total',
    'llm.usage.total_tokens',
    'ai.usage.totalTokens',
  ],
  cacheRead: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'llm.token_count.prompt_details.cache_read',
    'ai.usage.cachedInputTokens',
  ],
  cacheWrite: [
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens', // Strands
    'llm.token_count.prompt_details.cache_write',
  ],
  reasoning: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.thoughts_tokens', // ax
    'llm.token_count.completion_details.reasoning',
    'ai.usage.reasoningTokens',
    'ai.usage.outputTokenDetails.reasoningTokens',
  ],
} as const satisfies Record<keyof Usage, readonly string[]>;

const finishReasonKeys = [
  'gen_ai.response.finish_reasons',
  'gen_ai.response.finish_reason',
  'ai.response.finishReason',
  'gen_ai.completion.0.finish_reason',
  'llm.response.finish_reason',
] as const;

const firstTokenEvents = new Set([
  'ai.stream.firstChunk', // the AI SDK before version 7
  'First Token Stream Event', // OpenInference
]);

function outputFinishReasons(value: unknown): readonly unknown[] {
  const messages = firstValue({ value }, ['value']);
  return Array.isArray(messages)
    ? messages.flatMap((message) => (isObject(message) ? [message['finish_reason']] : []))
    : [];
}

/** Some leave cached tokens out of their input. They show by being more than it. */
function withCached(counts: Partial<Record<string, number | undefined>>): unknown {
  const { input, cacheRead = 0, cacheWrite = 0 } = counts;
  const cached = cacheRead + cacheWrite;
  return input !== undefined && cached > input ? { ...counts, input: input + cached } : counts;
}
