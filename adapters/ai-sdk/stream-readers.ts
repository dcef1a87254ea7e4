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

/** What a run wants to know of its readers. */
export interface ReadersListener {
  firstChunk(time: number): void;
  /** The last reader is gone, and another cannot come, or is not to be expected. */
  gone(departure: ErrorFacts): void;
  failed(error: unknown): void;
}

/** The readers of one stream result. Nothing about them throws, and no object of the SDK is held. */
export interface StreamReaders {
  readonly port: AdapterPort;
  readonly listener: ReadersListener;
  /** How many read now. */
  openCount: number;
  /** Whether one came to the end. */
  isFinished: boolean;
  /** Whether the SDK itself reads the stream to its end, for a promise of the result. */
  isConsumed: boolean;
  /** Whether nobody has the result any more; who has a stream of it may read on. */
  isReleased: boolean;
  hasChunk: boolean;
  /** What the reader that is furthest got, and what went into responses: that runs ahead of its reader, who gets bytes. */
  textOfReaders: string;
  textOfContent: string;
  /** How the last one left that left. */
  lastDeparture: ErrorFacts | undefined;
  /** The error that was part of the stream. */
  toldError: unknown;
}

const maxText = 262_144;

const unread: ErrorFacts = { type: 'StreamAbandoned', message: 'nobody read the stream' };

/** The readers of a result that nobody reads yet. */
export function createStreamReaders(port: AdapterPort, listener: ReadersListener): StreamReaders {
  return {
    port,
    listener,
    openCount: 0,
    isFinished: false,
    isConsumed: false,
    isReleased: false,
    hasChunk: false,
    textOfReaders: '',
    textOfContent: '',
    lastDeparture: undefined,
    toldError: undefined,
  };
}

/** The same stream, followed; what is no stream comes back as it is. */
export function followStream<T>(readers: StreamReaders, stream: T, kind: ReaderKind): T {
  if (kind === 'content') return readers.port.follow(stream, contentFollower(readers));
  readers.openCount += 1;
  const followed = readers.port.follow(stream, readerFollower(readers, kind));
  // What is no stream is nobody's to read.
  if (followed === stream) readers.openCount -= 1;
  return followed;
}

/** Nobody has the result any more. */
export function releaseReaders(readers: StreamReaders): void {
  readers.isReleased = true;
  tellGone(readers);
}

/** How the last reader left; undefined while somebody reads, may begin to, or has come to the end. */
export function departureOf(readers: StreamReaders): ErrorFacts | undefined {
  const { isFinished, isConsumed, isReleased, openCount, lastDeparture } = readers;
  if (isFinished || isConsumed || openCount > 0) return undefined;
  return lastDeparture ?? (isReleased ? unread : undefined);
}

/** What the reader got so far; undefined when it got no text. */
export function textRead({ textOfReaders, textOfContent }: StreamReaders): string | undefined {
  const text = textOfReaders === '' ? textOfContent : textOfReaders;
  return text === '' ? undefined : text;
}

function readerFollower(
  readers: StreamReaders,
  kind: Exclude<ReaderKind, 'content'>,
): StreamFollower {
  let text = '';
  function finish(): void {
    readers.openCount -= 1;
    readers.isFinished = true;
  }
  return {
    chunk(chunk) {
      text = withChunk(readers, text, chunk);
      if (text.length > readers.textOfReaders.length) readers.textOfReaders = text;
    },
    finish,
    fail: finish,
    leave(error) {
      readers.openCount -= 1;
      readers.lastDeparture = error;
      if (readers.isReleased || kind === 'response') tellGone(readers);
    },
  };
}

function contentFollower(readers: StreamReaders): StreamFollower {
  let text = '';
  return {
    chunk(chunk) {
      text = withChunk(readers, text, chunk);
      if (text.length > readers.textOfContent.length) readers.textOfContent = text;
    },
  };
}

/** The text of a stream with one chunk more. */
function withChunk(readers: StreamReaders, text: string, chunk: unknown): string {
  if (!readers.hasChunk) {
    readers.hasChunk = true;
    readers.listener.firstChunk(readers.port.now());
  }
  if (readField(chunk, 'type') === 'error') readers.toldError = readField(chunk, 'error');
  return text.length >= maxText ? text : text + toText(chunk);
}

/** The text that a chunk adds: of a text stream, of the full stream and of a UI message stream. */
function toText(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk;
  if (readField(chunk, 'type') !== 'text-delta') return '';
  return readText(chunk, 'text') ?? readText(chunk, 'delta') ?? '';
}

function tellGone(readers: StreamReaders): void {
  const departure = departureOf(readers);
  if (departure !== undefined) readers.listener.gone(departure);
}
