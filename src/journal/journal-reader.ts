import { type FileHandle, open } from 'node:fs/promises';
import { constants } from 'node:fs';
import type { LinePlace } from './journal-index.ts';

/** What a file held that is no line. */
export interface Unreadable {
  /** Lines longer than the limit. */
  readonly oversized: number;
}

/** A line, and where it lies in its file. */
export type LineListener = (text: string, place: Pick<LinePlace, 'offset' | 'bytes'>) => void;

/** How a file is read. */
export interface ReadLinesOptions {
  readonly maxLineBytes: number;
  readonly onLine: LineListener;
  /** Awaited after each block, so that whoever writes what is read can keep up. */
  readonly onBlock?: () => Promise<void>;
}

// Between two blocks the event loop gets its turn.
const blockBytes = 256 * 1024;
const lineBreak = 10;
/** Opens a file for reading that must not be a symbolic link. */
export function openForReading(path: string): Promise<FileHandle> {
  // Absent on Windows, where following a link cannot be refused.
  const withoutLinks = constants.O_NOFOLLOW ?? 0;
  return open(path, constants.O_RDONLY | withoutLinks);
}

/**
 * Reads a file line by line in constant memory, the event loop running in between. A last line without a line break
 * is a line, too: whoever reads it finds out whether it is whole. Lines over `maxLineBytes` are counted and left out.
 */
export async function readLines(
  path: string,
  { maxLineBytes, onLine, onBlock }: ReadLinesOptions,
): Promise<Unreadable> {
  const lines = createLineSplitter(maxLineBytes, onLine);
  const handle = await openForReading(path);
  try {
    const block = Buffer.allocUnsafe(blockBytes);
    for (;;) {
      const { bytesRead } = await handle.read(block, 0, blockBytes, null);
      if (bytesRead === 0) break;
      lines.take(block.subarray(0, bytesRead));
      await onBlock?.();
    }
  } finally {
    await handle.close();
  }
  return { oversized: lines.end() };
}

interface LineSplitter {
  take(block: Buffer): void;
  /** Gives out what follows the last line break; returns how many lines were too long. */
  end(): number;
}

function createLineSplitter(maxLineBytes: number, onLine: LineListener): LineSplitter {
  let parts: Buffer[] = [];
  let held = 0;
  let offset = 0;
  let oversized = 0;

  function hold(part: Buffer): void {
    held += part.length;
    if (held > maxLineBytes) parts = [];
    // The block is used again for the next read.
    else if (part.length > 0) parts.push(Buffer.from(part));
  }

  function giveOut(breakBytes: number): void {
    if (held > maxLineBytes) oversized += 1;
    else if (held > 0) {
      const [first] = parts;
      const text = (
        parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)
      ).toString('utf8');
      onLine(text, { offset, bytes: held + breakBytes });
    }
    offset += held + breakBytes;
    parts = [];
    held = 0;
  }

  return {
    take(block) {
      let from = 0;
      for (let at = block.indexOf(lineBreak, from); at >= 0; at = block.indexOf(lineBreak, from)) {
        hold(block.subarray(from, at));
        giveOut(1);
        from = at + 1;
      }
      hold(block.subarray(from));
    },
    end() {
      giveOut(0);
      return oversized;
    },
  };
}

/** A part of a file, less of it when the file is shorter now. */
export async function readBlock(
  handle: FileHandle,
  { offset, bytes }: Pick<LinePlace, 'offset' | 'bytes'>,
): Promise<Buffer> {
  const block = Buffer.allocUnsafe(bytes);
  const { bytesRead } = await handle.read(block, 0, bytes, offset);
  return block.subarray(0, bytesRead);
}
