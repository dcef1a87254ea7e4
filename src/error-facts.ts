import { inspect } from 'node:util';
import * as types from 'node:util/types';
import type { ErrorFacts } from './ending.ts';
import { readEntries, readField, readText } from './foreign-value.ts';

/** How much of an error is kept, whoever tells it. */
export const errorLimits = {
  typeCharacters: 200,
  messageCharacters: 8_192,
  stackCharacters: 16_384,
  causes: 5,
  parts: 10,
  /** Of a whole tree of causes and parts. */
  errors: 40,
} as const;

/** Names that say nothing when a class has one of its own. */
const builtInNames = new Set([
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'Object',
]);

/** Fields in which libraries keep the error that theirs is about, where they do not use `cause`. */
const causeFields = ['error', 'toolError', 'originalError'] as const;

/**
 * Any thrown value as plain facts: type, message (at most 8,192 characters), stack (at most 16,384), code, up to 5
 * causes deep and up to 10 parts of an aggregate. Never throws. Secrets are still in it: the sanitizer takes them out.
 */
export function toErrorFacts(error: unknown): ErrorFacts {
  return toFacts(error, { depth: 0, seen: new Set() });
}

/**
 * The names that a value can be known by: its own `name`, then its classes from the most derived upwards.
 * Bundlers shorten class names, which is why libraries set `name`; both are worth a look.
 */
export function errorNames(value: unknown): readonly string[] {
  const name = readText(value, 'name');
  return name === undefined ? classNames(value) : [name, ...classNames(value)];
}

/** The error and what caused it, outermost first, at most 6, none twice. */
export function errorChain(error: unknown): readonly unknown[] {
  const chain: unknown[] = [error];
  let cause = causeOf(error);
  while (cause !== undefined && chain.length <= errorLimits.causes && !chain.includes(cause)) {
    chain.push(cause);
    cause = causeOf(cause);
  }
  return chain;
}

/** The stable code of an error: its own, LangChain's, or the HTTP status that it carries. */
function errorCode(error: unknown): string | number | undefined {
  for (const key of ['code', 'lc_error_code', 'statusCode', 'status']) {
    const code = readField(error, key);
    if (typeof code === 'number' && Number.isFinite(code)) return code;
    if (typeof code === 'string' && code.trim() !== '')
      return clip(code, errorLimits.typeCharacters);
  }
  return undefined;
}

/** A text of at most `maximum` characters: a longer one ends in a mark that says how long it was. */
function clip(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  const mark = `… [cut, ${text.length} characters in all]`;
  // The mark takes room too; a cut between the halves of a surrogate pair would leave a broken character.
  const kept = text.slice(0, Math.max(0, maximum - mark.length));
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}${mark}`;
}

interface Walk {
  readonly depth: number;
  /** What is in the tree already, because causes may be cyclic. */
  readonly seen: Set<unknown>;
}

function toFacts(error: unknown, walk: Walk): ErrorFacts {
  walk.seen.add(error);
  const parts = toParts(error, walk);
  const cause = toCause(error, walk);
  const stack = readText(error, 'stack');
  const code = errorCode(error);
  return {
    type: clip(typeOf(error), errorLimits.typeCharacters),
    message: clip(messageOf(error, parts), errorLimits.messageCharacters),
    ...(stack !== undefined && { stack: clip(stack, errorLimits.stackCharacters) }),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause }),
    ...(parts.length > 0 && { errors: parts }),
  };
}

function toCause(error: unknown, walk: Walk): ErrorFacts | undefined {
  const cause = causeOf(error);
  if (cause === undefined || !hasRoom(cause, walk)) return undefined;
  return toFacts(cause, { ...walk, depth: walk.depth + 1 });
}

function toParts(error: unknown, walk: Walk): readonly ErrorFacts[] {
  const parts: ErrorFacts[] = [];
  for (const part of readEntries(readField(error, 'errors'), errorLimits.parts)) {
    if (hasRoom(part, walk)) parts.push(toFacts(part, { ...walk, depth: walk.depth + 1 }));
  }
  return parts;
}

function hasRoom(error: unknown, walk: Walk): boolean {
  return (
    walk.depth < errorLimits.causes && walk.seen.size < errorLimits.errors && !walk.seen.has(error)
  );
}

function causeOf(error: unknown): unknown {
  const cause = readField(error, 'cause') ?? undefined;
  if (cause !== undefined) return cause;
  return causeFields.map((key) => readField(error, key)).find(isError);
}

function isError(value: unknown): boolean {
  try {
    // An error of another realm is not an instance of this one's Error.
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

function typeOf(error: unknown): string {
  if (error === null) return 'null';
  if (typeof error !== 'object') return typeof error;
  const name = readText(error, 'name');
  if (name !== undefined && !builtInNames.has(name)) return name;
  // One or two letters are what a bundler leaves of a class name.
  const className = classNames(error).find((candidate) => candidate.length > 2);
  return className ?? name ?? (isError(error) ? 'Error' : 'object');
}

function classNames(value: unknown): readonly string[] {
  const names: string[] = [];
  try {
    let prototype: unknown = isObject(value) ? Object.getPrototypeOf(value) : null;
    for (let level = 0; isObject(prototype) && level < 10; level += 1) {
      const name = readText(readField(prototype, 'constructor'), 'name');
      if (name !== undefined && name !== 'Error' && name !== 'Object') names.push(name);
      prototype = Object.getPrototypeOf(prototype);
    }
  } catch {
    // A revoked proxy has no classes.
  }
  return names;
}

function messageOf(error: unknown, parts: readonly ErrorFacts[]): string {
  const message = readField(error, 'message');
  if (typeof message !== 'string') return isError(error) ? '' : describe(error, 0);
  // Node reports a failed connection as an aggregate without a message of its own.
  return message.trim() === '' ? parts.map((part) => part.message).join('; ') : message;
}

/** A thrown value that is no error, as a text much like JSON. */
function describe(value: unknown, depth: number): string {
  if (typeof value === 'string') {
    return depth === 0 ? value : JSON.stringify(clip(value, errorLimits.typeCharacters));
  }
  if (typeof value === 'function') return `[function ${readText(value, 'name') ?? 'anonymous'}]`;
  return typeof value === 'object' ? describeObject(value, depth) : inspect(value);
}

function describeObject(value: object | null, depth: number): string {
  if (value === null) return 'null';
  if (depth > 0 && isError(value)) return `[${typeOf(value)}: ${messageOf(value, [])}]`;
  try {
    if (Array.isArray(value)) {
      return depth > 2 ? '[…]' : `[${listed(value, (entry) => describe(entry, depth + 1))}]`;
    }
    const keys = Object.keys(value);
    const [className] = classNames(value);
    if (keys.length === 0) return className === undefined ? '{}' : `[${className}]`;
    if (depth > 2) return '{…}';
    return `{${listed(keys, (key) => `${JSON.stringify(clip(key, 100))}:${describe(readField(value, key), depth + 1)}`)}}`;
  } catch {
    return '[unreadable]';
  }
}

function listed<Entry>(entries: readonly Entry[], write: (entry: Entry) => string): string {
  const texts = entries.slice(0, errorLimits.parts).map(write);
  return (entries.length > errorLimits.parts ? [...texts, '…'] : texts).join(',');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
