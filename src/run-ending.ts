import { type Ending, severity } from './ending.ts';
import type { RunEndEvent } from './events.ts';
import type {
  Change,
  LifecycleState,
  RunClose,
  RunEnding,
  RunState,
  TransitionInput,
} from './lifecycle-state.ts';
import { draftOfRun, draftOfStep } from './record-draft.ts';
import { retoldRun } from './run-facts.ts';
import { closeStep } from './step-state.ts';

/** What becomes of a known run when its end is told, for the first time or once more. */
export function endRun(
  state: LifecycleState,
  run: RunState,
  event: RunEndEvent,
  size: number,
): Change {
  // The clocks of those who tell may differ by a little, and what ended inside was not outside.
  const earliest = Math.max(run.startTime, state.lastEnd(run.runId) ?? 0);
  const ending = { ending: toEnding(event), time: Math.max(event.timestamp, earliest) };
  const told = retoldRun(run, event, size);
  return run.ended === undefined
    ? withEnding(state, told, ending)
    : secondEnding(state, run, { ...told, ended: ending });
}

/** What becomes of a known run when it is ended from outside. */
export function closeRun(state: LifecycleState, run: RunState, event: RunClose): Change {
  if (run.released) return closedSteps(state, run, event.timestamp);
  if (run.ended !== undefined && !isReclosed(run, run.ended, event)) return {};
  const ending: Ending = {
    status: 'error',
    reason: event.reason,
    error: {
      type: event.reason === 'interrupted' ? 'Interrupted' : 'NeverEnded',
      message: event.message,
    },
  };
  return withEnding(state, run, {
    ending,
    time: Math.max(event.timestamp, run.startTime),
    ...(event.closedWithParent && { closedWithParent: true }),
  });
}

/** What a process still had open in a run that it let go. */
function closedSteps(state: LifecycleState, run: RunState, time: number): Change {
  const steps = Array.from(state.unendedSteps(run.runId), (step) => closeStep(step, run, time));
  return { steps, records: steps.map((step) => draftOfStep(step, run)) };
}

/** A child that was closed with its parent is closed again when the parent turns out to have ended earlier. */
function isReclosed(
  run: RunState,
  { closedWithParent, time }: RunEnding,
  event: RunClose,
): boolean {
  return (
    !run.handedOver &&
    closedWithParent === true &&
    event.closedWithParent === true &&
    event.timestamp < time
  );
}

/** The run with its ending, and what was open in it closed. */
function withEnding(state: LifecycleState, run: RunState, ending: RunEnding): Change {
  const closed: RunState = { ...run, ended: ending };
  const steps = Array.from(state.unendedSteps(run.runId), (step) =>
    closeStep(step, closed, ending.time),
  );
  return {
    run: closed,
    steps,
    next: Array.from(state.unendedChildRuns(run.runId), (child) =>
      closeWithParent(child, run, ending.time),
    ),
    records: [...steps.map((step) => draftOfStep(step, closed)), draftOfRun(closed)],
  };
}

/** Ends an inner run because the one around it ended. */
export function closeWithParent(
  child: RunState,
  parent: RunState,
  timestamp: number,
): TransitionInput {
  const message = `still running when the run around it (${parent.name}) ended`;
  const { runId } = child;
  return {
    event: {
      type: 'run-close',
      runId,
      timestamp,
      reason: 'never_ended',
      message,
      closedWithParent: true,
    },
    size: 0,
  };
}

function secondEnding(
  state: LifecycleState,
  run: RunState,
  retold: RunState & { readonly ended: RunEnding },
): Change {
  const first = run.ended ?? retold.ended;
  const second = retold.ended;
  const told = `The run ${run.runId} (${run.name}) ended as ${first.ending.reason}, then as ${second.ending.reason}`;
  if (run.handedOver) {
    const message = `${told}, after the first was sent; the second is counted and not sent. Look for two places that end it.`;
    return {
      diagnostics: [{ code: 'late_ending', severity: 'warning', message, runId: run.runId }],
    };
  }
  if (!first.closedWithParent && severity(second.ending) <= severity(first.ending)) {
    const message = `${told}; the first is kept, because it is at least as severe.`;
    return {
      diagnostics: [{ code: 'duplicate_event', severity: 'info', message, runId: run.runId }],
    };
  }
  // What was closed with the first ending may not outlive the second, and a child not its parent.
  const outer = run.parent === undefined ? undefined : state.run(run.parent.runId)?.ended;
  const earliest = first.closedWithParent ? second.time : Math.max(first.time, second.time);
  const time = Math.min(earliest, outer?.time ?? Infinity);
  return withEnding(state, retold, { ...second, time: Math.max(time, run.startTime) });
}

function toEnding(event: RunEndEvent): Ending {
  switch (event.status) {
    case 'completed':
      return { status: 'completed', reason: event.reason ?? 'stop', output: event.output };
    case 'suspended':
      return {
        status: 'suspended',
        reason: event.reason ?? 'input_required',
        pending: event.pending,
      };
    case 'error':
      return {
        status: 'error',
        reason: event.reason ?? 'exception',
        error: event.error,
        ...(event.partialOutput !== undefined && { partialOutput: event.partialOutput }),
        ...(event.react !== undefined && { react: event.react }),
      };
    default:
      return event satisfies never;
  }
}
