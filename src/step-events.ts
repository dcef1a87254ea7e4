import type { StepEndEvent, StepFacts, StepStartEvent } from './events.ts';
import type { StepOptions, StepPatch } from './run-options.ts';
import { toCost, toUsage } from './usage.ts';

/** Which step, and when. */
export type StepMoment = Pick<StepStartEvent, 'runId' | 'stepId' | 'timestamp'>;

/** A value under construction. */
type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

const noOptions: StepOptions = { name: '' };

/** The start of a step as its caller tells it, below another step when one is named. */
export function toStepStart(
  { runId, stepId, timestamp }: StepMoment,
  options: StepOptions | null | undefined,
  parentStepId: string | undefined,
): StepStartEvent {
  // A caller without types may have left them out, and nothing throws here.
  const { name, kind, input, model, modelParameters, prompt, metadata, level } =
    options ?? noOptions;
  const start: Draft<StepStartEvent> = { type: 'step-start', runId, stepId, timestamp, name };
  // One by one: a field that is added to what comes of a spread costs half a microsecond on Node.js 20.
  if (parentStepId !== undefined) start.parentStepId = parentStepId;
  if (kind !== undefined) start.kind = kind;
  if (input !== undefined) start.input = input;
  if (model !== undefined) start.model = model;
  if (modelParameters !== undefined) start.modelParameters = modelParameters;
  if (prompt !== undefined) start.prompt = prompt;
  if (metadata !== undefined) start.metadata = metadata;
  if (level !== undefined) start.level = level;
  return start;
}

/** The end of a step with its result. */
export function toStepEnd({ runId, stepId, timestamp }: StepMoment, output: unknown): StepEndEvent {
  const end: Draft<StepEndEvent> = { type: 'step-end', runId, stepId, timestamp };
  if (output !== undefined) end.output = output;
  return end;
}

/** What an update tells, with usage and cost in our own words. */
export function toStepFacts(patch: StepPatch): StepFacts {
  const { usage, cost, completionStartTime, ...rest } = patch;
  const tokens = toUsage(usage);
  const dollars = toCost(cost);
  return {
    ...rest,
    ...(tokens !== undefined && { usage: tokens }),
    ...(dollars !== undefined && { cost: dollars }),
    ...(completionStartTime !== undefined && { completionStartTime: Number(completionStartTime) }),
  };
}
