import {
  readEntries,
  readField,
  readFirstText,
  readKeys,
  readText,
  type StepFacts,
  toUsage,
} from '../../src/index.ts';
import { toPlain } from './plain-value.ts';

/** Parameters that steer an answer; whatever else a provider is called with (keys, headers, clients) is left out. */
const parameterKeys = new Set([
  'temperature',
  'top_p',
  'topP',
  'top_k',
  'topK',
  'max_tokens',
  'maxTokens',
  'max_completion_tokens',
  'max_output_tokens',
  'maxOutputTokens',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'n',
  'stop',
  'stop_sequences',
  'reasoning_effort',
  'verbosity',
  'parallel_tool_calls',
  'stream',
  'streaming',
  'service_tier',
]);

const finishReasonKeys = [
  'finish_reason',
  'finishReason',
  'stop_reason',
  'stopReason',
  'done_reason',
] as const;

/** What is known of a model call when it begins. `prompt` is a list of messages or a text. */
export function toModelCallStart(
  prompt: unknown,
  extra: unknown,
  metadata: unknown,
): Pick<StepFacts, 'input' | 'model' | 'modelParameters' | 'metadata'> {
  const invocation = readField(extra, 'invocation_params');
  const model =
    readText(metadata, 'ls_model_name') ??
    readFirstText(invocation, ['model', 'model_name', 'modelName']);
  const parameters = toParameters(invocation);
  const provider = readText(metadata, 'ls_provider');
  const tools = toToolNames(invocation) ?? toToolNames(readField(extra, 'options'));
  return {
    input: toPlain(prompt),
    ...(model !== undefined && { model }),
    ...(parameters !== undefined && { modelParameters: parameters }),
    metadata: {
      ...(provider !== undefined && { provider }),
      ...(tools !== undefined && { tools }),
    },
  };
}

/** What is known of a model call when it ends. */
export function toModelCallEnd(
  result: unknown,
): Pick<StepFacts, 'output' | 'model' | 'usage' | 'metadata'> {
  const candidates = candidatesOf(result, 100);
  const [first] = candidates;
  const message = readField(first, 'message');
  const told = readField(message, 'response_metadata');
  const usage =
    toUsage(readField(message, 'usage_metadata')) ??
    toProviderUsage(told) ??
    toProviderUsage(readField(result, 'llmOutput'));
  const model = readFirstText(told, ['model_name', 'model']);
  const finishReason =
    toFinishReason(message) ?? readFirstText(readField(first, 'generationInfo'), finishReasonKeys);
  const outputs = candidates.map(toOutput);
  return {
    output: outputs.length === 1 ? outputs[0] : outputs,
    ...(model !== undefined && { model }),
    ...(usage !== undefined && { usage }),
    ...(finishReason !== undefined && { metadata: { finish_reason: finishReason } }),
  };
}

/** The message in which a model answered; `undefined` for a model of plain texts. */
export function toAnswer(result: unknown): unknown {
  return readField(candidatesOf(result, 1)[0], 'message');
}

/** Why the model stopped, in its provider's word. */
export function toFinishReason(message: unknown): string | undefined {
  return readFirstText(readField(message, 'response_metadata'), finishReasonKeys);
}

/** Whether a streamed piece has anything in it; providers open their streams with empty ones. */
export function hasContent(token: unknown, fields: unknown): boolean {
  if (typeof token === 'string' && token !== '') return true;
  const message = readField(readField(fields, 'chunk'), 'message');
  return ['content', 'tool_call_chunks', 'tool_calls'].some(
    (key) => readEntries(readField(message, key), 1).length > 0,
  );
}

/** The answers to the one prompt; nearly always one. */
function candidatesOf(result: unknown, maximum: number): readonly unknown[] {
  return readEntries(readEntries(readField(result, 'generations'), 1)[0], maximum);
}

function toProviderUsage(value: unknown): StepFacts['usage'] {
  return ['tokenUsage', 'usage', 'estimatedTokenUsage']
    .map((key) => toUsage(readField(value, key)))
    .find((usage) => usage !== undefined);
}

function toOutput(candidate: unknown): unknown {
  const message = readField(candidate, 'message');
  return message === undefined ? readField(candidate, 'text') : toPlain(message);
}

function toParameters(invocation: unknown): StepFacts['modelParameters'] {
  const parameters: Record<string, unknown> = {};
  for (const key of readKeys(invocation)) {
    const value = parameterKeys.has(key) ? readField(invocation, key) : undefined;
    if (isSimple(value)) parameters[key] = value;
  }
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

function isSimple(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((entry) => typeof entry === 'string');
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function toToolNames(value: unknown): readonly string[] | undefined {
  const names = readEntries(readField(value, 'tools'), 200)
    .map((tool) => readText(tool, 'name') ?? readText(readField(tool, 'function'), 'name'))
    .filter((name) => name !== undefined);
  return names.length === 0 ? undefined : names;
}
