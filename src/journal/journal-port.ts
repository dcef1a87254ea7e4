import type { Clock } from '../clock.ts';
import type { DiagnosticListener } from '../diagnostics.ts';
import type { ObservationKey } from './journal-line.ts';
import type { JournalOwner, livenessOf } from './journal-owner.ts';
import type { ReplayRun } from './journal-replay.ts';
import type { TransitionInput } from '../lifecycle-state.ts';

/** Bounds of a journal. */
export interface JournalLimits {
  /** Bytes on disk, approximately; default 256 MiB. Beyond it new events are not journaled; steps stop a tenth earlier. */
  readonly maxBytes: number;
  /** Bytes of a file before the next one is begun; default 8 MiB. */
  readonly segmentBytes: number;
  /** The longest event that is journaled, in bytes; default 16 MiB. */
  readonly maxLineBytes: number;
  /** Bytes that may wait for a slow or full disk; default 16 MiB. */
  readonly maxUnwrittenBytes: number;
}

/** What a journal needs from around it. */
export interface JournalOptions {
  /** Made when it is missing, readable for nobody else. Several processes may share it. */
  readonly directory: string;
  readonly clock: Clock;
  readonly diagnose: DiagnosticListener;
  /** Whether the wire has the ending of this run: what comes later for it is not journaled without its beginning. */
  readonly isHandedOver: (runId: string) => boolean;
  readonly limits?: Partial<JournalLimits>;
  /** Which process this is and how others are found alive; a test passes its own. */
  readonly processes?: JournalProcesses;
}

/** This process, and what it can find out about others. */
export interface JournalProcesses {
  readonly self: JournalOwner;
  readonly livenessOf: typeof livenessOf;
}

/**
 * Keeps on disk what is owed: lifecycle events until the records that follow from them are settled. Written at most
 * 100 ms after it was noted, in order, beside the event loop and without an fsync per write: a killed process loses
 * nothing that was written, a power failure may lose the end of the newest file. Nothing in it throws.
 */
export interface Journal {
  /** Remembers an event that changed something. */
  note(input: TransitionInput): void;
  /** Nothing more is owed for these observations. */
  settled(keys: readonly ObservationKey[]): void;
  /**
   * Takes over what processes left that are gone, one run at a time. `replay` gets a run and resolves to what is owed
   * for it now; it may wait until there is room. Whatever it does not name counts as settled. Never rejects.
   */
  recover(replay: ReplayRun): Promise<RecoveryReport>;
  /** Resolves when everything so far is on disk or has failed to get there. Never rejects. */
  flush(): Promise<void>;
  /** Writes everything before it returns, for the moment when the event loop is over. */
  flushSync(): void;
  /** Writes everything. What is still owed lies ready for the next process. Never rejects; later calls share the result. */
  close(): Promise<void>;
}

/** What a look for journals of other processes found. */
export interface RecoveryReport {
  /** Journals that were taken over with something owed in them. */
  readonly journals: number;
  readonly runs: number;
  /** Journals whose process cannot be asked and was heard of less than a minute ago: worth another look then. */
  readonly undecided: number;
}
