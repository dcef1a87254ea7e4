import type { ObservationKey } from './journal-line.ts';
import type { TellProblem } from './journal-problem.ts';
import {
  createSettledLookup,
  type JournalContents,
  readFamily,
  type RecoveredRun,
} from './journal-recovery.ts';
import type { JournalFamily } from './journal-index.ts';
import type { JournalWriter } from './journal-writer.ts';

/** Applies a recovered run; resolves to the observations that are owed because of it. */
export type ReplayRun = (run: RecoveredRun) => Promise<readonly ObservationKey[]>;

/** What replaying needs from around it. */
export interface ReplayOptions {
  readonly replay: ReplayRun;
  readonly tell: TellProblem;
  /** Whether to stop: the rest stays for the next process. */
  readonly isOver: () => boolean;
}

/**
 * Gives every owed run of a journal to `replay`, one at a time, and settles what it does not name.
 *
 * @returns how many runs were replayed
 */
export async function replayFamilies(
  writer: JournalWriter,
  contents: JournalContents,
  { replay, tell, isOver }: ReplayOptions,
): Promise<number> {
  let runs = 0;
  for (const family of contents.families) {
    if (isOver()) break;
    try {
      const entries = await readFamily(writer.path, family);
      const { writer: deadWriter, lastHeardAt } = contents;
      const isSettled = createSettledLookup(entries);
      const owed = await replay({ writer: deadWriter, lastHeardAt, entries, isSettled });
      if (isOver()) break;
      const keys = without(family, owed);
      if (keys.length > 0) writer.append([{ type: 'settled', keys }]);
      runs += 1;
    } catch (error) {
      if (isOver()) break;
      tell('internal', `A run in the journal ${writer.path} could not be recovered`, error);
    }
  }
  return runs;
}

function without(
  family: JournalFamily,
  owed: readonly ObservationKey[],
): readonly ObservationKey[] {
  const texts = new Set(owed.map(toText));
  return family.owedKeys().filter((key) => !texts.has(toText(key)));
}

function toText({ runId, stepId }: ObservationKey): string {
  return JSON.stringify(stepId === undefined ? [runId] : [runId, stepId]);
}
