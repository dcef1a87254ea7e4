import type { StepState } from './step-state.ts';

/** All that is known of a step, or the mere id of one that the wire has, to recognise what comes late. */
export type KnownStep = StepState | string;

/**
 * The steps of a run, in the order of their coming. Few of them are a list and many a map: thousands of runs may be open, a
 * thousand are remembered, most have few steps, and the smallest map takes as much as a list of fifteen.
 */
export type RunSteps = KnownStep[] | Map<string, KnownStep>;

/** Those of a run that has none yet. */
export const noSteps: RunSteps = [];

const longestList = 16;

/** What is known of the step, if anything is. */
export function findStep(steps: RunSteps, stepId: string): KnownStep | undefined {
  if (steps instanceof Map) return steps.get(stepId);
  return steps[lastIndexOf(steps, stepId)];
}

/** The steps with this one, in its place when something was known of it. May change `steps`, which is over then. */
export function putStep(steps: RunSteps, step: KnownStep): RunSteps {
  const stepId = idOf(step);
  if (steps instanceof Map) return steps.set(stepId, step);
  const at = lastIndexOf(steps, stepId);
  if (at >= 0) {
    steps[at] = step;
    return steps;
  }
  // Copied once more: a list that grew has room for sixteen others.
  const longer = [...steps, step].slice();
  return longer.length > longestList ? new Map(longer.map((one) => [idOf(one), one])) : longer;
}

/** From the end, since most that is told is about the newest. */
function lastIndexOf(steps: readonly KnownStep[], stepId: string): number {
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const step = steps[at];
    if (step !== undefined && idOf(step) === stepId) return at;
  }
  return -1;
}

function idOf(step: KnownStep): string {
  return typeof step === 'string' ? step : step.stepId;
}
