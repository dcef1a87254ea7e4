import type { FileHandle } from 'node:fs/promises';
import { stat } from 'node:fs/promises';
import { listSegments, readOwnership, segmentPath } from './journal-folder.ts';
import { createJournalIndex, type JournalFamily, type JournalIndex, type LinePlace } from './journal-index.ts';
import {
  type JournalEntry,
  journalVersion,
  type ObservationKey,
  parseJournalLine,
  type SegmentHeader,
} from './journal-line.ts';
import { openForReading, readLineAt, readLines } from './journal-reader.ts';

/** A run of a process that is gone, with every run and step inside it: one trace. */
export interface RecoveredRun {
  /** Who journaled it. */
  readonly writer: Pick<SegmentHeader, 'pid' | 'host' | 'startedAt'>;
  /** When that process was last heard of, milliseconds since the epoch: open runs ended then or later. */
  readonly lastHeardAt: number;
  /** What was told of it, in order. */
  readonly entries: readonly RecoveredEntry[];
}

/** A line of the journal and its length in bytes. */
export type RecoveredEntry = JournalEntry & { readonly bytes: number };

/** What a journal of another process holds. */
export interface JournalContents {
  readonly index: JournalIndex;
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

/** Reads a whole journal in constant memory per line; undefined when a part of it is of another version. */
export async function readJournal(
  folder: string,
  limits: { readonly maxLineBytes: number; readonly now: number },
): Promise<JournalContents | undefined> {
  const segments = await readHeaders(folder, await listSegments(folder));
  if (segments.some(({ header }) => header !== undefined && header.version !== journalVersion)) return undefined;
  const index = createJournalIndex('with-places');
  const sizes = new Map<number, number>();
  let newest = 0;
  let damagedLines = 0;
  for (const { segment } of withoutReplaced(segments)) {
    let damaged = 0;
    const { oversized } = await readLines(segmentPath(folder, segment), {
      maxLineBytes: limits.maxLineBytes,
      onLine(text, place) {
        const entry = parseJournalLine(text);
        if (entry?.type === 'header') return;
        if (entry === undefined) {
          damaged += 1;
          return;
        }
        if (entry.type === 'event') newest = Math.max(newest, entry.event.timestamp);
        index.apply(entry, { segment, ...place });
      },
    });
    sizes.set(segment, (await stat(segmentPath(folder, segment))).size);
    damagedLines += oversized + Math.max(0, damaged - 1);
  }
  const writer = segments.find(({ header }) => header !== undefined)?.header ?? unknownWriter;
  const heard = await readOwnership(folder, writer.instance);
  return {
    index,
    families: index.families().filter(({ owed }) => owed > 0),
    sizes,
    writer,
    // An event may be dated in the future; nobody was heard of then.
    lastHeardAt: Math.max(Math.min(newest, limits.now), Math.min(heard?.lastHeardAt ?? 0, limits.now)),
    damagedLines,
  };
}

interface FoundSegment {
  readonly segment: number;
  readonly header: SegmentHeader | undefined;
}

const headerBytes = 4_096;

async function readHeaders(folder: string, segments: readonly number[]): Promise<readonly FoundSegment[]> {
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
      !segments.some(({ segment: other, header }) => header !== undefined && header.from <= segment && segment < other),
  );
}

/** Reads the lines of one family. */
export async function readFamily(folder: string, family: JournalFamily): Promise<readonly RecoveredEntry[]> {
  const entries: RecoveredEntry[] = [];
  let opened: { readonly segment: number; readonly handle: FileHandle } | undefined;
  try {
    for (const place of family.places) {
      if (opened?.segment !== place.segment) {
        await opened?.handle.close();
        opened = undefined;
        opened = { segment: place.segment, handle: await openForReading(segmentPath(folder, place.segment)) };
      }
      const entry = await readEntry(opened.handle, place);
      if (entry !== undefined) entries.push(entry);
    }
  } finally {
    await opened?.handle.close();
  }
  return entries;
}

async function readEntry(handle: FileHandle, place: LinePlace): Promise<RecoveredEntry | undefined> {
  const text = await readLineAt(handle, place);
  const entry = text === undefined ? undefined : parseJournalLine(text);
  return entry === undefined || entry.type === 'header' ? undefined : { ...entry, bytes: place.bytes };
}

/** Whether the journal says that nothing more is owed for an observation. */
export function createSettledLookup(entries: readonly JournalEntry[]): (key: ObservationKey) => boolean {
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
