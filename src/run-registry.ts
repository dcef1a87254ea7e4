import type { LifecycleRecord } from './records.ts';
import type { Change, LifecycleState, RunState, TransitionInput } from './lifecycle-state.ts';
import { toHandedOver } from './run-facts.ts';
import { transition } from './run-state.ts';
import { type StepState, toHandedOverStep } from './step-state.ts';

/** Remembers runs and feeds events through the rules; it holds state and knows no rule. */
export interface RunRegistry extends LifecycleState {
  /** Applies the event and everything that follows from it; the changes come in order. */
  apply(input: TransitionInput): readonly Change[];
  /** The wire has the record's ending: nothing about it can change from now on. */
  handOver(record: LifecycleRecord): void;
  /** Runs without an ending, and runs of which only other events came; outer ones first. */
  unendedRunIds(): readonly string[];
  /** Runs whose end has been told and whose start has not. */
  startlessRunIds(): readonly string[];
}

/** How much is remembered for events that come late or early. */
export interface RegistryLimits {
  /** Ended runs that are still recognised; older ones are forgotten. */
  readonly endedRuns: number;
  /** Events that wait for the start of their run, in all. */
  readonly parkedEvents: number;
}

interface Family {
  readonly steps: Map<string, StepState>;
  readonly childRunIds: Set<string>;
  lastEnd?: number;
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
    step: (runId, stepId) => families.get(runId)?.steps.get(stepId),
    *unendedSteps(runId) {
      for (const step of families.get(runId)?.steps.values() ?? []) {
        const isUnended = step.ended === undefined || step.ended.outcome === 'closed';
        if (isUnended && !step.handedOver) yield step;
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
    const made: Family = { steps: new Map(), childRunIds: new Set() };
    families.set(runId, made);
    return made;
  }

  function store(change: Change): void {
    if (change.parked !== undefined) park(change.parked.runId, change.parked.inputs);
    if (change.run !== undefined) storeRun(change.run);
    for (const step of change.steps ?? []) {
      family(step.runId).steps.set(step.stepId, step);
      if (step.ended !== undefined && step.ended.outcome !== 'closed')
        noteEnd(step.runId, step.ended.time);
    }
  }

  function noteEnd(runId: string, time: number): void {
    const { lastEnd = time } = family(runId);
    family(runId).lastEnd = Math.max(lastEnd, time);
  }

  function storeRun(run: RunState): void {
    if (!runs.has(run.runId) && run.parent !== undefined)
      family(run.parent.runId).childRunIds.add(run.runId);
    runs.set(run.runId, run);
    if (run.parent !== undefined && run.ended !== undefined && !run.ended.closedWithParent)
      noteEnd(run.parent.runId, run.ended.time);
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

  return {
    ...state,
    apply(input) {
      const changes: Change[] = [];
      const queue: TransitionInput[] = [input];
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const change = transition(state, next);
        store(change);
        changes.push(change);
        if (change.next !== undefined) queue.unshift(...change.next);
      }
      return changes;
    },
    handOver(record) {
      if (record.phase === 'open') return;
      if (record.stepId !== undefined) {
        const step = state.step(record.runId, record.stepId);
        if (step !== undefined)
          family(record.runId).steps.set(record.stepId, toHandedOverStep(step));
        return;
      }
      const run = runs.get(record.runId);
      if (run !== undefined) runs.set(record.runId, toHandedOver(run));
      if (finished.size > limits.endedRuns) forgetOldest();
    },
    unendedRunIds: () => [...unended, ...parked.keys()],
    startlessRunIds: () => [...startless],
  };
}
