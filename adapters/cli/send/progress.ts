import type { LifecycleEvent } from '../../../src/index.ts';
import type { LinePosition } from './lines.ts';

/** How far a file has been sent, as it stands in a checkpoint. */
export interface SavedProgress {
  /** Where to go on reading: the first line of the oldest run that had no end yet. */
  readonly from: LinePosition;
  /** Runs with lines behind `from` that are delivered, and where the last line of each begins. */
  readonly runs: readonly (readonly [runId: string, lastOffset: number])[];
  /** Ended steps of open runs that are delivered. */
  readonly steps: readonly (readonly [runId: string, stepIds: readonly string[]])[];
}

/** Remembers which runs and steps of a file are delivered, so that a second start sends each of them once. */
export interface Progress {
  /** Whether an earlier start delivered what this event is about. */
  isDelivered(event: LifecycleEvent): boolean;
  /** An event was handed over; `place` is where its line begins. */
  took(event: LifecycleEvent, place: LinePosition): void;
  /** What to remember once everything that has ended is delivered; `reached` is the first line that was not read. */
  save(reached: LinePosition): SavedProgress;
}

/** What to remember when everything up to `reached` is delivered, open runs included, which were ended. */
export function finishedAt(reached: LinePosition): SavedProgress {
  return { from: reached, runs: [], steps: [] };
}

interface OpenRun {
  readonly first: LinePosition;
  readonly endedSteps: Set<string>;
}

/** Starts where `saved` left off, or at the beginning. */
export function createProgress(saved?: SavedProgress): Progress {
  const deliveredRuns = new Map(saved?.runs);
  const deliveredSteps = new Map(
    saved?.steps.map(([runId, stepIds]) => [runId, new Set(stepIds)] as const),
  );
  // Of this start: an ending that comes twice is for the rules to judge, so these are not passed over.
  const endedRuns = new Map<string, number>();
  const open = new Map<string, OpenRun>();

  function openRun(runId: string, first: LinePosition): OpenRun {
    const known = open.get(runId);
    if (known !== undefined) return known;
    const made: OpenRun = { first, endedSteps: new Set(deliveredSteps.get(runId)) };
    open.set(runId, made);
    deliveredSteps.delete(runId);
    return made;
  }

  return {
    isDelivered(event) {
      if (deliveredRuns.has(event.runId)) return true;
      if (!('stepId' in event)) return false;
      const steps = open.get(event.runId)?.endedSteps ?? deliveredSteps.get(event.runId);
      return saved !== undefined && steps?.has(event.stepId) === true;
    },
    took(event, place) {
      if (endedRuns.has(event.runId)) {
        endedRuns.set(event.runId, place.offset);
        return;
      }
      const { endedSteps } = openRun(event.runId, place);
      if (event.type === 'step-end') endedSteps.add(event.stepId);
      if (event.type !== 'run-end') return;
      open.delete(event.runId);
      endedRuns.set(event.runId, place.offset);
    },
    save(reached) {
      const from = [...open.values()].reduce(
        (oldest, { first }) => (first.offset < oldest.offset ? first : oldest),
        reached,
      );
      // Runs whose lines all lie before `from` are never read again.
      for (const runs of [deliveredRuns, endedRuns]) {
        for (const [runId, offset] of runs) if (offset < from.offset) runs.delete(runId);
      }
      return {
        from,
        runs: [...deliveredRuns, ...endedRuns],
        steps: [
          ...[...deliveredSteps].map(([runId, ids]) => [runId, [...ids]] as const),
          ...[...open].map(([runId, { endedSteps }]) => [runId, [...endedSteps]] as const),
        ],
      };
    },
  };
}
