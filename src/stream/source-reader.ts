import type { ReadableStreamReadResult } from 'node:stream/web';

/** Told when the source ends without being read: a stream says so through `closed`, not only through `read`. */
export interface SourceWatcher {
  sourceClosed(): void;
  sourceFailed(error: unknown): void;
}

/** Reads a stream chunk by chunk, or into a buffer of the reader's when it is a byte stream. */
export interface SourceReader {
  read(): Promise<ReadableStreamReadResult<unknown>>;
  readInto(
    view: Uint8Array<ArrayBuffer>,
  ): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>;
  cancel(reason: unknown): Promise<void>;
  /** The source does not hold the watcher: a source that is still fed would keep alive what nobody reads. */
  watch(watcher: WeakRef<SourceWatcher>): void;
}

/** Locks `source`. */
export function createSourceReader(source: ReadableStream): SourceReader {
  let watched: WeakRef<SourceWatcher> | undefined;
  let chunks: ReadableStreamDefaultReader<unknown> | undefined = source.getReader();
  let bytes: ReadableStreamBYOBReader | undefined;

  function follow(reader: ReadableStreamDefaultReader<unknown> | ReadableStreamBYOBReader): void {
    // A reader that was released for one of the other kind rejects as well, which says nothing of the source.
    const isCurrent = (): boolean => reader === (chunks ?? bytes);
    reader.closed.then(
      () => {
        if (isCurrent()) watched?.deref()?.sourceClosed();
      },
      (error: unknown) => {
        if (isCurrent()) watched?.deref()?.sourceFailed(error);
      },
    );
  }

  function chunkReader(): ReadableStreamDefaultReader<unknown> {
    if (chunks !== undefined) return chunks;
    bytes?.releaseLock();
    bytes = undefined;
    chunks = source.getReader();
    follow(chunks);
    return chunks;
  }

  function byteReader(): ReadableStreamBYOBReader {
    if (bytes !== undefined) return bytes;
    chunks?.releaseLock();
    chunks = undefined;
    bytes = source.getReader({ mode: 'byob' });
    follow(bytes);
    return bytes;
  }

  return {
    read: () => chunkReader().read(),
    readInto: (view) => byteReader().read(view),
    cancel: (reason) => (bytes ?? chunkReader()).cancel(reason),
    watch(watcher) {
      watched = watcher;
      follow(chunkReader());
    },
  };
}
