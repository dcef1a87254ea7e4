import {
  appendFileSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';

import { dataHeader, DataFormatError, parseData, toDataLine } from './data-format.ts';
import type { FakeWrite } from './fake/writes.ts';
import type { WatchedFake } from './watched-fake.ts';
import type { WriteArchive } from './write-archive.ts';

/** Whose data it is, and who hears of trouble. */
export interface DataFileOptions {
  readonly fake: WatchedFake;
  readonly archive: WriteArchive;
  /** Hears, in a sentence, that something could not be written, and of a last line that broke off. */
  readonly onProblem: (sentence: string) => void;
}

/** A file that keeps what a fake holds. */
export interface DataFile {
  /** Writes the file anew, without what the fake has forgotten, and lets go of it. */
  close(): void;
}

/**
 * Gives the fake what the file holds, and the file what the fake takes from now on: a line is written before the request
 * is answered. Throws, and leaves the file as it is, when it holds anything else or cannot be written. One program at a time.
 */
export function openDataFile(path: string, options: DataFileOptions): DataFile {
  const { fake, archive, onProblem } = options;
  const text = readText(path);
  const { writes, isTorn } = text === undefined ? nothing : parse(path, text);
  for (const write of writes) fake.replay(write);
  let bytes = text === undefined ? undefined : Buffer.byteLength(text);
  let wholeBytes = 0;
  if (isTorn) onProblem(`${path}: the last line broke off and was left out.`);

  function rewrite(): void {
    if (bytes !== undefined && sizeOf(path) !== bytes) {
      onProblem(`${path} was changed by another program and is not written over.`);
      return;
    }
    wholeBytes = writeWhole(path, archive.lines());
    bytes = wholeBytes;
  }

  function append(added: readonly FakeWrite[]): void {
    if (sizeOf(path) === undefined) {
      // Somebody moved it away; it begins anew, with its header.
      bytes = undefined;
      rewrite();
      return;
    }
    const lines = added.map((write) => `${toDataLine(write)}\n`).join('');
    appendFileSync(path, lines);
    bytes = (bytes ?? 0) + Buffer.byteLength(lines);
    // The forgotten stays in the file until it is written anew.
    if (bytes - wholeBytes > Math.max(wholeBytes, archive.limits.characters)) rewrite();
  }

  function carefully(action: () => void): void {
    try {
      action();
    } catch (error) {
      onProblem(`${path} could not be written: ${messageOf(error)}.`);
    }
  }

  // Also finds out that the file cannot be written, before anything is lost.
  if (text === undefined || isTorn) write(path, rewrite);
  else write(path, () => appendFileSync(path, text.endsWith('\n') ? '' : '\n'));
  bytes = sizeOf(path);

  const stop = fake.watch((change) => {
    if (change.type === 'written') carefully(() => append(change.writes));
  });
  return {
    close() {
      stop();
      carefully(rewrite);
    },
  };
}

const nothing = { writes: [], isTorn: false } as const;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`Cannot read the data file ${path}: ${messageOf(error)}.`, { cause: error });
  }
}

function parse(path: string, text: string): ReturnType<typeof parseData> {
  try {
    return parseData(text);
  } catch (error) {
    if (!(error instanceof DataFormatError)) throw error;
    throw new Error(
      `${path} is not a data file of this fake, or is damaged: ${error.message}. It was left as it is; move it away or name another file.`,
      { cause: error },
    );
  }
}

function write(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new Error(`Cannot write the data file ${path}: ${messageOf(error)}.`, { cause: error });
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

// Beside the file first: whoever is killed in the middle leaves the old one whole.
function writeWhole(path: string, lines: readonly string[]): number {
  const draft = `${path}.${process.pid}.tmp`;
  // Traces hold what users said.
  const file = openSync(draft, 'w', 0o600);
  let bytes = 0;
  try {
    for (const line of [dataHeader, ...lines]) bytes += writeSync(file, `${line}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  return bytes;
}

// Without the call and its path, which may be that of the draft.
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'syscall' in error ? error.message.replace(/, [a-z]+(?: '[^]*)?$/, '') : error.message;
}
