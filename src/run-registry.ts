import type { Observed } from './record-draft.ts';
import type { Change, LifecycleState, RunState, TransitionInput } from './lifecycle-state.ts';
import { transition } from './run-state.ts';
import { findStep, listSteps, putStep, type RunSteps } from './run-steps.ts';
import { isSent, type SentRun, toRunState, toSentRun } from './sent-run.ts';
import type { StepState } from './step-state.ts';

/** Remembers runs and feeds events through the rules; it holds state and knows no rule. */
export interface RunRegistry extends LifecycleState {
  /** Applies the event and everything that follows from it; the changes come in order. */
  apply(input: TransitionInput): readonly Change[];
  /** The wire has the record's ending: nothing about it can change from now on. */
  handOver(record: Observed): void;
  /** Runs without an ending, and runs of which only other events came; outer ones first. */
  unendedRunIds(): readonly string[];
  /** Runs whose end has been told and whose start has not. */
  startlessRunIds(): readonly string[];
  /** Whether there are any of those. */
  readonly hasStartless: boolean;
}

/** How much is remembered for events that come late or early. */
export interface RegistryLimits {
  /** Ended runs that are still recognised; older ones are forgotten. */
  readonly endedRuns: number;
  /** Events that wait for the start of their run, in all. */
  readonly parkedEvents: number;
}

/** What is known of a run; of what it has none, nothing is kept. */
interface KnownRun {
  /** Undefined while only an inner run of it is known here. */
  state: RunState | SentRun | undefined;
  steps: RunSteps;
  childRunIds: Set<string> | undefined;
  lastEnd: number | undefined;
}

const none: readonly never[] = [];

/** `onParkedOverflow` is told of each waiting event that was given up because too many wait. */
export function createRunRegistry(
  limits: RegistryLimits,
  onParkedOverflow: (input: TransitionInput) => void,
): RunRegistry {
  // In the order of their coming, outer ones first.
  const runs = new Map<string, KnownRun>();
  const parked = new Map<string, readonly TransitionInput[]>();
  const startless = new Set<string>();
  // Insertion order is the order of ending, which makes it the order of forgetting.
  const finished = new Set<string>();
  let parkedCount = 0;

  const state: LifecycleState = {
    run(runId) {
      const run = runs.get(runId)?.state;
      return run !== undefined && isSent(run) ? toRunState(runId, run) : run;
    },
    step: (runId, stepId) => findStep(runs.get(runId)?.steps, stepId),
    *unendedSteps(runId) {
      for (const step of listSteps(runs.get(runId)?.steps)) {
        if (typeof step === 'string') continue;
        if (step.ended === undefined || step.ended.outcome === 'closed') yield step;
      }
    },
    *unendedChildRuns(runId) {
      for (const childRunId of runs.get(runId)?.childRunIds ?? none) {
        const child = runs.get(childRunId)?.state;
        if (child === undefined || isSent(child)) continue;
        if (child.ended === undefined || child.ended.closedWithParent) yield child;
      }
    },
    lastEnd: (runId) => runs.get(runId)?.lastEnd,
    parked: (runId) => parked.get(runId) ?? none,
  };

  function known(runId: string): KnownRun {
    const before = runs.get(runId);
    if (before !== undefined) return before;
    const made: KnownRun = {
      state: undefined,
      steps: undefined,
      childRunIds: undefined,
      lastEnd: undefined,
    };
    runs.set(runId, made);
    return made;
  }

  function store(change: Change): void {
    if (change.parked !== undefined) park(change.parked.runId, change.parked.inputs);
    if (change.run !== undefined) storeRun(change.run);
    if (change.steps !== undefined) for (const step of change.steps) storeStep(step);
  }

  function storeStep(step: StepState): void {
    const around = known(step.runId);
    around.steps = putStep(around.steps, step);
    if (step.ended !== undefined && step.ended.outcome !== 'closed')
      noteEnd(around, step.ended.time);
  }

  function noteEnd(around: KnownRun, time: number): void {
    around.lastEnd = Math.max(around.lastEnd ?? time, time);
  }

  function storeRun(run: RunState): void {
    const { runId, parent, ended } = run;
    const around = parent === undefined ? undefined : known(parent.runId);
    if (around !== undefined) {
      around.childRunIds ??= new Set();
      around.childRunIds.add(runId);
      if (ended !== undefined && !ended.closedWithParent) noteEnd(around, ended.time);
    }
    known(runId).state = run;
    // What goes on here without the run around it is not forgotten with that one.
    const isOutermost = around?.state === undefined;
    if (isOutermost && (ended !== undefined || run.released)) finished.add(runId);
    else finished.delete(runId);
  }

  function park(runId: string, inputs: readonly TransitionInput[]): void {
    const before = parked.get(runId)?.length ?? 0;
    if (inputs.length === 0) {
      parked.delete(runId);
      startless.delete(runId);
      parkedCount -= before;
      return;
    }
    if (inputs.length > before && parkedCount >= limits.parkedEvents) {
      for (const input of inputs.slice(before)) onParkedOverflow(input);
      return;
    }
    parked.set(runId, inputs);
    if (inputs.at(-1)?.event.type === 'run-end') startless.add(runId);
    parkedCount += inputs.length - before;
  }

  function forgetOldest(): void {
    for (const runId of finished) {
      if (finished.size <= limits.endedRuns) return;
      const run = runs.get(runId)?.state;
      if (run !== undefined && !isSent(run) && !run.released) continue;
      finished.delete(runId);
      forget(runId);
    }
  }

  function forget(runId: string): void {
    const run = runs.get(runId);
    for (const childRunId of run?.childRunIds ?? none) forget(childRunId);
    runs.delete(runId);
    const parentRunId = run?.state?.parent?.runId;
    if (parentRunId !== undefined && runs.get(parentRunId)?.state === undefined)
      runs.delete(parentRunId);
  }

  /** Runs without an ending, and runs of which only other events came. */
  function* unended(): Generator<string> {
    for (const [runId, { state: run }] of runs)
      if (run !== undefined && !isSent(run) && run.ended === undefined) yield runId;
    yield* parked.keys();
  }

  function applyOne(input: TransitionInput): Change {
    const change = transition(state, input);
    store(change);
    return change;
  }

  /** One after the other, what follows from each right behind it. */
  function applyAll(inputs: readonly TransitionInput[]): readonly Change[] {
    const changes: Change[] = [];
    const queue = [...inputs];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const change = applyOne(next);
      changes.push(change);
      if (change.next !== undefined) queue.unshift(...change.next);
    }
    return changes;
  }

  return {
    ...state,
    apply(input) {
      const change = applyOne(input);
      return change.next === undefined || change.next.length === 0
        ? [change]
        : [change, ...applyAll(change.next)];
    },
    handOver(record) {
      if (record.phase === 'open') return;
      const run = runs.get(record.runId);
      if (run === undefined) return;
      const { stepId } = record;
      if (stepId !== undefined) {
        if (findStep(run.steps, stepId) !== undefined) run.steps = putStep(run.steps, stepId);
        return;
      }
      const { state: told } = run;
      if (told !== undefined && !isSent(told) && told.ended !== undefined) {
        run.state = toSentRun(told, told.ended);
        run.lastEnd = undefined;
      }
      if (finished.size > limits.endedRuns) forgetOldest();
    },
    unendedRunIds: () => [...unended()],
    startlessRunIds: () => [...startless],
    get hasStartless() {
      return startless.size > 0;
    },
  };
}
