import type { Diagnostic } from './diagnostics.ts';
import type { RunEndEvent, RunStartEvent, RunUpdateEvent } from './events.ts';
import type {
  Change,
  LifecycleState,
  RunAdopt,
  RunClose,
  RunRelease,
  RunSettle,
  RunState,
  TransitionInput,
} from './lifecycle-state.ts';
import { draftOfRun } from './record-draft.ts';
import { closeRun, closeWithParent, endRun } from './run-ending.ts';
import { filledRun, startedRun, synthesisedRun, updatedRun } from './run-facts.ts';
import { transitionStep } from './step-state.ts';

/**
 * The rules of the parent contract: what becomes of a run when an event arrives, whatever the order.
 *
 * - A run that started gets one effective ending; a later one replaces it only when it is more severe and the wire
 *   has not got the first yet.
 * - Events of a run that has not started wait for its start; when it does not come, it is made up.
 * - Steps and inner runs that are open at the end are closed with the run.
 * - A run inside a run is an observation there; it inherits the conversation and may not change it.
 */
export function transition(state: LifecycleState, input: TransitionInput): Change {
  const { event } = input;
  switch (event.type) {
    case 'run-start':
      return onRunStart(state, event, input);
    case 'run-update':
      return onRunUpdate(state, event, input);
    case 'run-end':
      return onRunEnd(state, event, input);
    case 'run-close':
      return onRunClose(state, event, input);
    case 'run-release':
      return onRunRelease(state, event);
    case 'run-adopt':
      return onRunAdopt(state, event);
    case 'run-settle':
      return state.run(event.runId) === undefined ? synthesised(state, event, []) : {};
    case 'step-start':
    case 'step-update':
    case 'step-end': {
      const run = findRun(state, event.runId);
      return run === undefined
        ? park(state, event.runId, input)
        : transitionStep(state, run, event, input.size);
    }
    default:
      return event satisfies never;
  }
}

/** The run with what its trace is called and belongs to now; an inner run follows the outermost one. */
function findRun(state: LifecycleState, runId: string): RunState | undefined {
  const run = state.run(runId);
  if (run?.parent === undefined) return run;
  const trace = state.run(run.parent.rootRunId)?.trace;
  return trace === undefined || trace === run.trace ? run : { ...run, trace };
}

function park(state: LifecycleState, runId: string, input: TransitionInput): Change {
  const waiting = state.parked(runId);
  const change: Change = { parked: { runId, inputs: [...waiting, input] } };
  if (waiting.length > 0) return change;
  const message = `A ${input.event.type} came for the run ${runId}, which has not started; it waits for the run-start.`;
  return {
    ...change,
    diagnostics: [{ code: 'event_without_run', severity: 'info', message, runId }],
  };
}

function onRunStart(state: LifecycleState, event: RunStartEvent, input: TransitionInput): Change {
  const known = findRun(state, event.runId);
  if (known !== undefined) return fillStart(known, event, input.size);
  const parentRunId = event.parentRunId === event.runId ? undefined : event.parentRunId;
  const parent = parentRunId === undefined ? undefined : findRun(state, parentRunId);
  if (parentRunId !== undefined && parent === undefined) return park(state, parentRunId, input);
  const change = opened(state, startedRun(state, event, input.size, parent));
  return { ...change, next: [...(change.next ?? []), ...linkBack(state, event)] };
}

/** Tells a suspended run what goes on with it, as long as the wire has not got its ending. */
function linkBack(state: LifecycleState, event: RunStartEvent): readonly TransitionInput[] {
  const { resumeOf, runId, timestamp } = event;
  const suspended = resumeOf === undefined ? undefined : state.run(resumeOf);
  if (
    resumeOf === undefined ||
    suspended === undefined ||
    suspended.handedOver ||
    suspended.released
  )
    return [];
  const metadata = { resumed_by: runId };
  return [
    { event: { type: 'run-update', runId: resumeOf, timestamp, metadata }, size: runId.length },
  ];
}

/** The run, and the events that waited for its start. */
function withWaiting(state: LifecycleState, run: RunState): Change {
  const waiting = state.parked(run.runId);
  return {
    run,
    ...(waiting.length > 0 && { next: waiting, parked: { runId: run.runId, inputs: [] } }),
  };
}

