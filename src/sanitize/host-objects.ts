import * as types from 'node:util/types';
import { formatCount } from './format-count.ts';

/** What can be read of an object without using it up, waiting for it or running more than its getters. */
export type HostObject =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'primitive'; readonly value: unknown }
  | {
      readonly kind: 'items';
      readonly items: Iterable<unknown>;
      readonly total: number;
    }
  | {
      readonly kind: 'entries';
      readonly entries: Iterable<readonly [unknown, unknown]>;
      readonly total: number | undefined;
    }
  | { readonly kind: 'error' }
  | { readonly kind: 'fields' };

const fields: HostObject = { kind: 'fields' };

/** Objects that do something, by `Symbol.toStringTag`: touching the global `Response` would load all of fetch. */
const opaqueTags: ReadonlySet<string> = new Set([
  'AbortController',
  'AbortSignal',
  'Blob',
  'BroadcastChannel',
  'CryptoKey',
  'EventTarget',
  'File',
  'FinalizationRegistry',
  'MessageChannel',
  'MessagePort',
  'Promise',
  'ReadableStream',
  'Request',
  'Response',
  'TransformStream',
  'WeakMap',
  'WeakRef',
  'WeakSet',
  'WebSocket',
  'WritableStream',
]);
/** Generators, and what iterates built-in collections. */
const activeTag = /^(?:Async)?Generator$|^Iterator(?: Helper)?$| Iterator$/;
const entryTags: ReadonlySet<string> = new Set(['FormData', 'Headers', 'URLSearchParams']);
/** Streams and observables, web streams, lazy queries. */
const opaqueMethods = ['pipe', 'getReader', 'then'] as const;

function readField(object: unknown, key: PropertyKey): unknown {
  try {
    return typeof object === 'object' || typeof object === 'function'
      ? Reflect.get(object ?? {}, key)
      : undefined;
  } catch {
    return undefined;
  }
}

function toText(text: string): HostObject {
  return { kind: 'text', text };
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function className(object: object): string {
  const name = readField(readField(Object.getPrototypeOf(object), 'constructor'), 'name');
  return typeof name === 'string' && name !== '' ? name : 'object';
}

function bytesText(object: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): HostObject {
  const name = Buffer.isBuffer(object)
    ? 'Buffer'
    : Object.prototype.toString.call(object).slice(8, -1);
  return toText(`[${name} ${formatCount(object.byteLength)} bytes]`);
}

function dateText(date: Date): HostObject {
  const time = Date.prototype.getTime.call(date);
  return toText(Number.isNaN(time) ? '[invalid date]' : Date.prototype.toISOString.call(date));
}

function unbox(object: object): unknown {
  if (types.isNumberObject(object)) return Number.prototype.valueOf.call(object);
  if (types.isStringObject(object)) return String.prototype.valueOf.call(object);
  if (types.isBooleanObject(object)) return Boolean.prototype.valueOf.call(object);
  if (types.isBigIntObject(object)) return BigInt.prototype.valueOf.call(object);
  return Symbol.prototype.valueOf.call(object);
}

/** Dates, bytes, collections and boxes, whatever their realm; undefined for anything else. */
export function readBuiltIn(object: object): HostObject | undefined {
  if (types.isDate(object)) return dateText(object);
  if (ArrayBuffer.isView(object) || types.isAnyArrayBuffer(object)) return bytesText(object);
  if (types.isMap(object)) {
    return { kind: 'entries', entries: Map.prototype.entries.call(object), total: object.size };
  }
  if (types.isSet(object)) {
    return { kind: 'items', items: Set.prototype.values.call(object), total: object.size };
  }
  if (types.isRegExp(object)) return toText(RegExp.prototype.toString.call(object));
  if (types.isBoxedPrimitive(object)) return { kind: 'primitive', value: unbox(object) };
  return undefined;
}

function readTagged(object: object): HostObject | undefined {
  const tag = readField(object, Symbol.toStringTag);
  if (typeof tag !== 'string') return undefined;
  if (opaqueTags.has(tag) || activeTag.test(tag)) return toText(`[${tag}]`);
  if (tag === 'URL') {
    const href = readField(object, 'href');
    return typeof href === 'string' ? toText(href) : undefined;
  }
  if (!entryTags.has(tag)) return undefined;
  const entries = readField(object, 'entries');
  if (typeof entries !== 'function') return undefined;
  return { kind: 'entries', entries: Reflect.apply(entries, object, []), total: undefined };
}

function hasMethods(object: object, names: readonly PropertyKey[]): boolean {
  return names.every((name) => isFunction(readField(object, name)));
}

function isOpaque(object: object): boolean {
  return (
    types.isPromise(object) ||
    opaqueMethods.some((method) => hasMethods(object, [method])) ||
    hasMethods(object, ['on', 'emit']) ||
    hasMethods(object, ['next', Symbol.iterator]) ||
    hasMethods(object, ['next', Symbol.asyncIterator])
  );
}

/** True for plain data: an object literal, or one without prototype. */
export function isPlainObject(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null || isForeignRoot(prototype);
}

// Another realm (vm, a test runner) has an `Object.prototype` of its own.
function isForeignRoot(prototype: unknown): boolean {
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'hasOwnProperty')
  );
}

/** Any other object of a class. May throw when the object is hostile. */
export function readClassObject(object: object): HostObject {
  const tagged = readTagged(object);
  if (tagged !== undefined) return tagged;
  if (types.isNativeError(object) || object instanceof Error) return { kind: 'error' };
  return isOpaque(object) ? toText(`[${className(object)}]`) : fields;
}

/** The keys to read of an error; most of them do not enumerate. */
export function errorKeys(error: object): readonly string[] {
  const named = ['name', 'message'];
  const hidden = ['cause', 'errors', 'stack'].filter((key) => key in error);
  const listed = new Set([...named, ...hidden]);
  return [...named, ...Object.keys(error).filter((key) => !listed.has(key)), ...hidden];
}
