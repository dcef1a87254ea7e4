import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { compactSegments } from './journal-compaction.ts';
import { isMissing, privateFile, segmentPath } from './journal-folder.ts';
import type { JournalIndex } from './journal-index.ts';
import {
  type JournalEntry,
  journalVersion,
  type SegmentHeader,
  toJournalLine,
} from './journal-line.ts';
import type { JournalOwner } from './journal-owner.ts';

/** The files of one journal: lines are added to the newest; older ones are removed or shrunk when little is owed there. */
export interface JournalSegments {
  /** Bytes in all files, and of what waits to be written. */
  readonly bytes: number;
  readonly unwrittenBytes: number;
  /** Takes lines for writing, except what the index says is settled already. Lines that are too long come back. */
  append(entries: Iterable<JournalEntry>): readonly JournalEntry[];
  /** Writes what was taken, in order. Rejects with the file system's error; what is not written stays for the next try. */
  write(): Promise<void>;
  /** The same while no event loop runs. */
  writeSync(): void;
  /** Removes and shrinks what is not needed. Only with nothing unwritten, so that no reader finds less than it needs. */
  tidy(): Promise<void>;
  /** Closes the files. What is not written stays unwritten. */
  close(): Promise<void>;
}

/** Sizes in bytes. */
export interface SegmentLimits {
  /** A segment that is longer is followed by a new one. */
  readonly segmentBytes: number;
  readonly maxLineBytes: number;
  /** Above three quarters of it room is made earlier than otherwise. */
  readonly maxBytes: number;
}

/** What segments are made from. */
export interface SegmentsOptions {
  readonly folder: string;
  readonly owner: JournalOwner;
  readonly index: JournalIndex;
  readonly limits: SegmentLimits;
  /** The sizes of the segments that are there already. */
  readonly sizes: ReadonlyMap<number, number>;
  /** Told when old segments could not be shrunk; the journal goes on with them as they are. */
  readonly onProblem: (error: unknown) => void;
}

interface Chunk {
  readonly segment: number;
  readonly offset: number;
  readonly data: Buffer;
}

// Each chunk has its place in its file: written twice, by the event loop and by an exit handler, it is the same.
const writeFlags = (): number =>
  constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

