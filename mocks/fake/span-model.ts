import { isRecord, toNumber, toStoredText } from './json-value.ts';
import { firstText, jsonOf } from './otlp-attributes.ts';
import type { Attributes } from './otlp-attributes.ts';
import { latestDateMs } from './span-facts.ts';

const ownModelKeys = [
  'langfuse.observation.model.name',
  'gen_ai.response.model',
  'ai.model.id',
  'gen_ai.request.model',
  'llm.response.model',
  'llm.model_name',
  'model',
];

// These spans repeat the usage of the calls below them.
const sums = new Set(['invoke_agent', 'agent_step']);

/** The model that a span names, whichever convention names it. */
export function modelOf(attributes: Attributes): string | undefined {
  return isSumOfCalls(attributes) ? undefined : firstText(attributes, ownModelKeys);
}

/** Model parameters: a JSON object as text, or the `gen_ai.request.*` attributes. */
export function modelParametersOf(attributes: Attributes): Readonly<Record<string, unknown>> {
  const named = [
    'langfuse.observation.model.parameters',
    'llm.invocation_parameters',
    'model_config',
  ]
    .map((key) => jsonOf(attributes, key))
    .find((value) => typeof value === 'object' && value !== null);
  return textOrNumberValues(isRecord(named) ? named : requestAttributes(attributes));
}

/** Token counts as the span gives them; not yet cleaned. */
export function usageOf(attributes: Attributes): Readonly<Record<string, unknown>> {
  if (isSumOfCalls(attributes)) return {};
  return objectOf(attributes, 'langfuse.observation.usage_details') ?? genAiUsage(attributes);
}

/** Costs as the span gives them; not yet cleaned. */
export function costOf(attributes: Attributes): Readonly<Record<string, unknown>> {
  if (isSumOfCalls(attributes)) return {};
  const given = objectOf(attributes, 'langfuse.observation.cost_details');
  if (given !== undefined) return given;
  const total = ['gen_ai.usage.cost', 'llm.cost.total']
    .map((key) => attributes[key])
    .find((value) => value !== undefined && value !== null && value !== '');
  return total === undefined ? {} : { total };
}

/** The prompt that a generation is linked to; other types link none. */
export function promptOf(
  attributes: Attributes,
  type: string,
): { readonly name: string | null; readonly version: number | null } {
  if (type !== 'GENERATION') return { name: null, version: null };
  const name = attributes['langfuse.observation.prompt.name'] ?? attributes['langfuse.prompt.name'];
  const version =
    attributes['langfuse.observation.prompt.version'] ?? attributes['langfuse.prompt.version'];
  const isWhole = /^\d+$/.test(toStoredText(version).trim());
  return {
    name: name === undefined ? null : toStoredText(name),
    version: isWhole ? Number(version) : null,
  };
}

/** When the first token came, in milliseconds; undefined for what is no time. */
export function completionStartOf(attributes: Attributes, startMs: number): number | undefined {
  const key = 'langfuse.observation.completion_start_time';
  for (const value of [attributes[key], jsonOf(attributes, key)]) {
    const ms =
      typeof value === 'string' || typeof value === 'number'
        ? new Date(value).getTime()
        : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
  }
  const toFirst =
    attributes['ai.response.msToFirstChunk'] ?? attributes['ai.stream.msToFirstChunk'];
  const ms = startMs + Math.ceil(toNumber(toFirst));
  return toFirst && Math.abs(ms) <= latestDateMs ? ms : undefined;
}

function isSumOfCalls(attributes: Attributes): boolean {
  return sums.has(toStoredText(attributes['gen_ai.operation.name']));
}

// Anything but a JSON object in a text is an empty object; text that is no JSON counts as absent.
function objectOf(
  attributes: Attributes,
  key: string,
): Readonly<Record<string, unknown>> | undefined {
  const value = attributes[key];
  if (!value) return undefined;
  if (typeof value !== 'string') return {};
  const parsed = jsonOf(attributes, key);
  if (parsed === undefined) return undefined;
  return isRecord(parsed) ? parsed : {};
}

function requestAttributes(attributes: Attributes): Readonly<Record<string, unknown>> {
  const entries = ['gen_ai.request.', 'llm.invocation_parameters.'].flatMap((prefix) =>
    Object.entries(attributes)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value] as const),
  );
  return Object.fromEntries(entries.filter(([key]) => key !== 'model'));
}

function textOrNumberValues(
  parameters: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [
      key,
      typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value),
    ]),
  );
}

const inputNames = ['prompt_tokens', 'input_tokens', 'prompt'];
const outputNames = ['completion_tokens', 'output_tokens', 'completion'];
const totalNames = ['total_tokens', 'total'];
const cacheReadNames = [
  'cache_read.input_tokens',
  'cache_read_input_tokens',
  'cache_read_tokens',
  'details.cache_read_tokens',
  'details.cache_read_input_tokens',
  'prompt_details.cache_read',
  'input_cached_tokens',
];
const cacheWriteNames = [
  'cache_creation.input_tokens',
  'cache_creation_input_tokens',
  'cache_write_tokens',
  'details.cache_write_tokens',
  'details.cache_creation_input_tokens',
  'prompt_details.cache_write',
  'input_cache_creation',
];
const reasoningNames = ['reasoning.output_tokens', 'completion_details.reasoning'];
const audioNames = ['completion_details.audio'];
const named: ReadonlySet<string> = new Set([
  ...inputNames,
  ...outputNames,
  ...totalNames,
  ...cacheReadNames,
  ...cacheWriteNames,
  ...reasoningNames,
  ...audioNames,
]);

function genAiUsage(attributes: Attributes): Readonly<Record<string, number>> {
  const counts = Object.fromEntries(
    Object.entries(attributes)
      .filter(
        ([key]) => /^(?:gen_ai\.usage|llm\.token_count)\./.test(key) && key !== 'gen_ai.usage.cost',
      )
      .map(([key, value]) => [
        key.replace(/^(?:gen_ai\.usage|llm\.token_count)\./, ''),
        toNumber(value),
      ])
      .filter(([, value]) => !Number.isNaN(value)),
  ) as Readonly<Record<string, number>>;
  const first = (names: readonly string[]): number | undefined =>
    names.map((name) => counts[name]).find((value) => value !== undefined);
  const parts = {
    input_cached_tokens: first(cacheReadNames),
    input_cache_creation: first(cacheWriteNames),
    output_reasoning_tokens: first(reasoningNames),
    output_audio_tokens: first(audioNames),
  };
  const rest = Object.entries(counts).filter(([key]) => !named.has(key));
  return present({
    ...Object.fromEntries(rest.map(([key, value]) => [key.replace(/^details\./, ''), value])),
    input: without(first(inputNames), [parts.input_cached_tokens, parts.input_cache_creation]),
    output: without(first(outputNames), [parts.output_reasoning_tokens, parts.output_audio_tokens]),
    total: first(totalNames),
    ...parts,
  });
}

function without(
  total: number | undefined,
  parts: readonly (number | undefined)[],
): number | undefined {
  if (total === undefined) return undefined;
  return Math.max(
    parts.reduce<number>((rest, part) => rest - (part ?? 0), total),
    0,
  );
}

function present(
  counts: Readonly<Record<string, number | undefined>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(counts).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
