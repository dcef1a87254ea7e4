import { readEntries, readField, readText } from '../../src/index.ts';

/** Deeper values and longer lists are left to the sanitizer, which bounds them and says so. */
const limits = { depth: 8, entries: 1_000 } as const;

const roles: ReadonlyMap<unknown, string> = new Map([
  ['human', 'user'],
  ['ai', 'assistant'],
  ['remove', 'removed'],
]);

/**
 * What LangChain passes around as a person would write it down: messages as role and content, prompts as their messages,
 * documents as text and metadata, commands by what they say. Anything else is as it is. Copies, and never throws.
 */
export function toPlain(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > limits.depth) return value;
  try {
    if (Array.isArray(value)) return toPlainList(value, depth);
    return toKnown(value, depth) ?? toPlainObject(value, depth);
  } catch {
    return value;
  }
}

/** The messages of a state or of a single answer, not converted; none when there are none. */
export function messagesOf(value: unknown): readonly unknown[] {
  if (isMessage(value)) return [value];
  if (Array.isArray(value)) return readEntries(value, limits.entries).filter(isMessage);
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
      : readEntries(content, limits.entries)
          .map((block) => readText(block, 'text') ?? '')
          .join('');
  return text.trim() === '' ? undefined : text;
}

function isMessage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && messageType(value) !== undefined;
}

function lastEntries(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? readEntries(value.slice(-limits.entries), limits.entries) : [];
}

function toPlainList(list: readonly unknown[], depth: number): unknown {
  return list.length > limits.entries ? list : list.map((entry) => toPlain(entry, depth + 1));
}

function toKnown(value: object, depth: number): unknown {
  const type = messageType(value);
  if (type !== undefined) return toMessage(value, type, depth);
  switch (readField(value, 'lg_name')) {
    case 'Command':
      return pick(value, ['update', 'goto', 'graph', 'resume'], depth);
    case 'Send':
      return { send: readField(value, 'node'), ...pick(value, ['args'], depth) };
    default:
  }
  if (typeof readField(value, 'toChatMessages') === 'function') {
    return toPlain(readField(value, 'messages') ?? readField(value, 'value'), depth);
  }
  if (typeof readField(value, 'pageContent') === 'string') {
    return pick(value, ['id', 'pageContent', 'metadata'], depth);
  }
  // Models and tools hold keys and clients; their name says what they are.
  if (Array.isArray(readField(value, 'lc_namespace'))) {
    return `[${readText(readField(value, 'constructor'), 'name') ?? 'LangChain object'}]`;
  }
  return undefined;
}

function toMessage(message: object, type: string, depth: number): unknown {
  const role = type === 'generic' ? readText(message, 'role') : (roles.get(type) ?? type);
  const reasoning = readField(readField(message, 'additional_kwargs'), 'reasoning_content');
  return {
    role,
    content: toContent(readField(message, 'content'), depth),
    ...pick(message, ['name', 'tool_call_id'], depth),
    ...(readField(message, 'status') === 'error' && { status: 'error' }),
    ...(typeof reasoning === 'string' && reasoning !== '' && { reasoning }),
    ...calls(message, 'tool_calls', depth),
    ...calls(message, 'invalid_tool_calls', depth),
  };
}

/** One block of plain text is that text. */
function toContent(content: unknown, depth: number): unknown {
  const blocks = readEntries(content, 2);
  const [only] = blocks;
  const text = readField(only, 'text');
  const isText = blocks.length === 1 && readField(only, 'type') === 'text';
  return isText && typeof text === 'string' ? text : toPlain(content, depth + 1);
}

function calls(message: object, key: string, depth: number): Readonly<Record<string, unknown>> {
  const entries = readEntries(readField(message, key), limits.entries);
  if (entries.length === 0) return {};
  return { [key]: entries.map((call) => pick(call, ['id', 'name', 'args', 'error'], depth + 1)) };
}

/** The fields that say something. */
function pick(
  value: unknown,
  keys: readonly string[],
  depth: number,
): Readonly<Record<string, unknown>> {
  const picked: Record<string, unknown> = {};
  for (const key of keys) {
    const field = readField(value, key);
    if (field === undefined || field === null || (Array.isArray(field) && field.length === 0))
      continue;
    picked[key] = toPlain(field, depth + 1);
  }
  return picked;
}

function toPlainObject(value: object, depth: number): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(
    Object.keys(value)
      .filter((key) => !key.startsWith('__pregel'))
      .map((key) => [key, toPlain(readField(value, key), depth + 1)]),
  );
}
