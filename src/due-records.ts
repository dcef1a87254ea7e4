import type { Entry } from './waiting-records.ts';

/**
 * Which of the records that wait may leave. Those that were tried before may, and those that have seen a tick; the others
 * are young, and wait for the next one, so that a short run goes out as one write.
 */
export interface DueRecords {
  isDue(entry: Entry): boolean;
  /** Makes everything due up to this number. */
  upTo(sequence: number): void;
  /**
   * Makes everything due that was there when a full batch left the time before. What stays young came after that, so that its
   * tick is later.
   */
  noteFullBatch(batch: FullBatch): void;
  /** When the young are due that are there, milliseconds since the epoch; `now` is when they came, unless one came before. */
  tickAt(now: number): number;
  /** Says that there is no young one. */
  noneIsYoung(): void;
  /** Follows a clock that was set back. */
  setBack(milliseconds: number): void;
}

/** When a full batch left, and the number of the newest record at that time. */
export interface FullBatch {
  readonly at: number;
  readonly newest: number;
}

/** `intervalMs` is what a young record waits at most. */
export function createDueRecords(intervalMs: number): DueRecords {
  let dueSequence = 0;
  // The young came after this; undefined while there is none.
  let youngSince: number | undefined;
  let lastFull: FullBatch = { at: 0, newest: 0 };
  return {
    isDue: ({ hasLeft, sequence }) => hasLeft || sequence <= dueSequence,
    upTo(sequence) {
      dueSequence = Math.max(dueSequence, sequence);
    },
    noteFullBatch(batch) {
      dueSequence = Math.max(dueSequence, lastFull.newest);
      if (youngSince !== undefined) youngSince = Math.max(youngSince, lastFull.at);
      lastFull = batch;
    },
    tickAt(now) {
      youngSince ??= now;
      return youngSince + intervalMs;
    },
    noneIsYoung() {
      youngSince = undefined;
    },
    setBack(milliseconds) {
      if (youngSince !== undefined) youngSince -= milliseconds;
      lastFull = { ...lastFull, at: lastFull.at - milliseconds };
    },
  };
}
