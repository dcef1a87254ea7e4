import { asList, isRecord, toStoredText } from './json-value.ts';
import { toAttributes } from './otlp-attributes.ts';
import type { Attributes } from './otlp-attributes.ts';

/** Input and output as found; undefined or null where there is none. */
export interface FoundIo {
  readonly input: unknown;
  readonly output: unknown;
}

/** What of a span can hold input and output. */
export interface IoSource {
  readonly attributes: Attributes;
  readonly events: unknown;
  readonly scopeName: string;
}

/**
 * Input and output of a span: Langfuse's own attributes, then those of other conventions. One of Langfuse's two is
 * enough to end the search for both.
 */
export function findIo({ attributes, events, scopeName }: IoSource): FoundIo {
  const own = pair(attributes, ['langfuse.observation.input', 'langfuse.observation.output']);
  if (own.input !== undefined || own.output !== undefined) return own;
  if (scopeName === 'ai') return aiSdkIo(attributes);
  return (
    eventIo(events) ??
    firstPair(attributes) ??
    messageTree(attributes, ['gen_ai.prompt', 'gen_ai.completion']) ??
    messageTree(attributes, ['llm.input_messages', 'llm.output_messages']) ??
    genAiIo(attributes) ?? { input: undefined, output: undefined }
  );
}

