import { readField } from '../../src/index.ts';
import { partsOf, textOf } from './model-output.ts';
import { closeModel, failModel } from './model-steps.ts';
import type { OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';
import { toStreamError } from './step-ending.ts';
import { toModelEnd } from './step-facts.ts';
import { tellUnexecuted } from './tool-steps.ts';

/**
 * A step of the SDK is over: one round of its loop, which is a model call and the tools that it called. It is no step
 * of ours, but it ends what had no end of its own.
 */
export function endLoopStep(recording: Recording, run: OpenRun, event: unknown): void {
  const stepNumber = readField(event, 'stepNumber');
  if (typeof stepNumber === 'number' && stepNumber < run.executedTools.length - 1) return;
  if (run.model !== undefined) {
    const error = toStreamError(run, event);
    closeModel(recording, run, { event, facts: { ...toModelEnd(event), error } });
  }
  tellUnexecuted(recording, run, partsOf(event));
  const text = textOf(event);
  if (text.trim() !== '') run.lastText = text;
  run.executedTools.push([]);
  run.executedIds.clear();
}

/** A step of the SDK failed, which is its model call. */
export function failLoopStep(recording: Recording, run: OpenRun, event: unknown): void {
  failModel(recording, run, readField(event, 'error'));
}
