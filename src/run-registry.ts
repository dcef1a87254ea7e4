import type { Observed } from './record-draft.ts';
import type { Change, LifecycleState, RunState, TransitionInput } from './lifecycle-state.ts';
import { toHandedOver } from './run-facts.ts';
import { transition } from './run-state.ts';
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

interface Family {
  /** Of a step that the wire has only that is kept, to recognise what comes late. */
  readonly steps: Map<string, StepState | 'handed-over'>;
  readonly childRunIds: Set<string>;
  lastEnd: number | undefined;
}

/** `onParkedOverflow` is told of each waiting event that was given up because too many wait. */
export function createRunRegistry(
  limits: RegistryLimits,
  onParkedOverflow: (input: TransitionInput) => void,
): RunRegistry {
  const runs = new Map<string, RunState>();
  const families = new Map<string, Family>();
  const parked = new Map<string, readonly TransitionInput[]>();
  const unended = new Set<string>();
  const startless = new Set<string>();
  // Insertion order is the order of ending, which makes it the order of forgetting.
  const finished = new Set<string>();
  let parkedCount = 0;

  const state: LifecycleState = {
    run: (runId) => runs.get(runId),
    step(runId, stepId) {
      const step = families.get(runId)?.steps.get(stepId);
      return step === 'handed-over' ? undefined : step;
    },
    isHandedOver: (runId, stepId) => families.get(runId)?.steps.get(stepId) === 'handed-over',
    *unendedSteps(runId) {
      for (const step of families.get(runId)?.steps.values() ?? []) {
        if (step === 'handed-over') continue;
        if (step.ended === undefined || step.ended.outcome === 'closed') yield step;
      }
    },
    *unendedChildRuns(runId) {
      for (const childRunId of families.get(runId)?.childRunIds ?? []) {
        const child = runs.get(childRunId);
        if (child === undefined || child.handedOver) continue;
        if (child.ended === undefined || child.ended.closedWithParent) yield child;
      }
    },
    lastEnd: (runId) => families.get(runId)?.lastEnd,
    parked: (runId) => parked.get(runId) ?? [],
  };

  function family(runId: string): Family {
    const known = families.get(runId);
    if (known !== undefined) return known;
    const made: Family = { steps: new Map(), childRunIds: new Set(), lastEnd: undefined };
    families.set(runId, made);
    return made;
  }

  function store(change: Change): void {
    if (change.parked !== undefined) park(change.parked.runId, change.parked.inputs);
    if (change.run !== undefined) storeRun(change.run);
    if (change.steps !== undefined) for (const step of change.steps) storeStep(step);
  }

  function storeStep(step: StepState): void {
    const around = family(step.runId);
    around.steps.set(step.stepId, step);
    if (step.ended !== undefined && step.ended.outcome !== 'closed')
      noteEnd(around, step.ended.time);
  }

  function noteEnd(around: Family, time: number): void {
    around.lastEnd = Math.max(around.lastEnd ?? time, time);
  }

  function storeRun(run: RunState): void {
    if (!runs.has(run.runId) && run.parent !== undefined)
      family(run.parent.runId).childRunIds.add(run.runId);
    runs.set(run.runId, run);
    if (run.parent !== undefined && run.ended !== undefined && !run.ended.closedWithParent)
      noteEnd(family(run.parent.runId), run.ended.time);
    if (run.ended === undefined) unended.add(run.runId);
    else unended.delete(run.runId);
    if (run.parent === undefined && (run.ended !== undefined || run.released))
      finished.add(run.runId);
    else finished.delete(run.runId);
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
      const run = runs.get(runId);
      if (!run?.handedOver && !run?.released) continue;
      finished.delete(runId);
      forget(runId);
    }
  }

  function forget(runId: string): void {
    for (const childRunId of families.get(runId)?.childRunIds ?? []) forget(childRunId);
    families.delete(runId);
    runs.delete(runId);
    unended.delete(runId);
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
      if (record.stepId !== undefined) {
        const steps = families.get(record.runId)?.steps;
        if (steps?.has(record.stepId)) steps.set(record.stepId, 'handed-over');
        return;
      }
      const run = runs.get(record.runId);
      if (run !== undefined) runs.set(record.runId, toHandedOver(run));
      if (finished.size > limits.endedRuns) forgetOldest();
    },
    unendedRunIds: () => [...unended, ...parked.keys()],
    startlessRunIds: () => [...startless],
    get hasStartless() {
      return startless.size > 0;
    },
  };
}
