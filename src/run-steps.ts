import type { StepState } from './step-state.ts';

/** All that is known of a step, or the mere id of one that the wire has, to recognise what comes late. */
export type KnownStep = StepState | string;

/** A step, and the one that came before it. */
interface StepLink {
  step: KnownStep;
  readonly before: StepLink | undefined;
}

/**
 * The steps of a run; undefined when it has none. Few of them are a chain, the newest first, and many a map: most runs
 * have few steps, thousands may be open, a thousand are remembered, and a map of two takes as much as a chain of four.
 */
export type RunSteps = StepLink | Map<string, KnownStep> | undefined;

const longestChain = 16;

/** What is known of the step, if anything is. */
export function findStep(steps: RunSteps, stepId: string): KnownStep | undefined {
  if (steps instanceof Map) return steps.get(stepId);
  let link = steps;
  while (link !== undefined && idOf(link.step) !== stepId) link = link.before;
  return link?.step;
}

/** The steps with this one, in its place when something was known of it. What was given as `steps` is over. */
export function putStep(steps: RunSteps, step: KnownStep): RunSteps {
  const stepId = idOf(step);
  if (steps instanceof Map) return steps.set(stepId, step);
  let length = 0;
  for (let link = steps; link !== undefined; link = link.before) {
    if (idOf(link.step) === stepId) {
      link.step = step;
      return steps;
    }
    length += 1;
  }
  const longer = { step, before: steps };
  return length < longestChain
    ? longer
    : new Map(listSteps(longer).map((known) => [idOf(known), known]));
}

/** All of them, in the order of their coming. */
export function listSteps(steps: RunSteps): readonly KnownStep[] {
  if (steps instanceof Map) return [...steps.values()];
  const list: KnownStep[] = [];
  for (let link = steps; link !== undefined; link = link.before) list.push(link.step);
  return list.toReversed();
}

function idOf(step: KnownStep): string {
  return typeof step === 'string' ? step : step.stepId;
}