function opened(state: LifecycleState, run: RunState): Change {
  const waiting = state.parked(run.runId);
  const outer = run.parent === undefined ? undefined : state.run(run.parent.runId);
  const next =
    outer?.ended === undefined
      ? waiting
      : [...waiting, closeWithParent(run, outer, outer.ended.time)];
  return {
    run,
    records: [draftOfRun(run)],
    diagnostics: conflictDiagnostics(run),
    next,
    ...(waiting.length > 0 && { parked: { runId: run.runId, inputs: [] } }),
  };
}

function onRunRelease(state: LifecycleState, event: RunRelease): Change {
  const run = findRun(state, event.runId);
  return run === undefined || run.ended !== undefined ? {} : { run: { ...run, released: true } };
}

function onRunAdopt(state: LifecycleState, event: RunAdopt): Change {
  const known = state.run(event.runId);
  if (known === undefined) return withWaiting(state, { ...event.run, adopted: true });
  const { released, ...run } = known;
  if (released) return { run };
  const message = `The run ${run.runId} (${run.name}) was resumed a second time here; both handles are the same run.`;
  return {
    diagnostics: [{ code: 'duplicate_event', severity: 'info', message, runId: run.runId }],
  };
}

function fillStart(run: RunState, event: RunStartEvent, size: number): Change {
  if (run.start === 'told') {
    const message = `The run ${run.runId} (${run.name}) was started a second time; the second start is ignored.`;
    return {
      diagnostics: [{ code: 'duplicate_event', severity: 'info', message, runId: run.runId }],
    };
  }
  if (run.handedOver) return lateEvent(run, event.type);
  const filled = filledRun(run, event, size);
  return { run: filled, records: [draftOfRun(filled)] };
}

function onRunUpdate(state: LifecycleState, event: RunUpdateEvent, input: TransitionInput): Change {
  const run = findRun(state, event.runId);
  if (run === undefined) return park(state, event.runId, input);
  if (run.handedOver || run.released) return lateEvent(run, event.type);
  const updated = updatedRun(run, event, input.size);
  const isNewConflict = updated.conversationConflict !== run.conversationConflict;
  return {
    run: updated,
    records: updated.adopted && updated.ended === undefined ? [] : [draftOfRun(updated)],
    diagnostics: isNewConflict ? conflictDiagnostics(updated) : [],
  };
}

/** Makes up the start of a run that was never told, then lets what waited for it follow. */
function synthesised(
  state: LifecycleState,
  event: RunClose | RunSettle,
  last: readonly TransitionInput[],
): Change {
  const { runId, timestamp } = event;
  const waiting = state.parked(runId);
  const end = waiting.find((input) => input.event.type === 'run-end')?.event;
  const name = end !== undefined && 'name' in end ? end.name : undefined;
  const startTime = Math.min(timestamp, ...waiting.map((input) => input.event.timestamp));
  const message = `The run ${runId} ended and had never started; its start was made up. Emit run-start first, with its name and input.`;
  return {
    run: synthesisedRun(runId, name, startTime),
    next: [...waiting, ...last],
    parked: { runId, inputs: [] },
    diagnostics: [{ code: 'event_without_run', severity: 'info', message, runId }],
  };
}

function onRunEnd(state: LifecycleState, event: RunEndEvent, input: TransitionInput): Change {
  const run = findRun(state, event.runId);
  // A start that is on its way may still come; `run-settle` says that the waiting is over.
  if (run === undefined) return park(state, event.runId, input);
  return run.released ? lateEvent(run, event.type) : endRun(state, run, event, input.size);
}

function onRunClose(state: LifecycleState, event: RunClose, input: TransitionInput): Change {
  const run = findRun(state, event.runId);
  return run === undefined ? synthesised(state, event, [input]) : closeRun(state, run, event);
}

function lateEvent(run: RunState, type: string): Change {
  const after = run.released ? 'another process took it over' : 'its end was sent';
  const message = `A ${type} of the run ${run.runId} (${run.name}) came after ${after}; it is not sent. Tell it before.`;
  return { diagnostics: [{ code: 'late_event', severity: 'info', message, runId: run.runId }] };
}

function conflictDiagnostics(run: RunState): readonly Diagnostic[] {
  if (run.conversationConflict.length === 0) return [];
  const losers = run.conversationConflict.join(', ');
  const message = `The run ${run.runId} (${run.name}) takes its conversation id from ${run.conversationSource}; ${losers} named another and lost.`;
  return [{ code: 'conversation_conflict', severity: 'info', message, runId: run.runId }];
}
