import { traceIterable } from './stream/async-iterable.ts';
import { createFollowSession, type StreamFollower } from './stream/followed-stream.ts';
import { mapPromise } from './mapped-promise.ts';
import { traceReadableStream } from './stream/readable-stream.ts';
import type { Run } from './run.ts';
import { toStreamResult } from './stream/stream-kind.ts';
import { createStreamLeases } from './stream/stream-lease.ts';
import {
  createStreamSession,
  type StreamOptions,
  type StreamPorts,
  type StreamSession,
} from './stream/stream-session.ts';
import { traceResponse } from './stream/traced-response.ts';

export type { StreamOptions, StreamPorts } from './stream/stream-session.ts';

/** Runs whose end is the end of a stream. */
export interface StreamTracer {
  /**
   * Runs `fn` inside a run that ends with the stream that `fn` gives: an async generator or iterable, a generator, a
   * `ReadableStream`, a `Response`, or a promise of one. The same kind of thing comes back. A plain value (a list, a
   * text, an object) ends the run at once, as with `run`. Node's own streams are not followed: give
   * `Readable.toWeb(stream)`.
   */
  stream<T>(options: StreamOptions, fn: (run: Run) => T): T;
  /** The same kind of stream, for whose reader somebody else ends the run. What is no stream comes back as it is. */
  follow<T>(stream: T, follower: StreamFollower): T;
  /** Tells what open streams have given so far, for whoever is about to end their runs. */
  tellProgress(): void;
}

/** Makes the tracer of a lifecycle. */
export function createStreamTracer(ports: StreamPorts): StreamTracer {
  const open = new Set<StreamSession>();
  const lease = createStreamLeases();

  function openSession(options: StreamOptions): {
    readonly run: Run;
    readonly session: StreamSession;
  } {
    const opened = ports.openRun(options);
    const session: StreamSession = createStreamSession(
      { ...opened, options, onEnd: () => open.delete(session) },
      ports,
    );
    open.add(session);
    return { run: opened.run, session };
  }

  /** The same kind of thing, followed. What cannot be followed is left alone and its run ends with it. */
  function traceResult(result: unknown, session: StreamSession): unknown {
    try {
      const told = toStreamResult(result);
      switch (told.kind) {
        case 'readable':
          return traceReadableStream(told.stream, lease(session));
        case 'response':
          return traceResponse(told.response, lease(session));
        case 'iterable':
          return traceIterable(told.iterable, lease(session));
        case 'promise':
          return mapPromise(told.promise, {
            onValue: (value) => traceResult(value, session),
            onError: (error) => session.fail(error),
          });
        case 'value':
          break;
        default:
          return told satisfies never;
      }
    } catch (error) {
      ports.reportInternal('A stream could not be followed', error);
    }
    session.value(result);
    return result;
  }

  return {
    stream<T>(options: StreamOptions, fn: (run: Run) => T): T {
      const { run, session } = openSession(options);
      let result: T;
      try {
        result = session.within(() => fn(run));
      } catch (error) {
        session.fail(error);
        throw error;
      }
      return traceResult(result, session) as T;
    },
    follow<T>(stream: T, follower: StreamFollower): T {
      const session: StreamSession = createFollowSession(
        follower,
        () => open.delete(session),
        ports,
      );
      open.add(session);
      return traceResult(stream, session) as T;
    },
    tellProgress() {
      for (const session of open) session.tellProgress();
    },
  };
}
