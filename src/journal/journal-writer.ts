import { join } from 'node:path';
import {
  beat,
  createFolder,
  createFolderSync,
  discardFolder,
  discardFolderSync,
  type FolderName,
  giveAway,
  isMissing,
  toFolderName,
} from './journal-folder.ts';
import type { JournalIndex } from './journal-index.ts';
import type { JournalEntry } from './journal-line.ts';
import type { JournalOwner } from './journal-owner.ts';
import { openSegments, type SegmentLimits } from './journal-segments.ts';

/** One folder that this process owns: the one it writes its own events into, or one it took over. */
export interface JournalWriter {
  readonly path: string;
  readonly index: JournalIndex;
  /** On disk and waiting. */
  readonly bytes: number;
  readonly unwrittenBytes: number;
  /** Whether nothing in it is owed and nobody reads in it. */
  readonly isFinished: boolean;
  /** Takes lines for writing, without what is settled already. Lines that are too long come back. */
  append(entries: Iterable<JournalEntry>): readonly JournalEntry[];
  /** Writes what waits and removes what is not needed any more. Never rejects. */
  work(): Promise<WorkOutcome>;
  /** Tells other processes that this one lives. Never rejects. */
  beat(now: number): Promise<'alive' | 'lost'>;
  /** From now on nobody reads in it: files may be shrunk and removed. */
  endReading(): void;
  /** Removes the folder. */
  discard(): Promise<void>;
  /** Closes the files and lets the next process have the folder at once. */
  giveAway(): Promise<void>;
  /** Closes the files of a folder that is somebody else's. Never rejects. */
  abandon(): Promise<void>;
  /** Writes what waits, or removes the folder when it is finished, while no event loop runs. */
  flushSync(): void;
}

/** What became of an attempt to write. */
export type WorkOutcome =
  | { readonly type: 'done' }
  /** The folder is somebody else's by now, or was removed. */
  | { readonly type: 'lost' }
  /** The folder cannot be made. */
  | { readonly type: 'unusable'; readonly error: unknown }
  /** What waits still waits. */
  | { readonly type: 'failed'; readonly error: unknown };

/** What a writer is made from. */
export interface JournalWriterOptions {
  readonly root: string;
  readonly name: FolderName;
  readonly owner: JournalOwner;
  readonly now: () => number;
  readonly index: JournalIndex;
  readonly limits: SegmentLimits;
  /** The sizes of the segments of a folder that was taken over; absent for one that is yet to be made. */
  readonly takenOver?: ReadonlyMap<number, number>;
  /** Told when old segments could not be shrunk. */
  readonly onProblem: (error: unknown) => void;
}

/** Makes a writer. Its folder is made with the first write. */
export function createJournalWriter(options: JournalWriterOptions): JournalWriter {
  const { root, name, owner, index, limits, takenOver, onProblem } = options;
  const path = join(root, toFolderName(name));
  const sizes = takenOver ?? new Map<number, number>();
  const segments = openSegments({ folder: path, owner, index, limits, sizes, onProblem });
  let isMade = takenOver !== undefined;
  let isReading = takenOver !== undefined;

  function isFinished(): boolean {
    return index.owed === 0 && !isReading;
  }

  async function make(): Promise<void> {
    if (isMade) return;
    await createFolder(root, name, owner);
    await beat(path, owner.instance, options.now());
    isMade = true;
  }

  return {
    path,
    index,
    get bytes() {
      return segments.bytes;
    },
    get unwrittenBytes() {
      return segments.unwrittenBytes;
    },
    get isFinished() {
      return isFinished();
    },
    append: (entries) => segments.append(entries),
    async work() {
      try {
        if (segments.unwrittenBytes > 0) {
          await make();
          await segments.write();
        }
        if (!isReading) await segments.tidy();
        return { type: 'done' };
      } catch (error) {
        if (!isMade) return { type: 'unusable', error };
        return isMissing(error) ? { type: 'lost' } : { type: 'failed', error };
      }
    },
    async beat(now) {
      try {
        if (isMade) await beat(path, owner.instance, now);
      } catch (error) {
        if (isMissing(error)) return 'lost';
      }
      return 'alive';
    },
    endReading() {
      isReading = false;
    },
    async discard() {
      await segments.close();
      if (isMade) await discardFolder(root, name);
    },
    async giveAway() {
      await segments.close();
      if (isMade) await giveAway(root, name);
    },
    async abandon() {
      await segments.close().catch(() => {});
    },
    flushSync() {
      if (isFinished()) {
        void segments.close().catch(() => {});
        discardFolderSync(root, name);
        return;
      }
      if (segments.unwrittenBytes === 0) return;
      if (!isMade) createFolderSync(root, name, owner);
      isMade = true;
      segments.writeSync();
    },
  };
}
