import * as types from 'node:util/types';
import { isThenable } from '../mapped-promise.ts';

/** What a function that streams may give back. */
export type StreamResult =
  | { readonly kind: 'readable'; readonly stream: ReadableStream }
  | { readonly kind: 'response'; readonly response: Response }
  | { readonly kind: 'iterable'; readonly iterable: object }
  | { readonly kind: 'promise'; readonly promise: object & PromiseLike<unknown> }
  | { readonly kind: 'value' };

const value: StreamResult = { kind: 'value' };

/** Data that can be iterated as well, by `Symbol.toStringTag`. */
const dataTags: ReadonlySet<unknown> = new Set(['FormData', 'Headers', 'URLSearchParams']);

/** Looks at a result without touching what it streams; reads no chunk and awaits nothing. */
export function toStreamResult(result: unknown): StreamResult {
  if ((typeof result !== 'object' && typeof result !== 'function') || result === null) return value;
  const tag = member(result, Symbol.toStringTag);
  // Only behind the tag: touching the global `Response` loads all of fetch.
  if (tag === 'ReadableStream' && result instanceof ReadableStream) {
    return result.locked ? value : { kind: 'readable', stream: result };
  }
  if (tag === 'Response' && result instanceof Response) {
    return hasOpenBody(result) ? { kind: 'response', response: result } : value;
  }
  if (isIterable(result)) return { kind: 'iterable', iterable: result };
  return isThenable(result) ? { kind: 'promise', promise: result } : value;
}

function hasOpenBody(response: Response): boolean {
  return response.body !== null && !response.bodyUsed && !response.body.locked;
}

function isIterable(object: object): boolean {
  if (isData(object) || isNodeStream(object)) return false;
  return [Symbol.asyncIterator, Symbol.iterator].some(
    (key) => typeof member(object, key) === 'function',
  );
}

function isData(object: object): boolean {
  return (
    Array.isArray(object) ||
    ArrayBuffer.isView(object) ||
    types.isMap(object) ||
    types.isSet(object) ||
    types.isStringObject(object) ||
    types.isArgumentsObject(object) ||
    dataTags.has(member(object, Symbol.toStringTag))
  );
}

// Their chunks also leave by events and `pipe`, which cannot be followed without changing how they flow.
function isNodeStream(object: object): boolean {
  return typeof member(object, 'pipe') === 'function' && typeof member(object, 'on') === 'function';
}

function member(object: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(object, key);
  } catch {
    return undefined;
  }
}
