import type { AdapterPort } from '../../src/index.ts';
import { isSuspended } from './agent-progress.ts';
import { type ExportedSpan, toTime } from './exported-span.ts';
import type { OpenRuns, TrackedSpan } from './open-runs.ts';
import { ownMetadata } from './run-start.ts';
import { roleOf } from './span-kind.ts';
import { stepFailure, toStepFacts, usageOf } from './step-facts.ts';

/** Records the steps of runs. */
export interface StepRecorder {
  started(span: ExportedSpan, tracked: TrackedSpan): void;
  updated(span: ExportedSpan, tracked: TrackedSpan): void;
  ended(span: ExportedSpan, tracked: TrackedSpan, timestamp: number): void;
}

/** Makes a recorder of steps. */
export function createStepRecorder(port: AdapterPort, runs: OpenRuns): StepRecorder {
  function placeFields(
    span: ExportedSpan,
    { run: { runId } }: TrackedSpan,
  ): { readonly runId: string; readonly stepId: string; readonly parentStepId?: string } {
    const parentStepId = runs.around(span)?.place.stepId;
    return { runId, stepId: span.id, ...(parentStepId !== undefined && { parentStepId }) };
  }

  function emitEnd(span: ExportedSpan, tracked: TrackedSpan, timestamp: number): void {
    const { metadataKeys, progress } = tracked.run;
    const { input, ...facts } = toStepFacts(span, ownMetadata(span, metadataKeys));
    const isPaused = isSuspended(span) && progress.finishReason === 'suspended';
    port.emit({
      type: 'step-end',
      ...placeFields(span, tracked),
      timestamp,
      startTime: toTime(span.startTime) ?? timestamp,
      ...facts,
      ...(input !== undefined && !tracked.isInputTold && { input }),
      ...stepFailure(span),
      ...(isPaused && { failure: 'suspended' }),
    });
  }

  return {
    started(span, tracked) {
      const role = roleOf(span);
      if (role === 'inference') markInference(tracked.frame, span.id);
      if (role !== 'inference' && role !== 'step') return;
      tracked.isInputTold = span.input !== undefined;
      port.emit({
        type: 'step-start',
        ...placeFields(span, tracked),
        timestamp: toTime(span.startTime) ?? port.now(),
        ...toStepFacts(span, ownMetadata(span, tracked.run.metadataKeys)),
      });
    },
    updated(span, tracked) {
      tracked.isInputTold = false;
      const { inferenceId: stepId, run } = tracked;
      if (stepId === undefined || span.input === undefined) return;
      // What the model was given is told of the round and not of the call in it.
      const { input } = span;
      port.emit({ type: 'step-update', runId: run.runId, stepId, timestamp: port.now(), input });
      delete tracked.inferenceId;
    },
    ended(span, tracked, timestamp) {
      const role = roleOf(span);
      if (role === 'inference' || role === 'step') emitEnd(span, tracked, timestamp);
      if (role !== 'frame' || tracked.hasInference || usageOf(span) === undefined) return;
      // The calls inside are not exported: the frame is then the one that has the usage.
      emitEnd(span, tracked, timestamp);
      markInference(tracked.frame);
    },
  };
}

function markInference(frame: TrackedSpan | undefined, inferenceId?: string): void {
  for (let around = frame; around !== undefined; around = around.frame) around.hasInference = true;
  if (frame !== undefined && inferenceId !== undefined) frame.inferenceId = inferenceId;
}
