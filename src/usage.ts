import { readEntries, readField } from './foreign-value.ts';
import type { Cost, Usage } from './records.ts';

/**
 * Where the numbers stand, in the words of each provider. The first place that has a number wins; the fields of one
 * place are added up, because that provider reports them apart. A dot goes into a field.
 *
 * Read from the type declarations of openai 7, @anthropic-ai/sdk 1, ai 7, @langchain/core 1 and @openai/agents 0.20;
 * for Gemini, Bedrock and xAI from what the AI SDK's own providers make of them.
 */
const usagePlaces = compiled({
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
} satisfies Record<keyof Usage, WrittenPlaces>);

const costPlaces = compiled({
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
} satisfies Record<keyof Cost, WrittenPlaces>);

type WrittenPlaces = readonly (readonly string[])[];

interface Path {
  readonly key: string;
  /** The key inside the object at `key`. */
  readonly detail: string | undefined;
}

type Places = readonly (readonly Path[])[];

/** Paths are split once: a key that is cut out of a text on each call costs several times the read itself. */
function compiled<Field extends string>(
  written: Readonly<Record<Field, WrittenPlaces>>,
): readonly { readonly field: Field; readonly places: Places }[] {
  const fields: { readonly field: Field; readonly places: Places }[] = [];
  for (const field in written) {
    fields.push({ field, places: written[field].map((place) => place.map(toPath)) });
  }
  return fields;
}

function toPath(text: string): Path {
  const [key = '', detail] = text.split('.');
  return { key, detail };
}

/**
 * The usage that a provider returned, in our words; `undefined` when it holds no count that we know.
 * Counts are non-negative integers; anything else is left out. A total is never made up. Never throws.
 */
export function toUsage(value: unknown): Usage | undefined {
  if (value === undefined) return undefined;
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
  if (value === undefined) return undefined;
  if (typeof value === 'number') return isAmount(value) ? { total: value } : undefined;
  const cost: Cost = readPlaces(value, costPlaces, isAmount);
  return Object.keys(cost).length === 0 ? undefined : cost;
}

type IsValid = (value: unknown) => value is number;

function readPlaces<Field extends string>(
  value: unknown,
  fields: readonly { readonly field: Field; readonly places: Places }[],
  isValid: IsValid,
): Partial<Record<Field, number>> {
  const found: Partial<Record<Field, number>> = {};
  if (typeof value !== 'object' || value === null) return found;
  const isOurs = isInOurWords(value, fields);
  for (const { field, places } of fields) {
    const amount = isOurs ? readField(value, field) : readFirst(value, places, isValid);
    if (isValid(amount)) found[field] = amount;
  }
  return found;
}

/** Whether a literal has no fields but ours, which come first: then there is no need to look for those of each provider. */
function isInOurWords(value: object, fields: readonly { readonly field: string }[]): boolean {
  try {
    return (
      Object.getPrototypeOf(value) === Object.prototype &&
      Object.keys(value).every((key) => fields.some(({ field }) => field === key))
    );
  } catch {
    return false;
  }
}

function readFirst(value: object, places: Places, isValid: IsValid): number | undefined {
  for (const place of places) {
    let sum: number | undefined;
    for (const path of place) {
      const amount = readPath(value, path);
      if (isValid(amount)) sum = (sum ?? 0) + amount;
    }
    if (sum !== undefined) return sum;
  }
  return undefined;
}

function readPath(value: object, { key, detail }: Path): unknown {
  const field = readField(value, key);
  if (detail === undefined || field === undefined || field === null) return field;
  const entries = readEntries(field, 1_000);
  if (entries.length === 0) return readField(field, detail);
  // OpenAI Agents keeps a list of details, one entry per request.
  const counts = entries.map((entry) => readField(entry, detail)).filter(isCount);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
