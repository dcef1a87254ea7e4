import { claimSlots, onUnreachable } from './call-slot.ts';
import { joinedReaders, type ReaderKind, type ResultReaders } from './stream-readers.ts';

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

/**
 * The same result, whose readers are followed: a stream that is broken off, or whose client goes away, leaves a run that
 * ended as `stream_abandoned` with the text that was read. The same streams, promises and methods, with the same chunks.
 *
 * Call it right where the stream is made: `observeStream(streamText(…))`, `observeStream(await agent.stream(…))`. What
 * was made elsewhere, or together with another stream, comes back as it is; so does anything that is no such result.
 */
export function observeStream<T extends object>(result: T): T {
  const slots = isStreamResult(result) ? claimSlots() : [];
  if (slots.length === 0) return result;
  const readers = joinedReaders(
    slots.map((slot) => {
      slot.readers = slot.observe(slot);
      return slot.readers;
    }),
  );
  const given = observed(result, readers, 'branch');
  // What a model still sends may hold the result itself for as long as its connection is open, but not what we give.
  onUnreachable(given, releaseOf(readers));
  return given;
}

// Made apart: a closure beside what is given could hold it.
function releaseOf(readers: ResultReaders): () => void {
  return () => readers.release();
}

function isStreamResult(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'textStream' in result;
}

function observed<T extends object>(result: T, readers: ResultReaders, kind: ReaderKind): T {
  const promises = new WeakMap<object, unknown>();
  const proxy: T = new Proxy(result, {
    get(target, key) {
      if (streamKeys.has(key)) return readers.follow(projection(target, key), kind);
      const value: unknown = Reflect.get(target, key, target);
      if (value instanceof Promise) return promised(key, value);
      return isMethod(value) && key !== 'constructor' ? method(key, value) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });

  function projection(target: T, key: PropertyKey): unknown {
    // Texts do not tell of an error in the stream that they are made of.
    return key === 'textStream'
      ? from('content', (source) => Reflect.get(target, key, source))
      : Reflect.get(target, key, target);
  }

  /**
   * What the result makes of its stream, made on what follows that stream: there are the parts, and not what becomes of
   * them. A class with private fields of its own does not work on a proxy; any other error comes a second time.
   */
  function from(inner: ReaderKind, make: (source: T) => unknown): unknown {
    try {
      return make(observed(result, readers, inner));
    } catch {
      return make(result);
    }
  }

  function promised(key: PropertyKey, promise: Promise<unknown>): unknown {
    // Of a text result each promise reads the stream to its end; of an object result none does.
    if ('consumeStream' in result) readers.consume();
    if (!checkedKeys.has(key)) return promise;
    const known = promises.get(promise);
    if (known !== undefined) return known;
    // A promise beside the original would hide that nobody handles its rejection.
    const checked = promise.then(undefined, (error: unknown) => {
      readers.fail(error);
      throw error;
    });
    promises.set(promise, checked);
    return checked;
  }

  function method(key: PropertyKey, value: Method): Method {
    const inner = responseMethods.get(key);
    return (...args) => {
      if (inner !== undefined) {
        const response = from(inner, (source) => Reflect.apply(value, source, args));
        return inner === 'content' ? readers.follow(response, 'response') : response;
      }
      if (key === 'consumeStream') readers.consume();
      const returned: unknown = Reflect.apply(value, result, args);
      return key === 'toUIMessageStream' ? readers.follow(returned, kind) : returned;
    };
  }

  return proxy;
}

function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}
