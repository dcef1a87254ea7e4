import { type Attributes, firstValue, isObject, parsed, unflattened } from './attributes.ts';
import type { SpanEvent } from './span.ts';

/**
 * The messages of a model or agent as attributes tell them: the GenAI conventions' list, or the lists that OpenLLMetry
 * and OpenInference flatten. What they hold of plain text is written as `{ role, content }`.
 */
export function toInputMessages(attributes: Attributes): unknown {
  const told = firstValue(attributes, ['gen_ai.input.messages', 'gen_ai.prompt.messages']);
  const messages = toMessages(told) ?? flattened(attributes, inputPrefixes) ?? told;
  const system = toSystem(attributes);
  return system === undefined ? messages : [system, ...listOf(messages)];
}

/** The same for what came back; a single message stands alone. */
export function toOutputMessages(attributes: Attributes): unknown {
  const told = firstValue(attributes, ['gen_ai.output.messages']);
  return alone(toMessages(told) ?? flattened(attributes, outputPrefixes)) ?? told;
}

/** The messages that are told as events: one each, or all in one event of details. */
export function toEventMessages(events: readonly SpanEvent[]): {
  readonly input?: unknown;
  readonly output?: unknown;
} {
  const input: unknown[] = [];
  const output: unknown[] = [];
  for (const { name, attributes } of events) {
    const role = messageRoles.get(name);
    if (role !== undefined) input.push(...toEventMessage(attributes, role));
    else if (name === 'gen_ai.choice') output.push(...toEventMessage(attributes, 'assistant'));
    else if (detailEvents.has(name)) {
      input.push(
        ...listOf(toInputMessages(attributes) ?? firstValue(attributes, ['gen_ai.prompt'])),
      );
      output.push(
        ...listOf(toOutputMessages(attributes) ?? firstValue(attributes, ['gen_ai.completion'])),
      );
    }
  }
  return {
    ...(input.length > 0 && { input }),
    ...(output.length > 0 && { output: alone(output) }),
  };
}

const inputPrefixes = [
  ['gen_ai.prompt', ''],
  ['llm.input_messages', 'message.'],
] as const;

const outputPrefixes = [
  ['gen_ai.completion', ''],
  ['llm.output_messages', 'message.'],
] as const;

const messageRoles: ReadonlyMap<string, string> = new Map([
  ['gen_ai.system.message', 'system'],
  ['gen_ai.user.message', 'user'],
  ['gen_ai.assistant.message', 'assistant'],
  ['gen_ai.tool.message', 'tool'],
]);

const detailEvents = new Set([
  'gen_ai.client.inference.operation.details',
  'gen_ai.content.prompt',
  'gen_ai.content.completion',
]);

function flattened(
  attributes: Attributes,
  prefixes: readonly (readonly [string, string])[],
): readonly unknown[] | undefined {
  for (const [prefix, wrapper] of prefixes) {
    const messages = unflattened(attributes, prefix, wrapper);
    if (messages.length > 0) return messages;
  }
  return undefined;
}

function toSystem(attributes: Attributes): unknown {
  const told = firstValue(attributes, ['gen_ai.system_instructions', 'system_prompt']);
  if (told === undefined) return undefined;
  return { role: 'system', content: Array.isArray(told) ? toContent(told) : told };
}

function toMessages(told: unknown): readonly unknown[] | undefined {
  return Array.isArray(told) ? told.map(toMessage) : undefined;
}

function toMessage(message: unknown): unknown {
  if (!isObject(message) || !Array.isArray(message['parts'])) return message;
  const { parts, finish_reason: _told, ...rest } = message;
  return { ...rest, content: toContent(parts) };
}

/** One plain text, or the parts as they are. */
function toContent(parts: readonly unknown[]): unknown {
  const [part] = parts;
  if (parts.length !== 1 || !isObject(part) || part['type'] !== 'text') return parts;
  return part['content'] ?? part['text'] ?? parts;
}

function toEventMessage(attributes: Attributes, role: string): readonly unknown[] {
  // ax tells of messages without what is in them.
  const content = parsed(
    attributes['content'] ?? attributes['message'] ?? attributes['gen_ai.event.content'],
  );
  return content === undefined ? [] : [{ role, content }];
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function alone(messages: readonly unknown[] | undefined): unknown {
  return messages?.length === 1 ? messages[0] : messages;
}
