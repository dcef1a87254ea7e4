import { type ExportedSpan, toTime } from './exported-span.ts';
import { stepMetadata } from './metadata.ts';
import { usageOf } from './model-call.ts';
import type { Recording } from './recording.ts';
import { roleOf } from './span-role.ts';
import { stepFailure } from './step-ending.ts';
import { toStepFacts } from './step-facts.ts';
import { isSuspended } from './tool-call.ts';
import type { TrackedSpan } from './open-runs.ts';

/** Starts the step that a span is, if it is one. */
export function startStep(recording: Recording, span: ExportedSpan, tracked: TrackedSpan): void {
  const { port } = recording;
  const role = roleOf(span);
  if (role === 'inference') noteInference(tracked.frame, span.id);
  if (role !== 'inference' && role !== 'step') return;
  tracked.isInputTold = span.input !== undefined;
  port.emit({
    type: 'step-start',
    ...toIds(recording, span, tracked),
    timestamp: toTime(span.startTime) ?? port.now(),
    ...toStepFacts(span, stepMetadata(span, tracked.run.metadataKeys)),
  });
}

/** Tells what the model was given: Mastra says that of the round and not of the call in it. */
export function updateStep({ port }: Recording, span: ExportedSpan, tracked: TrackedSpan): void {
  tracked.isInputTold = false;
  const { inferenceId: stepId, run } = tracked;
  const { input } = span;
  if (stepId === undefined || input === undefined) return;
  port.emit({ type: 'step-update', runId: run.runId, stepId, timestamp: port.now(), input });
  delete tracked.inferenceId;
}

/** Ends the step that a span is, if it is one. */
export function endStep(
  recording: Recording,
  span: ExportedSpan,
  tracked: TrackedSpan,
  timestamp: number,
): void {
  const role = roleOf(span);
  if (role === 'inference' || role === 'step') tellEnd(recording, span, tracked, timestamp);
  if (role !== 'frame' || tracked.hasInference || usageOf(span) === undefined) return;
  // The calls inside are not exported: the frame is then the one that has the usage.
  tellEnd(recording, span, tracked, timestamp);
  noteInference(tracked.frame);
}

function tellEnd(
  recording: Recording,
  span: ExportedSpan,
  tracked: TrackedSpan,
  timestamp: number,
): void {
  const { metadataKeys, progress } = tracked.run;
  const { input, ...facts } = toStepFacts(span, stepMetadata(span, metadataKeys));
  const isPaused = isSuspended(span) && progress.round.finishReason === 'suspended';
  recording.port.emit({
    type: 'step-end',
    ...toIds(recording, span, tracked),
    timestamp,
    startTime: toTime(span.startTime) ?? timestamp,
    ...facts,
    ...(input !== undefined && !tracked.isInputTold && { input }),
    ...stepFailure(span),
    ...(isPaused && { failure: 'suspended' }),
  });
}

function toIds(
  { runs }: Recording,
  span: ExportedSpan,
  { run: { runId } }: TrackedSpan,
): { readonly runId: string; readonly stepId: string; readonly parentStepId?: string } {
  const parentStepId = runs.around(span)?.place.stepId;
  return { runId, stepId: span.id, ...(parentStepId !== undefined && { parentStepId }) };
}

/** A model call was exported inside these frames, which are no steps then. */
function noteInference(frame: TrackedSpan | undefined, inferenceId?: string): void {
  for (let around = frame; around !== undefined; around = around.frame) around.hasInference = true;
  if (frame !== undefined && inferenceId !== undefined) frame.inferenceId = inferenceId;
}