/** Opens the segments of a folder for writing; lines go to a new segment. Nothing is written yet. */
export function openSegments({
  folder,
  owner,
  index,
  limits,
  sizes: before,
  onProblem,
}: SegmentsOptions): JournalSegments {
  const sizes = new Map(before);
  const chunks: Chunk[] = [];
  let newest = Math.max(0, ...sizes.keys());
  let isStarted = false;
  let opened: { readonly segment: number; readonly handle: FileHandle } | undefined;
  let sealing: Promise<void> = Promise.resolve();
  let compacting: Promise<void> | undefined;
  let isStuck = false;

  function startSegment(): void {
    newest += 1;
    isStarted = true;
    put(
      toJournalLine({ type: 'header', version: journalVersion, ...writerOf(owner), from: newest }),
    );
  }

  function put(text: string): void {
    const data = Buffer.from(text, 'utf8');
    const offset = sizes.get(newest) ?? 0;
    sizes.set(newest, offset + data.length);
    chunks.push({ segment: newest, offset, data });
  }

  function append(entries: Iterable<JournalEntry>): readonly JournalEntry[] {
    const refused: JournalEntry[] = [];
    let lines = '';
    let offset = sizes.get(newest) ?? 0;
    for (const entry of entries) {
      const news = index.news(entry);
      if (news === undefined) continue;
      const line = toJournalLine(news);
      const bytes = Buffer.byteLength(line);
      if (bytes > limits.maxLineBytes) {
        refused.push(entry);
        continue;
      }
      if (!isStarted || offset >= limits.segmentBytes) {
        if (lines !== '') put(lines);
        lines = '';
        startSegment();
        offset = sizes.get(newest) ?? 0;
      }
      index.apply(news, { segment: newest, offset, bytes });
      offset += bytes;
      lines += line;
    }
    if (lines !== '') put(lines);
    return refused;
  }

  async function handleOf(segment: number): Promise<FileHandle> {
    if (opened?.segment === segment) return opened.handle;
    seal();
    const handle = await open(segmentPath(folder, segment), writeFlags(), privateFile);
    opened = { segment, handle };
    return handle;
  }

  /** A full segment is brought to the disk for good, beside the writing of the next one. */
  function seal(): void {
    const full = opened?.handle;
    opened = undefined;
    if (full === undefined) return;
    sealing = Promise.all([sealing, synced(full)]).then(() => {});
  }

  async function write(): Promise<void> {
    for (let chunk = chunks[0]; chunk !== undefined; chunk = chunks[0]) {
      const handle = await handleOf(chunk.segment);
      await writeAll(handle, chunk);
      // An exit handler may have written it meanwhile.
      if (chunks[0] === chunk) chunks.shift();
    }
  }

  function sealed(): readonly number[] {
    return [...sizes.keys()]
      .filter((segment) => segment < newest || !isStarted)
      .toSorted((a, b) => a - b);
  }

  async function tidy(): Promise<void> {
    if (compacting !== undefined || isStuck || chunks.length > 0) return;
    for (const segment of sealed()) {
      // Only from the oldest on: what says that a run is settled may not go before what says that it began.
      if (!index.isFree(segment)) break;
      await remove(segment);
    }
    if (isWorthCompacting()) compacting = compactGuarded();
  }

  async function remove(segment: number): Promise<void> {
    try {
      await unlink(segmentPath(folder, segment));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    sizes.delete(segment);
    index.forget(segment);
  }

  function isWorthCompacting(): boolean {
    const spare =
      sealed().reduce((sum, segment) => sum + (sizes.get(segment) ?? 0), 0) - index.neededBytes;
    const isTight = totalBytes() > limits.maxBytes * 0.75;
    // Half a file of what is kept is copied for half a file that is won, at worst.
    return (
      spare > (isTight ? index.neededBytes / 2 : Math.max(index.neededBytes, limits.segmentBytes))
    );
  }

  async function compactGuarded(): Promise<void> {
    try {
      await compact();
    } catch (error) {
      // Which of the old files are left is not known now; as long as none is removed, nothing can go wrong.
      isStuck = true;
      onProblem(error);
    } finally {
      compacting = undefined;
    }
  }

  async function compact(): Promise<void> {
    const old = sealed();
    const into = old.at(-1);
    if (into === undefined) return;
    const survivors = index.survivors();
    await sealing;
    // What says that something is settled may lie in the newest segment, which no power failure may take back now.
    await opened?.handle.datasync();
    const header: SegmentHeader = {
      type: 'header',
      version: journalVersion,
      ...writerOf(owner),
      from: old[0] ?? into,
    };
    const bytes = await compactSegments(folder, {
      segments: old,
      header,
      survivors,
      maxLineBytes: limits.maxLineBytes,
    });
    for (const segment of old) sizes.delete(segment);
    sizes.set(into, bytes);
    index.merge(old);
  }

  function totalBytes(): number {
    let bytes = 0;
    for (const size of sizes.values()) bytes += size;
    return bytes;
  }

  return {
    get bytes() {
      return totalBytes();
    },
    get unwrittenBytes() {
      return chunks.reduce((sum, { data }) => sum + data.length, 0);
    },
    append,
    write,
    writeSync() {
      for (let chunk = chunks[0]; chunk !== undefined; chunk = chunks[0]) {
        writeAllSync(segmentPath(folder, chunk.segment), chunk);
        chunks.shift();
      }
    },
    tidy,
    async close() {
      await compacting;
      seal();
      await sealing;
    },
  };
}

function writerOf({
  pid,
  host,
  startedAt,
  instance,
}: JournalOwner): Omit<SegmentHeader, 'type' | 'version' | 'from'> {
  return { pid, host, startedAt, instance };
}

async function synced(handle: FileHandle): Promise<void> {
  try {
    await handle.datasync();
  } catch {
    // Without it only a power failure could take something back.
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, { data, offset }: Chunk): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await handle.write(data, done, data.length - done, offset + done);
    done += bytesWritten;
  }
}

function writeAllSync(path: string, { data, offset }: Chunk): void {
  const file = openSync(path, writeFlags(), privateFile);
  try {
    for (let done = 0; done < data.length;) {
      done += writeSync(file, data, done, data.length - done, offset + done);
    }
  } finally {
    closeSync(file);
  }
}
