import type { Run } from '../run.ts';
import type { RunOptions } from '../run-options.ts';
import type { Snapshot } from '../sanitize.ts';
import { type Departure, toAbandonment } from './abandonment.ts';
import { createStreamOutput } from './stream-output.ts';

/** What may be said of a run that streams. */
export interface StreamOptions extends RunOptions {
  /**
   * Called with each chunk just before its reader gets it, for steps or facts of your own. It may not change the
   * chunk; what it throws is a diagnostic.
   */
  onChunk?(this: void, chunk: unknown, run: Run): void;
  /**
   * Makes the output of the chunks, which are sanitized copies, the first 1,000 or 262,144 bytes of them. Default:
   * texts are joined and other chunks are listed. Undefined leaves the output that `run.update` has told.
   */
  toOutput?(this: void, chunks: readonly unknown[]): unknown;
}

/** A run that has been started, and its async context. */
export interface OpenedRun {
  readonly run: Run;
  /** Calls `fn` with the run as the current one; any other context of the caller stays. */
  readonly within: <T>(fn: () => T) => T;
  /** False once the run has its ending, or another process owes it. */
  readonly isOpen: () => boolean;
}

/** What traced streams need from the lifecycle. */
export interface StreamPorts {
  /** Starts a run; never throws. */
  openRun(options: RunOptions): OpenedRun;
  now(): number;
  /** Says when the first chunk reached its reader, milliseconds since the epoch. */
  tellFirstChunk(runId: string, time: number): void;
  /** A sanitized copy. */
  readonly snapshot: (value: unknown) => Snapshot;
  /** Says that something failed that must not reach the host. */
  reportInternal(what: string, error: unknown): void;
  /** False when nothing is recorded; then nothing of the stream is kept either. */
  readonly isRecording: boolean;
}

/** One traced stream: what came of it so far, and its one ending. Nothing in it throws. */
export interface StreamSession {
  readonly within: OpenedRun['within'];
  /** A chunk is about to reach the reader. */
  chunk(chunk: unknown): void;
  /** The stream came to its end; `returned` is what a generator returned. */
  finish(returned?: unknown): void;
  /** There was no stream: the function gave a plain value. */
  value(value: unknown): void;
  fail(error: unknown): void;
  /** The reader does not want the rest. */
  leave(departure: Departure): void;
  /** Tells what was streamed so far, for a run that somebody else is about to end. */
  tellProgress(): void;
}

/** Starts to follow a stream; `onEnd` is called once, when the run has its ending. */
export function createStreamSession(
  {
    run,
    within,
    isOpen,
    options,
    onEnd,
  }: OpenedRun & { readonly options: StreamOptions; readonly onEnd: () => void },
  ports: StreamPorts,
): StreamSession {
  // The options themselves are not kept: they hold the input.
  const { signal, onChunk, toOutput } = options;
  const startTime = ports.now();
  const output = ports.isRecording
    ? createStreamOutput({ snapshot: ports.snapshot, toOutput })
    : undefined;
  let chunks = 0;
  let firstChunkTime: number | undefined;
  let lastChunkTime: number | undefined;
  let hasEnded = false;

  function guarded(what: string, fn: () => void): void {
    try {
      fn();
    } catch (error) {
      ports.reportInternal(what, error);
    }
  }

  function end(tell: () => void): void {
    if (hasEnded) return;
    hasEnded = true;
    guarded('The end of a stream could not be told', tell);
    onEnd();
  }

  function count(chunk: unknown): void {
    chunks += 1;
    if (output === undefined) return;
    lastChunkTime = ports.now();
    if (firstChunkTime === undefined) {
      firstChunkTime = lastChunkTime;
      ports.tellFirstChunk(run.runId, firstChunkTime);
    }
    output.add(chunk);
  }

  function facts(): Readonly<Record<string, unknown>> {
    return {
      stream_chunks: chunks,
      ...(firstChunkTime !== undefined && {
        ms_to_first_chunk: Math.max(0, firstChunkTime - startTime),
      }),
    };
  }

  function streamed(): unknown {
    try {
      return output?.result();
    } catch (error) {
      ports.reportInternal('toOutput failed', error);
      return undefined;
    }
  }

  function tellStreamed(more: Readonly<Record<string, unknown>> = {}): void {
    const told = streamed();
    run.update({ metadata: { ...facts(), ...more }, ...(told !== undefined && { output: told }) });
  }

  return {
    within,
    chunk(chunk) {
      if (hasEnded) return;
      guarded('A chunk could not be recorded', () => count(chunk));
      if (onChunk !== undefined) guarded('onChunk failed', () => onChunk(chunk, run));
    },
    finish: (returned) =>
      end(() => {
        if (!isOpen()) return;
        run.update({ metadata: facts() });
        run.complete(withReturned(streamed(), returned));
      }),
    value: (value) =>
      end(() => {
        if (isOpen()) run.complete(value);
      }),
    fail: (error) =>
      end(() => {
        // What is told of an open run becomes the partial output of its failure.
        if (isOpen()) tellStreamed();
        run.fail(error);
      }),
    leave: (departure) =>
      end(() => {
        // Its own code has ended the run: that the reader wants no more changes nothing.
        if (!isOpen()) return;
        const isLate = departure.how === 'collected' && lastChunkTime !== undefined;
        tellStreamed(isLate ? { last_chunk_at: new Date(lastChunkTime ?? 0).toISOString() } : {});
        if (signal?.aborted === true) run.fail(signal.reason);
        else
          run.end({
            status: 'error',
            reason: 'stream_abandoned',
            error: toAbandonment(departure, chunks),
          });
      }),
    tellProgress() {
      if (!hasEnded && isOpen())
        guarded('What was streamed could not be told', () => tellStreamed());
    },
  };
}

function withReturned(streamed: unknown, returned: unknown): unknown {
  if (returned === undefined) return streamed;
  return streamed === undefined ? returned : { streamed, returned };
}
