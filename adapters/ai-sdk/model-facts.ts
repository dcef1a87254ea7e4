import {
  readEntries,
  readField,
  readText,
  type StepFacts,
  toCost,
  toErrorFacts,
  toUsage,
} from '../../src/index.ts';

/** Parts and messages are looked at up to this many; the sanitizer bounds what is kept. */
const most = 10_000;

const parameterKeys = [
  'temperature',
  'maxOutputTokens',
  'topP',
  'topK',
  'presencePenalty',
  'frequencyPenalty',
  'stopSequences',
  'seed',
  'reasoning',
] as const;

/** Settings of one provider, its metadata and what goes with a request: keys, routing, signatures. Never recorded. */
const providerKeys: ReadonlySet<string> = new Set([
  'providerOptions',
  'providerMetadata',
  'experimental_providerMetadata',
  'headers',
]);

/** Whether the call was told not to show its outputs. */
export function isHidden(event: unknown): boolean {
  return readField(event, 'recordOutputs') === false;
}

/** What stands for content when the call was told not to show it. */
export const hidden = {
  input: '[recordInputs is false]',
  output: '[recordOutputs is false]',
} as const;

/**
 * The messages of a call, its instructions first as a system message. A call with nothing but one text of the user
 * gives that text when it is the input of a run.
 */
export function toRunInput(event: unknown): unknown {
  const messages = toModelInput(event);
  if (!Array.isArray(messages)) return messages;
  const [only, ...others] = messages;
  const content = readField(only, 'content');
  const isText = others.length === 0 && readField(only, 'role') === 'user';
  return isText && typeof content === 'string' && content.trim() !== '' ? content : messages;
}

/** The messages that went to the model. */
function toModelInput(event: unknown): unknown {
  if (readField(event, 'recordInputs') === false) return hidden.input;
  const instructions = readField(event, 'instructions') ?? readField(event, 'system');
  const prompt = readField(event, 'prompt');
  const told = readField(event, 'messages') ?? readField(event, 'promptMessages');
  const messages =
    typeof prompt === 'string'
      ? [{ role: 'user', content: prompt }]
      : readEntries(Array.isArray(prompt) ? prompt : told, most).map(withoutProviderFields);
  return [...toSystemMessages(instructions), ...messages];
}

function toSystemMessages(instructions: unknown): readonly unknown[] {
  if (typeof instructions === 'string') return [{ role: 'system', content: instructions }];
  if (Array.isArray(instructions))
    return readEntries(instructions, most).map(withoutProviderFields);
  return typeof instructions === 'object' && instructions !== null
    ? [withoutProviderFields(instructions)]
    : [];
}

/** A message or part without what is only for its provider; parts inside it are cleaned as well. */
function withoutProviderFields(value: unknown): unknown {
  const copy = without(value, providerKeys);
  const content = readField(copy, 'content');
  if (copy === undefined || !Array.isArray(content)) return copy ?? value;
  return {
    ...copy,
    content: readEntries(content, most).map((part) => without(part, providerKeys) ?? part),
  };
}

function without(
  value: unknown,
  keys: ReadonlySet<string>,
): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  try {
    return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
  } catch {
    return {};
  }
}

/** What is known when a model is called. */
export function toModelCallStart(event: unknown): StepFacts & { readonly name: string } {
  const parameters = Object.fromEntries(
    parameterKeys
      .map((key) => [key, readField(event, key)] as const)
      .filter(([, value]) => value !== undefined),
  );
  const model = readText(event, 'modelId');
  const provider = readText(event, 'provider');
  const tools = readEntries(readField(event, 'tools'), 1_000)
    .map((tool) => readText(tool, 'name'))
    .filter((name) => name !== undefined);
  return {
    kind: 'generation',
    name: model ?? 'model',
    input: toModelInput(event),
    ...(model !== undefined && { model }),
    ...(Object.keys(parameters).length > 0 && { modelParameters: parameters }),
    metadata: {
      ...(provider !== undefined && { provider }),
      ...(tools.length > 0 && { tools }),
    },
  };
}

