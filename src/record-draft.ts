import type { RunState } from './lifecycle-state.ts';
import type { LifecycleRecord } from './records.ts';
import type { StepState } from './step-state.ts';
import { toRunRecord, toStepRecord } from './to-record.ts';

/** Who an observation is, in which phase, and what it weighs. */
export type Observed = Pick<
  LifecycleRecord,
  'role' | 'runId' | 'stepId' | 'id' | 'trace' | 'name' | 'phase' | 'size'
>;

/**
 * A record that is not written out yet. One is made at each event of an observation, and most are replaced by the next
 * before they leave: only the one that is looked at or sent is worth writing out.
 */
export interface RecordDraft extends Observed {
  readonly run: RunState;
  /** Undefined for the run itself. */
  readonly step: StepState | undefined;
}

// What a record weighs besides its payload: ids, times, the object itself.
const recordOverhead = 400;

/** The run as it stands. */
export function draftOfRun(run: RunState): RecordDraft {
  return {
    role: run.parent === undefined ? 'parent' : 'child-run',
    runId: run.runId,
    id: run.spanId,
    trace: run.trace,
    name: run.name,
    phase: run.ended === undefined ? 'open' : 'ended',
    size: run.size + recordOverhead,
    run,
    step: undefined,
  };
}

/** A step of the run as it stands. */
export function draftOfStep(step: StepState, run: RunState): RecordDraft {
  return {
    role: 'step',
    runId: run.runId,
    stepId: step.stepId,
    id: step.spanId,
    trace: run.trace,
    name: step.name,
    phase: step.ended === undefined ? 'open' : 'ended',
    size: step.size + recordOverhead,
    run,
    step,
  };
}

/** The record itself, which a sink gets. */
export function toRecord(made: LifecycleRecord | RecordDraft): LifecycleRecord {
  if (!('run' in made)) return made;
  const { run, step, size } = made;
  return step === undefined ? toRunRecord(run, size) : toStepRecord(step, run, size);
}
