import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FolderName,
  listSegments,
  readOwnership,
  segmentPath,
  toFolderName,
} from './journal-folder.ts';
import type { JournalFamily, JournalIndex, LinePlace } from './journal-index.ts';
import {
  type JournalEntry,
  journalVersion,
  type ObservationKey,
  parseJournalLine,
  type SegmentHeader,
} from './journal-line.ts';
import { openForReading, readBlock, readLines } from './journal-reader.ts';

/** A run of a process that is gone, with every run and step inside it: one trace. */
export interface RecoveredRun {
  /** Who journaled it. */
  readonly writer: Pick<SegmentHeader, 'pid' | 'host' | 'startedAt'>;
  /** When that process was last heard of, milliseconds since the epoch: open runs ended then or later. */
  readonly lastHeardAt: number;
  /** What was told of it, in order. */
  readonly entries: readonly RecoveredEntry[];
  /** Whether nothing more is owed for an observation of it, a record for example. */
  readonly isSettled: (key: ObservationKey) => boolean;
}

/** A line of the journal and its length in bytes. */
export type RecoveredEntry = JournalEntry & { readonly bytes: number };

/** What a journal of another process holds. */
export interface JournalContents {
  /** Written in a format that is not known here: nothing else of it counts. */
  readonly isOtherVersion: boolean;
  /** Those of which something is owed. */
  readonly families: readonly JournalFamily[];
  /** The size of each segment. */
  readonly sizes: ReadonlyMap<number, number>;
  readonly writer: RecoveredRun['writer'];
  readonly lastHeardAt: number;
  /** Lines that could not be read, other than the last of a segment. */
  readonly damagedLines: number;
}

const unknownWriter: SegmentHeader = {
  type: 'header',
  version: journalVersion,
  pid: 0,
  host: '',
  startedAt: 0,
  instance: '',
  from: 1,
};

/** What reading needs. */
export interface ReadJournalOptions {
  /** Takes what is read; has to remember places. */
  readonly index: JournalIndex;
  readonly maxLineBytes: number;
  readonly now: number;
}

/** Reads a whole journal in constant memory per line, the event loop running in between. */
export async function readJournal(
  root: string,
  name: FolderName,
  options: ReadJournalOptions,
): Promise<JournalContents> {
  const folder = join(root, toFolderName(name));
  const segments = await readHeaders(folder, await listSegments(folder));
  const writer = segments.find(({ header }) => header !== undefined)?.header ?? unknownWriter;
  const isOtherVersion = segments.some(
    ({ header }) => header !== undefined && header.version !== journalVersion,
  );
  const sizes = new Map<number, number>();
  let newest = 0;
  let damagedLines = 0;
  for (const { segment } of isOtherVersion ? [] : withoutReplaced(segments)) {
    const found = await readSegment(folder, segment, options);
    sizes.set(segment, found.bytes);
    newest = Math.max(newest, found.newest);
    damagedLines += found.damagedLines;
  }
  const heard = await readOwnership(folder, writer.instance);
  return {
    isOtherVersion,
    families: options.index.families().filter(({ owed }) => owed > 0),
    sizes,
    writer,
    // An event may be dated in the future, and a folder without an owner file is as old as this reading of it.
    lastHeardAt: Math.min(
      options.now,
      Math.max(newest, typeof heard?.owner === 'object' ? heard.lastHeardAt : 0),
    ),
    damagedLines,
  };
}

interface SegmentContents {
  readonly bytes: number;
  /** The time of its newest event. */
  readonly newest: number;
  readonly damagedLines: number;
}

