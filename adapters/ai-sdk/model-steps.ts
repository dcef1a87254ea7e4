import { type Place, readField, readText } from '../../src/index.ts';
import { isStream, type OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';
import { type StepEnding, toStepFailure } from './step-ending.ts';
import { newStepId, tellStepEnd, tellStepStart } from './step-events.ts';
import { toFirstTokenTime, toModelEnd, toModelStart } from './step-facts.ts';

/** A model is called. */
export function startModel(recording: Recording, run: OpenRun, event: unknown): void {
  // An integration that is registered twice tells everything twice.
  if (run.model !== undefined) return;
  const stepId = newStepId(run, 'model');
  run.hasModelEnded = false;
  run.hasModelFailed = false;
  const startTime = tellStepStart(recording, run, { event, stepId, facts: toModelStart(event) });
  run.model = { stepId, startTime, attempts: 0 };
}

/** The model call came to its own end. */
export function endModel(recording: Recording, run: OpenRun, event: unknown): void {
  // The error was part of the stream: the end of the step closes the model call with it.
  if (readField(event, 'finishReason') === 'error') return;
  closeModel(recording, run, { event, facts: toModelEnd(event) });
  run.hasModelEnded = true;
}

/** The same for a call that was to make an object. */
export function endObjectModel(recording: Recording, run: OpenRun, event: unknown): void {
  const text = readText(event, 'objectText');
  if (text !== undefined) run.lastText = text;
  closeModel(recording, run, { event, facts: toModelEnd(event) });
  run.hasModelEnded = true;
}

/** The model call failed for good. */
export function failModel(recording: Recording, run: OpenRun, error: unknown): void {
  if (run.model !== undefined) run.hasModelFailed = true;
  closeModel(recording, run, { event: undefined, facts: toStepFailure(error, recording.signal) });
}

/** An attempt at a model call failed; the SDK may make another. */
export function failAttempt(recording: Recording, run: OpenRun, error: unknown): void {
  // `generateText` tries again within one model call; `streamText` makes each attempt a model call of its own.
  if (isStream(run)) failModel(recording, run, error);
}

/** Ends the model call that runs, whoever tells of it. */
export function closeModel(
  recording: Recording,
  run: OpenRun,
  { event, facts }: { readonly event: unknown; readonly facts: StepEnding },
): void {
  const { model } = run;
  if (model === undefined) return;
  run.model = undefined;
  const completionStartTime = toFirstTokenTime(event, model.startTime);
  const attempts = model.attempts > 1 ? { attempts: model.attempts } : {};
  tellStepEnd(recording, run, {
    event,
    stepId: model.stepId,
    facts: {
      ...facts,
      ...(completionStartTime !== undefined && { completionStartTime }),
      metadata: { ...facts.metadata, ...attempts },
    },
  });
}

/** Where the model that is called now runs; each call from outside of it is an attempt. */
export function placeOfModel({ port }: Recording, { runId, model }: OpenRun): Place {
  if (model === undefined) return { runId };
  if (port.current()?.stepId !== model.stepId) model.attempts += 1;
  return { runId, stepId: model.stepId };
}