/** The attributes that are kept in the metadata of spans from other libraries: all but inputs, outputs and metadata. */
export function leftoverAttributes(attributes: Attributes): Readonly<Record<string, string>> {
  const kept = Object.entries(attributes).filter(
    ([key]) => !ioKeys.has(key) && !ioPrefixes.some((prefix) => key.startsWith(prefix)),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

type KeyPair = readonly [input: string, output: string];

// Each convention's two attributes, in the order of the search.
const pairs: readonly KeyPair[] = [
  ['gcp.vertex.agent.llm_request', 'gcp.vertex.agent.llm_response'],
  ['gcp.vertex.agent.tool_call_args', 'gcp.vertex.agent.tool_response'],
  ['prompt', 'all_messages_events'],
  ['lk.input_text', 'lk.response.text'],
  ['mlflow.spanInputs', 'mlflow.spanOutputs'],
  ['traceloop.entity.input', 'traceloop.entity.output'],
  ['input.value', 'output.value'],
  ['input', 'output'],
  ['tool_arguments', 'tool_response'],
];

const genAiPairs: readonly KeyPair[] = [
  ['gen_ai.input.messages', 'gen_ai.output.messages'],
  ['gen_ai.tool.call.arguments', 'gen_ai.tool.call.result'],
];

const aiSdkInputs = ['ai.prompt.messages', 'ai.prompt', 'ai.toolCall.args'];
const aiSdkOutputs = [
  'ai.result.text',
  'ai.toolCall.result',
  'ai.response.object',
  'ai.result.object',
  'ai.response.toolCalls',
  'ai.result.toolCalls',
];

const ioKeys: ReadonlySet<string> = new Set([
  'langfuse.trace.input',
  'langfuse.trace.output',
  'langfuse.observation.input',
  'langfuse.observation.output',
  ...aiSdkInputs,
  ...aiSdkOutputs,
  'ai.response.text',
  ...pairs.flat().filter((key) => !key.startsWith('tool_')),
  'events',
  'gen_ai.system_instructions',
  ...genAiPairs.flat(),
]);

const ioPrefixes = [
  'gen_ai.prompt',
  'gen_ai.completion',
  'llm.input_messages',
  'llm.output_messages',
  'langfuse.trace.metadata',
  'langfuse.observation.metadata',
  'ai.telemetry.metadata',
];

function pair(attributes: Attributes, [input, output]: KeyPair): FoundIo {
  return { input: attributes[input], output: attributes[output] };
}

function firstPair(attributes: Attributes): FoundIo | undefined {
  return pairs.map((keys) => pair(attributes, keys)).find(({ input, output }) => input || output);
}

function genAiIo(attributes: Attributes): FoundIo | undefined {
  const found = genAiPairs
    .map((keys) => pair(attributes, keys))
    .find(({ input, output }) => input || output);
  const instructions = attributes['gen_ai.system_instructions'];
  if (found === undefined || !found.input || !instructions) return found;
  return { ...found, input: withInstructions(found.input, instructions) };
}

function withInstructions(input: unknown, instructions: unknown): unknown {
  const messages = parsed(input);
  if (
    !Array.isArray(messages) ||
    messages.some((item) => isRecord(item) && item['role'] === 'system')
  ) {
    return input;
  }
  const parts = parsed(instructions);
  const content = asList(Array.isArray(parts) ? parts : [parts ?? instructions])
    .map((part) => toStoredText(isRecord(part) && part['content'] ? part['content'] : part))
    .join('\n');
  const merged = [{ role: 'system', content }, ...messages];
  return typeof input === 'string' ? JSON.stringify(merged) : merged;
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

function aiSdkIo(attributes: Attributes): FoundIo {
  const text = attributes['ai.response.text'];
  const calls = attributes['ai.response.toolCalls'];
  const spoken =
    text !== undefined && calls !== undefined
      ? JSON.stringify({ role: 'assistant', content: text, tool_calls: calls })
      : text || undefined;
  const genAi = genAiIo(attributes);
  return {
    input:
      aiSdkInputs.map((key) => attributes[key]).find((value) => value !== undefined) ??
      genAi?.input,
    output:
      spoken ??
      aiSdkOutputs.map((key) => attributes[key]).find((value) => value !== undefined) ??
      genAi?.output,
  };
}

const inputEvent = /^gen_ai\.(system|user|assistant|tool)\.message$/;

// Exceptions and custom events are never read.
function eventIo(events: unknown): FoundIo | undefined {
  const list = asList(events).filter(isRecord);
  const inputs = list.flatMap((event) => {
    const role = inputEvent.exec(toStoredText(event['name']))?.[1];
    return role === undefined ? [] : [{ role, ...toAttributes(event['attributes']) }];
  });
  const outputs = list
    .filter((event) => event['name'] === 'gen_ai.choice')
    .map((event) => toAttributes(event['attributes']));
  if (inputs.length === 0 && outputs.length === 0) return undefined;
  return {
    input: inputs.length > 0 ? inputs : null,
    output: outputs.length > 1 ? outputs : outputs[0],
  };
}

// "gen_ai.prompt.0.content" and its like: one attribute for every leaf of a list of messages.
function messageTree(attributes: Attributes, keys: KeyPair): FoundIo | undefined {
  const [input, output] = keys.map((prefix) =>
    Object.entries(attributes).filter(([key]) => key.startsWith(prefix)),
  );
  if (!input?.length && !output?.length) return undefined;
  return {
    input: treeOf(input ?? [], keys[0]),
    output: treeOf(output ?? [], keys[1]),
  };
}

function treeOf(entries: readonly (readonly [string, unknown])[], prefix: string): unknown {
  const whole = entries.find(([key, value]) => key === prefix && value);
  if (whole !== undefined) return whole[1];
  const root = new Map<string, unknown>();
  for (const [key, value] of entries)
    plant(root, { path: key.slice(prefix.length + 1).split('.'), value });
  return toPlain(root);
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

function plant(tree: Map<string, unknown>, { path: [key = '', ...rest], value }: Leaf): void {
  if (rest.length === 0) {
    tree.set(key, value);
    return;
  }
  const known = tree.get(key);
  const branch =
    known instanceof Map ? (known as Map<string, unknown>) : new Map<string, unknown>();
  tree.set(key, branch);
  plant(branch, { path: rest, value });
}

function toPlain(value: unknown): unknown {
  if (!(value instanceof Map)) return value;
  const entries = [...(value as Map<string, unknown>)].map(
    ([key, item]) => [key, toPlain(item)] as const,
  );
  const isArray = entries.length > 0 && entries.every(([key]) => /^\d{1,4}$/.test(key));
  if (!isArray) return Object.fromEntries(entries);
  return entries.toSorted(([one], [other]) => Number(one) - Number(other)).map(([, item]) => item);
}
