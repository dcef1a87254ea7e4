import type { ReadableByteStreamController, ReadableStreamBYOBRequest } from 'node:stream/web';
import { createSourceReader, type SourceReader, type SourceWatcher } from './source-reader.ts';
import type { StreamLease } from './stream-lease.ts';
import { observeCall } from '../traced-call.ts';

/** What becomes of the source when nobody can read the stream any more. */
export type Unreachable = 'leave' | 'cancel';

/**
 * A stream of the same kind (default or byte) that gives what the source gives. It takes a chunk from the source when
 * its reader asks for one and never before; chunks of a default stream, errors and reasons are the same objects.
 */
export function traceReadableStream<T extends ReadableStream>(
  source: T,
  lease: StreamLease,
  unreachable: Unreachable = 'leave',
): T {
  const isBytes = isByteStream(source);
  const reader = createSourceReader(source);
  if (unreachable === 'cancel') lease.onCollected(cancelling(reader));
  return keepClass(source, isBytes ? byteStream(reader, lease) : chunkStream(reader, lease));
}

/** `copy` with the class and the own fields of `source`, where it has not got them. */
export function keepClass<T extends object>(source: T, copy: object): T {
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype !== Object.getPrototypeOf(copy)) Object.setPrototypeOf(copy, Object(prototype));
  for (const key of Reflect.ownKeys(source)) {
    const descriptor = Object.getOwnPropertyDescriptor(source, key);
    if (descriptor !== undefined && !Object.hasOwn(copy, key))
      Object.defineProperty(copy, key, descriptor);
  }
  return copy as T;
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

// Made apart: a closure beside the lease could hold it.
function cancelling(reader: SourceReader): () => void {
  return () => void reader.cancel(undefined).catch(() => undefined);
}

interface Bridge extends SourceWatcher {
  start(controller: ReadableStreamDefaultController): void;
  pull(): Promise<void>;
  cancel(reason: unknown): Promise<void>;
}

interface ByteBridge extends SourceWatcher {
  readonly type: 'bytes';
  start(controller: ReadableByteStreamController): void;
  pull(controller: ReadableByteStreamController): Promise<void>;
  cancel(reason: unknown): Promise<void>;
}

/** How the stream that a bridge feeds comes to its end. */
interface Outlet {
  close(): void;
  error(error: unknown): void;
}

type Read<Chunk> = () => Promise<{ readonly done: boolean; readonly value?: Chunk | undefined }>;

interface Delivery<Chunk> {
  /** Puts a chunk into the stream. */
  readonly deliver: (chunk: Chunk) => void;
  /** Ends the stream, where that takes what came with the end. */
  readonly close?: (last: Chunk | undefined) => void;
}

interface Flow extends SourceWatcher {
  /** Passes on what one read gives. */
  pass<Chunk>(read: Read<Chunk>, delivery: Delivery<Chunk>): Promise<void>;
  cancel(reason: unknown): Promise<void>;
}

function chunkStream(reader: SourceReader, lease: StreamLease): ReadableStream {
  const bridge = chunkBridge(reader, lease);
  reader.watch(new WeakRef(bridge));
  return new ReadableStream(bridge, { highWaterMark: 0 });
}

function byteStream(reader: SourceReader, lease: StreamLease): ReadableStream {
  const bridge = byteBridge(reader, lease);
  reader.watch(new WeakRef(bridge));
  return new ReadableStream(bridge, { highWaterMark: 0 });
}

function chunkBridge(reader: SourceReader, lease: StreamLease): Bridge {
  let controller: ReadableStreamDefaultController | undefined;
  const flow = createFlow({ reader, lease, outlet: () => controller });
  return {
    ...flow,
    start(started) {
      controller = started;
    },
    pull: () => flow.pass(() => reader.read(), { deliver: (chunk) => controller?.enqueue(chunk) }),
  };
}

function byteBridge(reader: SourceReader, lease: StreamLease): ByteBridge {
  let controller: ReadableByteStreamController | undefined;
  const outlet: Outlet = {
    close() {
      controller?.close();
      // A reader that waits with a buffer of its own gets it back only this way.
      controller?.byobRequest?.respond(0);
    },
    error: (error) => controller?.error(error),
  };
  const flow = createFlow({ reader, lease, outlet: () => outlet });
  return {
    ...flow,
    type: 'bytes',
    start(started) {
      controller = started;
    },
    pull({ byobRequest }) {
      if (byobRequest?.view) return passInto(byobRequest, byobRequest.view);
      return flow.pass(() => reader.read(), {
        deliver: (chunk) => controller?.enqueue(chunk as Uint8Array<ArrayBuffer>),
      });
    },
  };

  /** The source writes into the very buffer that the reader has given. */
  function passInto(request: ReadableStreamBYOBRequest, view: ArrayBufferView): Promise<void> {
    const { buffer, byteOffset, byteLength } = view;
    const target = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    return flow.pass(() => reader.readInto(target), {
      deliver: (chunk) => request.respondWithNewView(chunk),
      close(last) {
        controller?.close();
        if (last !== undefined) request.respondWithNewView(last);
      },
    });
  }
}

function createFlow({
  reader,
  lease,
  outlet,
}: {
  readonly reader: SourceReader;
  readonly lease: StreamLease;
  readonly outlet: () => Outlet | undefined;
}): Flow {
  let isReading = false;
  let isSourceClosed = false;
  let isOver = false;

  function finish(close: () => void): void {
    if (isOver) return;
    isOver = true;
    lease.session.finish();
    close();
  }

  function fail(error: unknown): void {
    if (isOver) return;
    isOver = true;
    lease.session.fail(error);
    outlet()?.error(error);
  }

  return {
    sourceFailed: fail,
    sourceClosed() {
      // A read on its way brings the last chunk, or the news that there is none.
      if (isReading) isSourceClosed = true;
      else finish(() => outlet()?.close());
    },
    async pass<Chunk>(read: Read<Chunk>, { deliver, close }: Delivery<Chunk>): Promise<void> {
      isReading = true;
      try {
        const { done, value } = await lease.session.within(read);
        isReading = false;
        if (isOver) return;
        if (done) {
          finish(() => (close === undefined ? outlet()?.close() : close(value)));
          return;
        }
        lease.session.chunk(value);
        // A default stream may hold undefined as a chunk, and then that is its type.
        deliver(value as Chunk);
        if (isSourceClosed) finish(() => outlet()?.close());
      } catch (error) {
        isReading = false;
        fail(error);
      }
    },
    cancel(reason) {
      isOver = true;
      return observeCall(() => lease.session.within(() => reader.cancel(reason)), {
        onValue: () => lease.session.leave({ how: 'cancelled', reason }),
        onError: (error) => lease.session.fail(error),
      });
    },
  };
}
