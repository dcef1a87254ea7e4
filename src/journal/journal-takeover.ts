import type { Clock } from '../clock.ts';
import { claimAbandoned } from './journal-claim.ts';
import type { FolderName } from './journal-folder.ts';
import { createJournalIndex, type JournalIndex } from './journal-index.ts';
import type { JournalProcesses, RecoveryReport } from './journal-port.ts';
import type { TellProblem } from './journal-problem.ts';
import { type JournalContents, readJournal } from './journal-recovery.ts';
import { replayFamilies, type ReplayRun } from './journal-replay.ts';
import type { JournalWriter } from './journal-writer.ts';

/** What taking over needs from the journal that does it. */
export interface TakeOverOptions extends JournalProcesses {
  readonly root: string;
  readonly clock: Clock;
  readonly limits: { readonly maxLineBytes: number };
  readonly tell: TellProblem;
  /** Makes the folder one of the journal's own. */
  readonly keep: (
    name: FolderName,
    contents: JournalContents & { readonly index: JournalIndex },
  ) => JournalWriter;
  /** Whether the journal is closing: what is not replayed stays for the next process. */
  readonly isOver: () => boolean;
  /** Called when all runs of a journal were replayed. */
  readonly onReplayed: () => void;
}

/** Takes over the journals of processes that are gone and replays what they owe. */
export async function takeOver(
  replay: ReplayRun,
  options: TakeOverOptions,
): Promise<RecoveryReport> {
  const report = { journals: 0, runs: 0, undecided: 0 };
  const onUndecided = (): void => {
    report.undecided += 1;
  };
  for await (const name of claimAbandoned({
    ...options,
    now: () => options.clock.now(),
    userId: process.getuid?.(),
    onUndecided,
  })) {
    const runs = await takeOverOne(name, replay, options);
    report.runs += runs;
    if (runs > 0) report.journals += 1;
    if (options.isOver()) break;
  }
  return report;
}

async function takeOverOne(
  name: FolderName,
  replay: ReplayRun,
  options: TakeOverOptions,
): Promise<number> {
  const { root, clock, limits, tell, keep, isOver, onReplayed } = options;
  const index = createJournalIndex('with-places');
  const contents = await readJournal(root, name, {
    index,
    maxLineBytes: limits.maxLineBytes,
    now: clock.now(),
  });
  const writer = keep(name, { ...contents, index });
  if (contents.isOtherVersion) {
    tell(
      'version',
      `The journal ${writer.path} was written by another version of this library; it is left to that one. Deliver it with that version: langfuse-lifecycle deliver.`,
    );
  }
  if (contents.isOtherVersion || isOver()) {
    await writer.giveAway();
    return 0;
  }
  if (contents.damagedLines > 0) {
    tell(
      'damaged',
      `${contents.damagedLines} lines of the journal ${writer.path} could not be read; the others count.`,
    );
  }
  const runs = await replayFamilies(writer, contents, { replay, tell, isOver });
  writer.endReading();
  onReplayed();
  return runs;
}
