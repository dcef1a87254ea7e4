import { readField } from './foreign-value.ts';
import type { Cost, Usage } from './records.ts';

/**
 * Where the numbers stand, in the words of each provider. The first place that has a number wins; the fields of one
 * place are added up, because that provider reports them apart. A dot goes into a field.
 *
 * Read from the type declarations of openai 7, @anthropic-ai/sdk 1, @google/genai 3, ai 7 with its providers,
 * @langchain/core 1, @openai/agents 0.20 and from the API reference of Amazon Bedrock.
 */
const usagePlaces = {
  input: [
    ['input'],
    ['prompt_tokens'],
    ['promptTokens'],
    // Anthropic and Bedrock leave cached tokens out of their input; for the others the added fields do not exist.
    ['input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'],
    ['inputTokens', 'cacheReadInputTokens', 'cacheWriteInputTokens', 'cacheCreationInputTokens'],
    ['inputTokens.total'],
    ['promptTokenCount', 'toolUsePromptTokenCount'],
  ],
  output: [
    ['output'],
    ['completion_tokens'],
    ['completionTokens'],
    ['output_tokens'],
    ['outputTokens'],
    ['outputTokens.total'],
    ['candidatesTokenCount', 'thoughtsTokenCount'],
  ],
  total: [['total'], ['total_tokens'], ['totalTokens'], ['totalTokenCount']],
  cacheRead: [
    ['cacheRead'],
    ['prompt_tokens_details.cached_tokens'],
    ['input_tokens_details.cached_tokens'],
    ['input_token_details.cache_read'],
    ['cache_read_input_tokens'],
    ['cacheReadInputTokens'],
    ['inputTokenDetails.cacheReadTokens'],
    ['inputTokensDetails.cached_tokens'],
    ['inputTokens.cacheRead'],
    ['inputDetails.cacheRead'],
    ['cachedInputTokens'],
    ['cachedContentTokenCount'],
  ],
  cacheWrite: [
    ['cacheWrite'],
    ['prompt_tokens_details.cache_write_tokens'],
    ['input_tokens_details.cache_write_tokens'],
    ['input_token_details.cache_creation'],
    ['cache_creation_input_tokens'],
    ['cacheWriteInputTokens'],
    ['cacheCreationInputTokens'],
    ['inputTokenDetails.cacheWriteTokens'],
    ['inputTokensDetails.cache_write_tokens'],
    ['inputTokens.cacheWrite'],
    ['inputDetails.cacheWrite'],
  ],
  reasoning: [
    ['reasoning'],
    ['completion_tokens_details.reasoning_tokens'],
    ['output_tokens_details.reasoning_tokens'],
    ['output_tokens_details.thinking_tokens'],
    ['output_token_details.reasoning'],
    ['outputTokenDetails.reasoningTokens'],
    ['outputTokensDetails.reasoning_tokens'],
    ['outputTokens.reasoning'],
    ['outputDetails.reasoning'],
    ['reasoningTokens'],
    ['thoughtsTokenCount'],
  ],
} as const satisfies Readonly<Record<keyof Usage, Places>>;

const costPlaces = {
  input: [['input'], ['inputCost'], ['input_cost']],
  output: [['output'], ['outputCost'], ['output_cost']],
  total: [
    ['total'],
    ['totalCost'],
    ['total_cost'],
    ['total_cost_usd'], // Claude Agent SDK, a query
    ['costUSD'], // Claude Agent SDK, a model of a query
    ['cost'], // OpenRouter, in its usage
  ],
} as const satisfies Readonly<Record<keyof Cost, Places>>;

type Places = readonly (readonly string[])[];

/**
 * The usage that a provider returned, in our words; `undefined` when it holds no count that we know.
 * Counts are non-negative integers; anything else is left out. A total is never made up. Never throws.
 */
export function toUsage(value: unknown): Usage | undefined {
  const counts: Usage = readPlaces(value, usagePlaces, isCount);
  if (Object.keys(counts).length === 0) return undefined;
  const { input, output, total, reasoning } = counts;
  // xAI reports reasoning beside its output tokens. The provider's own total tells the two customs apart.
  if (input !== undefined && output !== undefined && reasoning !== undefined && reasoning > 0) {
    if (total === input + output + reasoning) return { ...counts, output: output + reasoning };
  }
  return counts;
}

/**
 * The cost that a provider returned, in US dollars; a bare number is the total.
 * `undefined` when it holds no amount that we know. Amounts are finite and not negative. Never throws.
 */
export function toCost(value: unknown): Cost | undefined {
  if (typeof value === 'number') return isAmount(value) ? { total: value } : undefined;
  const cost: Cost = readPlaces(value, costPlaces, isAmount);
  return Object.keys(cost).length === 0 ? undefined : cost;
}

type IsValid = (value: unknown) => value is number;

function readPlaces<Field extends string>(
  value: unknown,
  places: Readonly<Record<Field, Places>>,
  isValid: IsValid,
): Partial<Record<Field, number>> {
  const found: Partial<Record<Field, number>> = {};
  if (typeof value !== 'object' || value === null) return found;
  for (const field in places) {
    const amount = readFirst(value, places[field], isValid);
    if (amount !== undefined) found[field] = amount;
  }
  return found;
}

function readFirst(value: object, places: Places, isValid: IsValid): number | undefined {
  for (const place of places) {
    const amount = add(
      place.map((path) => readPath(value, path)),
      isValid,
    );
    if (amount !== undefined) return amount;
  }
  return undefined;
}

function readPath(value: object, path: string): unknown {
  const dot = path.indexOf('.');
  if (dot < 0) return readField(value, path);
  const details = readField(value, path.slice(0, dot));
  const key = path.slice(dot + 1);
  try {
    // OpenAI Agents keeps a list of details, one entry per request.
    if (!Array.isArray(details)) return readField(details, key);
    return add(
      details.map((entry) => readField(entry, key)),
      isCount,
    );
  } catch {
    return undefined;
  }
}

function add(values: readonly unknown[], isValid: IsValid): number | undefined {
  const numbers = values.filter(isValid);
  return numbers.length === 0 ? undefined : numbers.reduce((total, number) => total + number, 0);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
