import {
  parsedJson,
  readEntries,
  readField,
  readText,
  type StepFacts,
  toUsage,
} from '../../src/index.ts';

/** What a span says of its step. Only fields that are named here are read: a span also holds an API key. */
export function toStepFacts(data: unknown): StepFacts & { readonly name: string } {
  const type = readText(data, 'type') ?? 'span';
  const name = readText(data, 'name');
  switch (type) {
    case 'agent':
      return { kind: 'agent', name: name ?? 'agent', ...metadata(agentMetadata(data)) };
    case 'function':
      return {
        kind: 'tool',
        name: name ?? 'tool',
        ...payload('input', parsedJson(readText(data, 'input'))),
        ...payload('output', parsedJson(readText(data, 'output'))),
      };
    case 'generation':
      return toGeneration(data);
    case 'response':
      return toResponse(data);
    case 'handoff':
      return toHandoff(data);
    case 'guardrail':
      return toGuardrail(data, name);
    case 'mcp_tools':
      return { kind: 'span', name: 'list MCP tools', ...metadata(mcpMetadata(data)) };
    case 'transcription':
    case 'speech':
      return toSpeech(data, type);
    default:
      // A span of the program's own, by `withCustomSpan`.
      return { kind: 'span', name: name ?? type, ...payload('input', readField(data, 'data')) };
  }
}

/** Why a model call stopped, in the words of its provider. */
export function finishReasonOf({ metadata }: StepFacts): string | undefined {
  return readText(metadata, 'finish_reason');
}

/** A chat completion; other models write their output and usage into the same fields. */
function toGeneration(data: unknown): StepFacts & { readonly name: string } {
  const outputs = readEntries(readField(data, 'output'), 100);
  const [first] = outputs;
  const completion = outputs.length === 1 ? first : undefined;
  const [choice] = readEntries(readField(completion, 'choices'), 1);
  const finishReason = readText(choice, 'finish_reason') ?? readText(completion, 'finishReason');
  const output = choice === undefined ? readField(data, 'output') : readField(choice, 'message');
  const usage = toUsage(readField(data, 'usage')) ?? toUsage(readField(completion, 'usage'));
  return {
    kind: 'generation',
    name: 'generation',
    ...payload('input', readField(data, 'input')),
    ...payload('output', output),
    ...model(readText(completion, 'model') ?? readText(data, 'model')),
    ...modelParameters(readField(data, 'model_config'), [
      'temperature',
      'top_p',
      'frequency_penalty',
      'presence_penalty',
      'reasoning_effort',
      'verbosity',
      'max_tokens',
    ]),
    ...(usage !== undefined && { usage }),
    ...metadata({ finish_reason: finishReason }),
  };
}

/** A call of OpenAI's Responses API. */
function toResponse(data: unknown): StepFacts & { readonly name: string } {
  const response = readField(data, '_response');
  const usage = toUsage(readField(response, 'usage'));
  const finishReason =
    readText(readField(response, 'incomplete_details'), 'reason') ?? readText(response, 'status');
  return {
    kind: 'generation',
    name: 'generation',
    ...payload('input', readField(data, '_input')),
    ...payload('output', readField(response, 'output')),
    ...model(readText(response, 'model')),
    ...modelParameters(response, ['temperature', 'top_p', 'max_output_tokens', 'tool_choice']),
    ...(usage !== undefined && { usage }),
    ...metadata({
      finish_reason: finishReason,
      response_id: readText(data, 'response_id') ?? readText(response, 'id'),
    }),
  };
}

function toHandoff(data: unknown): StepFacts & { readonly name: string } {
  const from = readText(data, 'from_agent');
  const to = readText(data, 'to_agent');
  return {
    kind: 'span',
    name: to === undefined ? 'handoff' : `handoff to ${to}`,
    input: { from },
    ...(to !== undefined && { output: { to } }),
  };
}

function toGuardrail(
  data: unknown,
  name: string | undefined,
): StepFacts & { readonly name: string } {
  const triggered = readField(data, 'triggered') === true;
  return {
    kind: 'guardrail',
    name: name ?? 'guardrail',
    output: { triggered },
    ...(triggered && { level: 'WARNING', statusMessage: 'the tripwire was triggered' }),
  };
}

/** Sound is not recorded, words are. */
function toSpeech(
  data: unknown,
  type: 'transcription' | 'speech',
): StepFacts & { readonly name: string } {
  const words =
    type === 'transcription'
      ? payload('output', readField(data, 'output'))
      : payload('input', readField(data, 'input'));
  return { kind: 'generation', name: type, ...words, ...model(readText(data, 'model')) };
}

function agentMetadata(data: unknown): Readonly<Record<string, unknown>> {
  return {
    tools: names(readField(data, 'tools')),
    handoffs: names(readField(data, 'handoffs')),
    output_type: readText(data, 'output_type'),
  };
}

function mcpMetadata(data: unknown): Readonly<Record<string, unknown>> {
  return { server: readText(data, 'server'), tools: names(readField(data, 'result')) };
}

function names(value: unknown): readonly unknown[] | undefined {
  const entries = readEntries(value, 100);
  return entries.length === 0 ? undefined : entries;
}

/** `none` says that a field is not there; an empty list, an empty text and null are values. */
function payload(key: 'input' | 'output', value: unknown): Pick<StepFacts, 'input' | 'output'> {
  return value === undefined ? {} : { [key]: value };
}

function model(name: string | undefined): Pick<StepFacts, 'model'> {
  return name === undefined ? {} : { model: name };
}

/** The named settings that are plain values. */
function modelParameters(
  settings: unknown,
  keys: readonly string[],
): Pick<StepFacts, 'modelParameters'> {
  const found = keys
    .map((key) => [key, readField(settings, key)] as const)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return found.length === 0 ? {} : { modelParameters: Object.fromEntries(found) };
}

function metadata(facts: Readonly<Record<string, unknown>>): Pick<StepFacts, 'metadata'> {
  const told = Object.entries(facts).filter(([, value]) => value !== undefined);
  return told.length === 0 ? {} : { metadata: Object.fromEntries(told) };
}
