import type { JournalIndex } from './journal-index.ts';
import type { JournalEvent } from './journal-line.ts';

/**
 * Which events may go into a journal. What belongs to a run whose beginning is not there may not: alone it would be
 * recovered as a run without a name, over the good one.
 */
export interface JournalAdmission {
  /** Whether the event belongs to a run that is not journaled. */
  isRefused(event: JournalEvent): boolean;
  /** The event is not journaled; if it begins a run, nothing of that run is. */
  refuse(event: JournalEvent): void;
  /** What is journaled of these runs is gone; nothing more of them is journaled. */
  refuseRuns(runIds: Iterable<string>): void;
  /** The run is settled: nothing more comes. */
  forget(runId: string): void;
  /** Whether the wire has the ending of the run that the event needs; to be asked when the event comes. */
  isAfterHandOver(event: JournalEvent): boolean;
  /** Whether what the event needs is settled, and may be gone from the journal; to be asked when it is written. */
  isLate(
    event: JournalEvent,
    context: { readonly index: JournalIndex; readonly isAfterHandOver: boolean },
  ): boolean;
}

/** `isHandedOver`: whether the wire has the ending of a run. */
export function createJournalAdmission(isHandedOver: (runId: string) => boolean): JournalAdmission {
  const refused = new Set<string>();

  function refuse(event: JournalEvent): void {
    if (isBeginning(event)) refused.add(event.runId);
  }

  return {
    isRefused(event) {
      if (refused.has(event.runId)) return true;
      if (event.type !== 'run-start' || event.parentRunId === undefined) return false;
      if (!refused.has(event.parentRunId)) return false;
      refuse(event);
      return true;
    },
    refuse,
    refuseRuns(runIds) {
      for (const runId of runIds) refused.add(runId);
    },
    forget: (runId) => void refused.delete(runId),
    isAfterHandOver(event) {
      const needed = neededRunId(event);
      return needed !== undefined && isHandedOver(needed);
    },
    isLate(event, { index, isAfterHandOver }) {
      const needed = index.hasRun(event.runId) ? event.runId : neededRunId(event);
      if (needed === undefined || event.type === 'run-adopt') return false;
      return index.hasRun(needed) ? index.isOver(needed) : isAfterHandOver;
    },
  };
}

function isBeginning({ type }: JournalEvent): boolean {
  return type === 'run-start' || type === 'run-adopt';
}

/** The run that has to have begun. */
function neededRunId(event: JournalEvent): string | undefined {
  switch (event.type) {
    case 'run-adopt':
      return undefined;
    case 'run-start':
      return event.parentRunId;
    default:
      return event.runId;
  }
}