async function readSegment(
  folder: string,
  segment: number,
  { index, maxLineBytes }: ReadJournalOptions,
): Promise<SegmentContents> {
  let bytes = 0;
  let newest = 0;
  let damagedLines = 0;
  // The last line may be half a line: that is how a killed process leaves it, and no damage.
  let isLastDamaged = false;
  const { oversized } = await readLines(segmentPath(folder, segment), {
    maxLineBytes,
    onLine(text, place) {
      bytes = place.offset + place.bytes;
      if (isLastDamaged) damagedLines += 1;
      const entry = parseJournalLine(text);
      isLastDamaged = entry === undefined;
      if (entry === undefined || entry.type === 'header') return;
      if (entry.type === 'event') newest = Math.max(newest, entry.event.timestamp);
      index.apply(entry, { segment, ...place });
    },
  });
  return { bytes, newest, damagedLines: damagedLines + oversized };
}

interface FoundSegment {
  readonly segment: number;
  readonly header: SegmentHeader | undefined;
}

const headerBytes = 4_096;

async function readHeaders(
  folder: string,
  segments: readonly number[],
): Promise<readonly FoundSegment[]> {
  const found: FoundSegment[] = [];
  for (const segment of segments) {
    const handle = await openForReading(segmentPath(folder, segment));
    try {
      const block = Buffer.alloc(headerBytes);
      const { bytesRead } = await handle.read(block, 0, headerBytes, 0);
      const [line = ''] = block.toString('utf8', 0, bytesRead).split('\n', 1);
      const header = parseJournalLine(line);
      found.push({ segment, header: header?.type === 'header' ? header : undefined });
    } finally {
      await handle.close();
    }
  }
  return found;
}

/** A segment that was made out of older ones says so; a process that died then may have left them behind. */
function withoutReplaced(segments: readonly FoundSegment[]): readonly FoundSegment[] {
  return segments.filter(
    ({ segment }) =>
      !segments.some(
        ({ segment: other, header }) =>
          header !== undefined && header.from <= segment && segment < other,
      ),
  );
}

/** Reads the lines of one family. */
export async function readFamily(
  folder: string,
  family: JournalFamily,
): Promise<readonly RecoveredEntry[]> {
  const entries: RecoveredEntry[] = [];
  let opened: { readonly segment: number; readonly handle: FileHandle } | undefined;
  try {
    for (const { segment, offset, bytes, lines } of toStretches(family.places)) {
      if (opened?.segment !== segment) {
        await opened?.handle.close();
        opened = undefined;
        opened = { segment, handle: await openForReading(segmentPath(folder, segment)) };
      }
      const block = await readBlock(opened.handle, { offset, bytes });
      for (const line of lines) {
        const entry = parseJournalLine(
          block.toString('utf8', line.offset - offset, line.offset - offset + line.bytes),
        );
        if (entry !== undefined && entry.type !== 'header')
          entries.push({ ...entry, bytes: line.bytes });
      }
    }
  } finally {
    await opened?.handle.close();
  }
  return entries;
}

/** Lines that lie one after the other, to be read at once. */
interface Stretch {
  readonly segment: number;
  readonly offset: number;
  bytes: number;
  readonly lines: LinePlace[];
}

const stretchBytes = 1024 * 1024;

function toStretches(places: readonly LinePlace[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const place of places) {
    const last = stretches.at(-1);
    const follows = last?.segment === place.segment && last.offset + last.bytes === place.offset;
    if (last !== undefined && follows && last.bytes < stretchBytes) {
      last.bytes += place.bytes;
      last.lines.push(place);
    } else {
      stretches.push({ ...place, lines: [place] });
    }
  }
  return stretches;
}

/** Whether the entries say that nothing more is owed for an observation. */
export function createSettledLookup(
  entries: readonly JournalEntry[],
): (key: ObservationKey) => boolean {
  const settled = new Map<string, Set<string | undefined>>();
  const add = ({ runId, stepId }: ObservationKey): void => {
    const known = settled.get(runId);
    if (known === undefined) settled.set(runId, new Set([stepId]));
    else known.add(stepId);
  };
  for (const entry of entries) {
    if (entry.type === 'settled') for (const key of entry.keys) add(key);
  }
  return ({ runId, stepId }) => settled.get(runId)?.has(stepId) === true;
}
