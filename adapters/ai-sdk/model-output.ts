import { readEntries, readField, readText, toErrorFacts } from '../../src/index.ts';
import { shownOutput, withoutProviderFields } from './withheld-content.ts';

const maxParts = 10_000;

/** What the model said: its text when there is nothing else, else text, reasoning, tool calls and so on by name. */
export function toModelOutput(event: unknown): unknown {
  return shownOutput(event, () => {
    const objectText = readField(event, 'objectText');
    return typeof objectText === 'string'
      ? fromJson(objectText)
      : toOutput(partsOf(event), ['tool-call']);
  });
}

/** What a loop gives that reached its end: what its last step said, and what its tools answered. */
export function toLoopOutput(event: unknown): unknown {
  return shownOutput(event, () =>
    toOutput(partsOf(readField(event, 'finalStep') ?? event), [
      'tool-call',
      'tool-result',
      'tool-error',
    ]),
  );
}

/** The parts of a step, a model call or a whole run. */
export function partsOf(event: unknown): readonly unknown[] {
  return readEntries(readField(event, 'content'), maxParts);
}

/** The text of a step or run; empty when it has none. */
export function textOf(event: unknown): string {
  const text = readField(event, 'text');
  return typeof text === 'string' ? text : joined(partsOf(event), 'text');
}

/** What a text is the JSON of; the text when it is of nothing. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
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
    const list = lists.get(name) ?? [];
    list.push(toListed(type, part));
    lists.set(name, list);
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
      return toSource(part);
    default:
      return toToolFacts(part);
  }
}

function toSource(part: unknown): Readonly<Record<string, unknown>> {
  const { type: _type, ...source } = withoutProviderFields(part) ?? {};
  return source;
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
