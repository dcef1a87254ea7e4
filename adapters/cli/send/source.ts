import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { complaintOfReadableFile } from '../options/paths.ts';
import { headOf, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { LinePosition } from './lines.ts';
import type { SavedProgress } from './progress.ts';

/** Where the events come from. */
export type Source =
  /** Read once, from its beginning. */
  | { readonly type: 'stdin' }
  | { readonly type: 'path'; readonly path: string; readonly bytes: number | undefined }
  | ResumableFile;

/** A file that a second start goes on with. */
export interface ResumableFile {
  readonly type: 'resumable';
  readonly path: string;
  readonly bytes: number;
  /** Path of the file that says how far it was sent. */
  readonly checkpoint: string;
  /** What tells the file from another one. */
  readonly head: string;
  /** Undefined at the first start. */
  readonly saved: SavedProgress | undefined;
}

/** A source, or why there is none: a sentence that says what to do. */
export type FoundSource = Source | { readonly type: 'unusable'; readonly message: string };

/** What was asked for. */
export interface SourceAsked {
  /** Undefined means stdin. */
  readonly file: string | undefined;
  readonly checkpoint: string | undefined;
}

const startOfFile: LinePosition = { offset: 0, line: 0 };

/** Looks for what was asked for. */
export function findSource({ file, checkpoint }: SourceAsked): FoundSource {
  if (file === undefined) {
    return checkpoint === undefined ? { type: 'stdin' } : unrepeatable('stdin');
  }
  const complaint = complaintOfReadableFile(file);
  if (complaint !== undefined) return { type: 'unusable', message: complaint };
  const stats = statSync(file);
  if (checkpoint === undefined) {
    // The shell's `<(command)` names a pipe.
    return { type: 'path', path: file, bytes: stats.isFile() ? stats.size : undefined };
  }
  if (!stats.isFile()) return unrepeatable(file);
  if (resolve(checkpoint) === resolve(file)) {
    const message = `--checkpoint names ${file}, which holds the events. Name another file for it.`;
    return { type: 'unusable', message };
  }
  return resumable(file, { checkpoint, bytes: stats.size });
}

function unrepeatable(what: string): FoundSource {
  const message = `--checkpoint needs a file to go on with; ${what} cannot be read again.`;
  return { type: 'unusable', message };
}

function resumable(
  path: string,
  { checkpoint, bytes }: Pick<ResumableFile, 'checkpoint' | 'bytes'>,
): FoundSource {
  const kept = readCheckpoint(checkpoint, path);
  switch (kept.type) {
    case 'unusable':
      return kept;
    case 'absent':
    case 'read': {
      const saved = kept.type === 'read' ? kept.checkpoint.progress : undefined;
      return { type: 'resumable', path, bytes, checkpoint, head: headOf(path), saved };
    }
    default:
      return kept satisfies never;
  }
}

/** What earlier starts delivered of it. */
export function savedOf(source: Source): SavedProgress | undefined {
  return source.type === 'resumable' ? source.saved : undefined;
}

/** Where its first line begins that has to be read. */
export function beginningOf(source: Source): LinePosition {
  return savedOf(source)?.from ?? startOfFile;
}

/** Bytes of it; undefined when that is not known. */
export function sizeOf(source: Source): number | undefined {
  return source.type === 'stdin' ? undefined : source.bytes;
}

/** Remembers how far it was sent, where that can be gone on with. */
export function saveProgress(source: Source, progress: SavedProgress): void {
  if (source.type !== 'resumable') return;
  writeCheckpoint(source.checkpoint, { version: 1, head: source.head, progress });
}

/** Its bytes from the beginning that has to be read, until the signal. */
export function openSource(
  source: Source,
  { stdin, signal }: { readonly stdin: Readable; readonly signal: AbortSignal },
): Readable {
  if (source.type === 'stdin') return addAbortSignal(signal, stdin);
  const { offset } = beginningOf(source);
  // A pipe has no positions, not even the first.
  const stream = createReadStream(source.path, offset === 0 ? {} : { start: offset });
  return addAbortSignal(signal, stream);
}
