import { observeReaders, onUnreachable } from './abandonment.ts';
import { claimSubscriptions } from './stream-claims.ts';
import {
  followStream,
  type ReaderKind,
  releaseReaders,
  type StreamReaders,
} from './stream-readers.ts';

/** Properties that give a new stream each time. */
const streamKeys: ReadonlySet<PropertyKey> = new Set([
  'stream',
  'fullStream',
  'textStream',
  'partialOutputStream',
  'experimental_partialOutputStream',
  'partialObjectStream',
  'elementStream',
]);

/** Methods that give or write a response made of the streams above, and by what its reader is followed. */
const responseMethods: ReadonlyMap<PropertyKey, ReaderKind> = new Map<PropertyKey, ReaderKind>([
  ['toUIMessageStreamResponse', 'content'],
  ['toTextStreamResponse', 'content'],
  // Responses of node:http give nothing that could be followed; a client that goes away cancels the stream.
  ['pipeUIMessageStreamToResponse', 'response'],
  ['pipeTextStreamToResponse', 'response'],
]);

/** Promises whose rejection no event of the SDK tells. */
const checkedKeys: ReadonlySet<PropertyKey> = new Set(['output', 'object']);

type Method = (...args: unknown[]) => unknown;

/** A result of the SDK, and who is told of what is read of it. */
interface Observation<T extends object> {
  readonly result: T;
  /** Each integration that hears of the call has readers of its own. */
  readonly readers: readonly StreamReaders[];
  readonly kind: ReaderKind;
  /** What was given for promises of the result. */
  readonly checked: WeakMap<object, unknown>;
}

/**
 * The same result, whose readers are followed: a stream that is broken off, or whose client goes away, leaves a run that
 * ended as `stream_abandoned` with the text that was read. The same streams, promises and methods, with the same chunks.
 *
 * Call it right where the stream is made: `observeStream(streamText(…))`, `observeStream(await agent.stream(…))`. What
 * was made elsewhere, or together with another stream, comes back as it is; so does anything that is no such result.
 */
export function observeStream<T extends object>(result: T): T {
  const readers = isStreamResult(result) ? claimSubscriptions().map(observeReaders) : [];
  if (readers.length === 0) return result;
  const given = observed({ result, readers, kind: 'branch', checked: new WeakMap() });
  // What a model still sends may hold the result itself for as long as its connection is open, but not what we give.
  onUnreachable(given, releaseOf(readers));
  return given;
}

// Made apart: a closure beside what is given could hold it.
function releaseOf(readers: readonly StreamReaders[]): () => void {
  return () => readers.forEach(releaseReaders);
}

function isStreamResult(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'textStream' in result;
}

function observed<T extends object>(observation: Observation<T>): T {
  return new Proxy(observation.result, {
    get: (_target, key) => toObserved(observation, key),
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

/** What the result has under a key, so that who reads it is followed. */
function toObserved<T extends object>(observation: Observation<T>, key: PropertyKey): unknown {
  const { result, kind } = observation;
  if (streamKeys.has(key)) return followed(observation, toStream(observation, key), kind);
  const value: unknown = Reflect.get(result, key, result);
  if (value instanceof Promise) return toPromise(observation, key, value);
  return isMethod(value) && key !== 'constructor' ? toMethod(observation, key, value) : value;
}

function followed<T>({ readers }: Observation<object>, stream: T, kind: ReaderKind): T {
  return readers.reduce((seen, each) => followStream(each, seen, kind), stream);
}

function toStream<T extends object>(observation: Observation<T>, key: PropertyKey): unknown {
  // Texts do not tell of an error in the stream that they are made of.
  return key === 'textStream'
    ? madeOf(observation, 'content', (source) => Reflect.get(observation.result, key, source))
    : Reflect.get(observation.result, key, observation.result);
}

/**
 * What the result makes of its stream, made on what follows that stream: there are the parts, and not what becomes of
 * them. A class with private fields of its own does not work on a proxy; any other error comes a second time.
 */
function madeOf<T extends object>(
  { result, readers }: Observation<T>,
  kind: ReaderKind,
  make: (source: T) => unknown,
): unknown {
  try {
    return make(observed({ result, readers, kind, checked: new WeakMap() }));
  } catch {
    return make(result);
  }
}

function toPromise(
  { result, readers, checked }: Observation<object>,
  key: PropertyKey,
  promise: Promise<unknown>,
): unknown {
  // Of a text result each promise reads the stream to its end; of an object result none does.
  if ('consumeStream' in result) markConsumed(readers);
  if (!checkedKeys.has(key)) return promise;
  const known = checked.get(promise);
  if (known !== undefined) return known;
  // A promise beside the original would hide that nobody handles its rejection.
  const given = promise.then(undefined, (error: unknown) => {
    for (const { listener } of readers) listener.failed(error);
    throw error;
  });
  checked.set(promise, given);
  return given;
}

function toMethod<T extends object>(
  observation: Observation<T>,
  key: PropertyKey,
  method: Method,
): Method {
  const { result, readers, kind } = observation;
  const inner = responseMethods.get(key);
  return (...args) => {
    if (inner !== undefined) {
      const made = madeOf(observation, inner, (source) => Reflect.apply(method, source, args));
      return inner === 'content' ? followed(observation, made, 'response') : made;
    }
    if (key === 'consumeStream') markConsumed(readers);
    const returned: unknown = Reflect.apply(method, result, args);
    return key === 'toUIMessageStream' ? followed(observation, returned, kind) : returned;
  };
}

function markConsumed(readers: readonly StreamReaders[]): void {
  for (const each of readers) each.isConsumed = true;
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}