/** What a model call, or the step around it, tells at its end. */
export function toModelCallEnd(event: unknown): StepFacts {
  // A step names the model that was asked for in `model`, and the one that answered in its response.
  const response = readField(event, 'response');
  const model =
    readText(response, 'modelId') ??
    readText(event, 'modelId') ??
    readText(readField(event, 'model'), 'modelId');
  const usage = toUsage(readField(event, 'usage'));
  const cost = toGatewayCost(readField(event, 'providerMetadata'));
  const finishReason = readText(event, 'finishReason');
  const responseId = readText(event, 'responseId') ?? readText(response, 'id');
  return {
    output: toModelOutput(event),
    ...(model !== undefined && { model }),
    ...(usage !== undefined && { usage }),
    ...(cost !== undefined && { cost }),
    metadata: {
      ...(finishReason !== undefined && { finish_reason: finishReason }),
      ...(responseId !== undefined && { response_id: responseId }),
    },
  };
}

/** Vercel's AI Gateway tells the cost of a call as a decimal text, in US dollars. */
function toGatewayCost(providerMetadata: unknown): ReturnType<typeof toCost> {
  const cost = readField(readField(providerMetadata, 'gateway'), 'cost');
  if (typeof cost !== 'string') return toCost(cost);
  return cost.trim() === '' ? undefined : toCost(Number(cost));
}

/** What the model said: its text when there is nothing else, else text, reasoning, tool calls and so on by name. */
export function toModelOutput(event: unknown): unknown {
  if (isHidden(event)) return hidden.output;
  const objectText = readField(event, 'objectText');
  if (typeof objectText === 'string') return fromJson(objectText);
  return toOutput(partsOf(event), ['tool-call']);
}

/** What a run that reached its end gives. */
export function toRunOutput(event: unknown): unknown {
  if (isHidden(event)) return hidden.output;
  return toOutput(partsOf(readField(event, 'finalStep') ?? event), [
    'tool-call',
    'tool-result',
    'tool-error',
  ]);
}

/** The parts of a step, a model call or a whole run. */
export function partsOf(event: unknown): readonly unknown[] {
  return readEntries(readField(event, 'content'), most);
}

/** The text of a step or run; empty when it has none. */
export function textOf(event: unknown): string {
  const text = readField(event, 'text');
  if (typeof text === 'string') return text;
  return joined(partsOf(event), 'text');
}

const listNames: ReadonlyMap<unknown, string> = new Map([
  ['tool-call', 'toolCalls'],
  ['tool-result', 'toolResults'],
  ['tool-error', 'toolErrors'],
  ['file', 'files'],
  ['reasoning-file', 'files'],
  ['source', 'sources'],
]);

function toOutput(parts: readonly unknown[], toolParts: readonly string[]): unknown {
  const text = joined(parts, 'text');
  const reasoning = joined(parts, 'reasoning');
  const lists = new Map<string, unknown[]>();
  for (const part of parts) {
    const type = readText(part, 'type') ?? '';
    const name = listNames.get(type);
    if (name === undefined || (type.startsWith('tool-') && !toolParts.includes(type))) continue;
    lists.set(name, [...(lists.get(name) ?? []), toListed(type, part)]);
  }
  if (lists.size === 0 && reasoning === '') return text;
  return {
    ...(text !== '' && { text }),
    ...(reasoning !== '' && { reasoning }),
    ...Object.fromEntries(lists),
  };
}

function toListed(type: string, part: unknown): unknown {
  switch (type) {
    case 'file':
    case 'reasoning-file':
      // The bytes stay where they are.
      return { mediaType: readField(readField(part, 'file'), 'mediaType') };
    case 'source':
      return without(part, new Set([...providerKeys, 'type']));
    default:
      return toToolFacts(part);
  }
}

/** A tool call, result or error as plain facts. */
export function toToolFacts(part: unknown): Readonly<Record<string, unknown>> {
  const error = readField(part, 'error');
  return {
    ...Object.fromEntries(
      ['toolCallId', 'toolName', 'input', 'output']
        .map((key) => [key, readField(part, key)] as const)
        .filter(([, value]) => value !== undefined),
    ),
    ...(error !== undefined && { error: toShortError(error) }),
  };
}

function toShortError(error: unknown): unknown {
  if (typeof error === 'string') return error;
  const { type, message } = toErrorFacts(error);
  return { type, message };
}

function joined(parts: readonly unknown[], type: string): string {
  return parts
    .filter((part) => readField(part, 'type') === type)
    .map((part) => readText(part, 'text') ?? '')
    .join('');
}

/** What a text is the JSON of; the text when it is of nothing. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
