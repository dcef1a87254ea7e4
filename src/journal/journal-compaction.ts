import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { isMissing, privateFile, segmentPath } from './journal-folder.ts';
import {
  type JournalEntry,
  parseJournalLine,
  type SegmentHeader,
  toJournalLine,
} from './journal-line.ts';
import { readLines } from './journal-reader.ts';

/** What becomes one segment. */
export interface Compaction {
  /** Their numbers, oldest first; the new one takes the last number. */
  readonly segments: readonly number[];
  /** For the case that the first segment has none. */
  readonly header: SegmentHeader;
  /** What is left of a line. */
  readonly survivors: (entry: JournalEntry) => JournalEntry | undefined;
  readonly maxLineBytes: number;
}

const writeAtBytes = 256 * 1024;

/**
 * Writes what is needed of old segments into one, which then takes the place of the last of them. Interrupted at any
 * moment it leaves either all of the old ones, or the new one with a header that tells a reader which ones it replaces.
 *
 * @returns the bytes of the new segment
 */
export async function compactSegments(folder: string, compaction: Compaction): Promise<number> {
  const into = compaction.segments.at(-1) ?? 0;
  const path = segmentPath(folder, into);
  const temporary = `${path}.tmp`;
  try {
    const bytes = await writeSurvivors(folder, temporary, compaction);
    await rename(temporary, path);
    for (const segment of compaction.segments)
      if (segment !== into) await remove(segmentPath(folder, segment));
    return bytes;
  } catch (error) {
    await remove(temporary).catch(() => {});
    throw error;
  }
}

async function writeSurvivors(
  folder: string,
  path: string,
  compaction: Compaction,
): Promise<number> {
  const { segments, header, survivors, maxLineBytes } = compaction;
  const handle = await open(path, 'w', privateFile);
  const output = createOutput(handle);
  try {
    const from = segments[0] ?? header.from;
    let isBegun = false;
    // Who wrote the oldest line is told to whoever recovers it.
    const begin = (first: SegmentHeader): void => {
      if (!isBegun) output.put(toJournalLine({ ...first, from }));
      isBegun = true;
    };
    for (const segment of segments) {
      await readLines(segmentPath(folder, segment), {
        maxLineBytes,
        onBlock: () => output.write(),
        onLine(text) {
          const entry = parseJournalLine(text);
          if (entry === undefined) return;
          begin(entry.type === 'header' ? entry : header);
          if (entry.type === 'header') return;
          const left = survivors(entry);
          if (left !== undefined) output.put(left === entry ? `${text}\n` : toJournalLine(left));
        },
      });
    }
    begin(header);
    await output.end();
    await handle.sync();
    return output.bytes;
  } finally {
    await handle.close();
  }
}

interface Output {
  readonly bytes: number;
  put(line: string): void;
  /** Writes what was put, when it is much. */
  write(): Promise<void>;
  end(): Promise<void>;
}

function createOutput(handle: FileHandle): Output {
  let text = '';
  let bytes = 0;
  const end = async (): Promise<void> => {
    const data = text;
    text = '';
    bytes += Buffer.byteLength(data);
    await handle.appendFile(data);
  };
  return {
    get bytes() {
      return bytes;
    },
    put(line) {
      text += line;
    },
    write: () => (text.length < writeAtBytes ? Promise.resolve() : end()),
    end,
  };
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
