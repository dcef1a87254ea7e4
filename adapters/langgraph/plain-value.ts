import { readEntries, readField, readText } from '../../src/index.ts';
import { messageType } from './messages.ts';

/** Deeper values, longer lists and further objects are left to the sanitizer, which bounds them and says so. */
const limits = { depth: 8, entries: 1_000, objects: 50_000 } as const;

/** How far a conversion has come. */
interface Walk {
  readonly depth: number;
  /** The copy of each object: what several refer to is converted once, and what refers to itself comes to an end. */
  readonly copies: Map<object, unknown>;
}

const roles: ReadonlyMap<unknown, string> = new Map([
  ['human', 'user'],
  ['ai', 'assistant'],
  ['remove', 'removed'],
]);

/**
 * What LangChain passes around as a person would write it down: messages as role and content, prompts as their messages,
 * documents as text and metadata, commands by what they say. Anything else is as it is. Copies, and never throws.
 */
export function toPlain(value: unknown): unknown {
  return copied(value, { depth: 0, copies: new Map() });
}

function copied(value: unknown, walk: Walk): unknown {
  const { depth, copies } = walk;
  if (typeof value !== 'object' || value === null || depth > limits.depth) return value;
  if (copies.has(value)) return copies.get(value);
  if (copies.size >= limits.objects) return value;
  try {
    const copy = Array.isArray(value) ? toPlainList(value, walk) : toPlainThing(value, walk);
    copies.set(value, copy);
    return copy;
  } catch {
    return value;
  }
}

function deeper({ depth, copies }: Walk): Walk {
  return { depth: depth + 1, copies };
}

function toPlainList(list: readonly unknown[], walk: Walk): unknown {
  if (list.length > limits.entries) return list;
  const copy: unknown[] = [];
  walk.copies.set(list, copy);
  for (const entry of list) copy.push(copied(entry, deeper(walk)));
  return copy;
}

function toPlainThing(value: object, walk: Walk): unknown {
  return toKnown(value, walk) ?? toPlainObject(value, walk);
}

function toKnown(value: object, walk: Walk): unknown {
  const type = messageType(value);
  if (type !== undefined) return toMessage(value, type, walk);
  switch (readField(value, 'lg_name')) {
    case 'Command':
      return pick(value, ['update', 'goto', 'graph', 'resume'], walk);
    case 'Send':
      return { send: readField(value, 'node'), ...pick(value, ['args'], walk) };
    default:
  }
  if (typeof readField(value, 'toChatMessages') === 'function') {
    return copied(readField(value, 'messages') ?? readField(value, 'value'), walk);
  }
  if (typeof readField(value, 'pageContent') === 'string') {
    return pick(value, ['id', 'pageContent', 'metadata'], walk);
  }
  // Models and tools hold keys and clients; their name says what they are.
  if (Array.isArray(readField(value, 'lc_namespace'))) {
    return `[${readText(readField(value, 'constructor'), 'name') ?? 'LangChain object'}]`;
  }
  return undefined;
}

function toMessage(message: object, type: string, walk: Walk): unknown {
  const role = type === 'generic' ? readText(message, 'role') : (roles.get(type) ?? type);
  const reasoning = readField(readField(message, 'additional_kwargs'), 'reasoning_content');
  return {
    role,
    content: toContent(readField(message, 'content'), walk),
    ...pick(message, ['name', 'tool_call_id'], walk),
    ...(readField(message, 'status') === 'error' && { status: 'error' }),
    ...(typeof reasoning === 'string' && reasoning !== '' && { reasoning }),
    ...calls(message, 'tool_calls', walk),
    ...calls(message, 'invalid_tool_calls', walk),
  };
}

/** One block of plain text is that text. */
function toContent(content: unknown, walk: Walk): unknown {
  const blocks = readEntries(content, 2);
  const [only] = blocks;
  const text = readField(only, 'text');
  const isText = blocks.length === 1 && readField(only, 'type') === 'text';
  return isText && typeof text === 'string' ? text : copied(content, deeper(walk));
}

function calls(message: object, key: string, walk: Walk): Readonly<Record<string, unknown>> {
  const entries = readEntries(readField(message, key), limits.entries);
  if (entries.length === 0) return {};
  return {
    [key]: entries.map((call) => pick(call, ['id', 'name', 'args', 'error'], deeper(walk))),
  };
}

/** The fields that say something. */
function pick(
  value: unknown,
  keys: readonly string[],
  walk: Walk,
): Readonly<Record<string, unknown>> {
  const picked: Record<string, unknown> = {};
  for (const key of keys) {
    const field = readField(value, key);
    if (field === undefined || field === null || (Array.isArray(field) && field.length === 0))
      continue;
    picked[key] = copied(field, deeper(walk));
  }
  return picked;
}

function toPlainObject(value: object, walk: Walk): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  const copy: object = {};
  walk.copies.set(value, copy);
  for (const key of Object.keys(value)) {
    if (key.startsWith('__pregel')) continue;
    // Defined and not assigned: a key may be called `__proto__`.
    Object.defineProperty(copy, key, {
      value: copied(readField(value, key), deeper(walk)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}
