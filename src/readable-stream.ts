import type { StreamLease } from './stream-lease.ts';
import { observeCall } from './traced-call.ts';

/**
 * A stream of the same kind (default or byte) that gives what the source gives. It takes a chunk from the source when
 * its reader asks for one and never before; errors and reasons are the same objects.
 */
export function traceReadableStream<T extends ReadableStream>(source: T, lease: StreamLease): T {
  const bridge = isByteStream(source) ? byteBridge(source, lease) : chunkBridge(source, lease);
  return keepClass(source, new ReadableStream(bridge, { highWaterMark: 0 }));
}

/** `copy` with the class and the own fields of `source`, where these are not the built-in ones. */
export function keepClass<T extends object>(source: T, copy: object): T {
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype !== Object.getPrototypeOf(copy)) Object.setPrototypeOf(copy, Object(prototype));
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
    // Node 20 keeps internals of its own in fields; only what a subclass has added is taken over.
    if (!Object.hasOwn(copy, key)) Object.defineProperty(copy, key, descriptor);
  }
  return copy as T;
}

/** Stops the source, for what would otherwise hold a connection that nobody can read any more. */
export function cancelWhenCollected(source: ReadableStream, lease: StreamLease): void {
  lease.onCollected(cancelling(source));
}

function isByteStream(stream: ReadableStream): boolean {
  try {
    // Only a byte stream has such readers; there is no other way to ask.
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
