import { readEntries, readField, readText } from '../../src/index.ts';

/** A state keeps all messages of its thread; the last ones say how it ended. */
const maximumEntries = 1_000;

/** The messages of a state or of a single answer, not converted; none when there are none. */
export function messagesOf(value: unknown): readonly unknown[] {
  if (isMessage(value)) return [value];
  if (Array.isArray(value)) return readEntries(value, maximumEntries).filter(isMessage);
  return lastEntries(readField(value, 'messages')).filter(isMessage);
}

/** `ai`, `human`, `tool` …, for what is a message. */
export function messageType(value: unknown): string | undefined {
  for (const method of ['getType', '_getType']) {
    const getType = readField(value, method);
    if (typeof getType !== 'function') continue;
    const type: unknown = Reflect.apply(getType, value, []);
    if (typeof type === 'string') return type;
  }
  return undefined;
}

/** The text of a message, whose content may be a list of blocks; `undefined` when there is none. */
export function messageText(message: unknown): string | undefined {
  const content = readField(message, 'content');
  const text =
    typeof content === 'string'
      ? content
      : readEntries(content, maximumEntries)
          .map((block) => readText(block, 'text') ?? '')
          .join('');
  return text.trim() === '' ? undefined : text;
}

function isMessage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && messageType(value) !== undefined;
}

function lastEntries(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? readEntries(value.slice(-maximumEntries), maximumEntries) : [];
}
