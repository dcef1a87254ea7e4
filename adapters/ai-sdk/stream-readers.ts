import {
  type AdapterPort,
  type ErrorFacts,
  readField,
  readText,
  type StreamFollower,
} from '../../src/index.ts';

/**
 * What is followed: a `branch` is a stream that the caller has; a `response` is one that the caller gives away to its
 * client; the `content` of a response is looked at, and who reads it is known from the response.
 */
export type ReaderKind = 'branch' | 'response' | 'content';

/** What is told of the readers of a result. */
export interface ResultReaders {
  /** The same stream, followed; what is no stream comes back as it is. */
  follow<T>(stream: T, kind: ReaderKind): T;
  /** The SDK itself reads the stream to its end, for a promise of the result. */
  consume(): void;
  /** A promise of the result rejected. */
  fail(error: unknown): void;
  /** Nobody has the result any more; who has a stream of it may read on. */
  release(): void;
}

/** The readers of one stream result. Nothing in it throws, and it holds no object of the SDK. */
export interface StreamReaders extends ResultReaders {
  /** How the last reader left; undefined while somebody reads, may begin to, or has come to the end. */
  departure(): ErrorFacts | undefined;
  /** What the reader got so far; undefined when it got no text. */
  text(): string | undefined;
  /** The error that was part of the stream. */
  toldError(): unknown;
}

/** What a call wants to know of its readers. */
export interface ReadersListener {
  firstChunk(time: number): void;
  /** The last reader is gone, and another cannot come, or is not to be expected. */
  gone(departure: ErrorFacts): void;
  failed(error: unknown): void;
}

const textLimit = 262_144;

const unread: ErrorFacts = { type: 'StreamAbandoned', message: 'nobody read the stream' };

/** Makes the readers of one result. */
export function createStreamReaders(port: AdapterPort, listener: ReadersListener): StreamReaders {
  let open = 0;
  let isFinished = false;
  let isConsumed = false;
  let isReleased = false;
  let hasChunk = false;
  let textOfReaders = '';
  let textOfContent = '';
  let last: ErrorFacts | undefined;
  let toldError: unknown;

  function departure(): ErrorFacts | undefined {
    if (isFinished || isConsumed || open > 0) return undefined;
    return last ?? (isReleased ? unread : undefined);
  }

  function tellGone(): void {
    const gone = departure();
    if (gone !== undefined) listener.gone(gone);
  }

  function watcher(keep: (text: string) => void): Required<Pick<StreamFollower, 'chunk'>> {
    let text = '';
    return {
      chunk(chunk) {
        if (!hasChunk) {
          hasChunk = true;
          listener.firstChunk(port.now());
        }
        if (readField(chunk, 'type') === 'error') toldError = readField(chunk, 'error');
        if (text.length >= textLimit) return;
        text += toText(chunk);
        keep(text);
      },
    };
  }

  function follower(kind: Exclude<ReaderKind, 'content'>): StreamFollower {
    function finish(): void {
      open -= 1;
      isFinished = true;
    }
    return {
      ...watcher((text) => {
        if (text.length > textOfReaders.length) textOfReaders = text;
      }),
      finish,
      fail: finish,
      leave(error) {
        open -= 1;
        last = error;
        if (isReleased || kind === 'response') tellGone();
      },
    };
  }

  return {
    follow(stream, kind) {
      if (kind === 'content') {
        return port.follow(
          stream,
          watcher((text) => {
            if (text.length > textOfContent.length) textOfContent = text;
          }),
        );
      }
      open += 1;
      const followed = port.follow(stream, follower(kind));
      // What is no stream is nobody's to read.
      if (followed === stream) open -= 1;
      return followed;
    },
    consume() {
      isConsumed = true;
    },
    fail: (error) => listener.failed(error),
    release() {
      isReleased = true;
      tellGone();
    },
    departure,
    text() {
      // The content of a response runs ahead of its reader, who gets bytes.
      const text = textOfReaders === '' ? textOfContent : textOfReaders;
      return text === '' ? undefined : text;
    },
    toldError: () => toldError,
  };
}

/** Tells all of them: each integration that hears of a call has readers of its own. */
export function joinedReaders(all: readonly ResultReaders[]): ResultReaders {
  return {
    follow: (stream, kind) =>
      all.reduce((followed, readers) => readers.follow(followed, kind), stream),
    consume: () => all.forEach((readers) => readers.consume()),
    fail: (error) => all.forEach((readers) => readers.fail(error)),
    release: () => all.forEach((readers) => readers.release()),
  };
}

/** The text that a chunk adds: of a text stream, of the full stream and of a UI message stream. */
function toText(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk;
  if (readField(chunk, 'type') !== 'text-delta') return '';
  return readText(chunk, 'text') ?? readText(chunk, 'delta') ?? '';
}
