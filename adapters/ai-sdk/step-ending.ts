import {
  classifyFailure,
  type ErrorFacts,
  readField,
  type StepEndEvent,
  type StepFacts,
  toErrorFacts,
} from '../../src/index.ts';
import type { OpenRun } from './open-runs.ts';
import { shownOutput } from './withheld-content.ts';

/** What is known of a step at its end. */
export type StepEnding = Partial<Pick<StepEndEvent, 'error' | 'failure'>> & StepFacts;

/** What a stream of a model tells of an error that only its reader sees. */
export const modelStreamError: ErrorFacts = {
  type: 'ModelStreamError',
  message: "the model's stream reported an error",
};

/** A stream that was cut. */
export const streamInterrupted: ErrorFacts = {
  type: 'StreamInterrupted',
  message: "the model's stream ended before the model said that it was done",
};

/** A step that failed; a failure that the caller chose by `signal` is told apart. */
export function toStepFailure(error: unknown, signal: AbortSignal | undefined): StepEnding {
  const { status, reason } = classifyFailure(error, { signal });
  const isAborted = status === 'error' && reason === 'aborted';
  return { error: toErrorFacts(error), ...(isAborted && { failure: 'aborted' }) };
}

/** A tool gave something or threw. */
export function toToolEnding(event: unknown, signal: AbortSignal | undefined): StepEnding {
  const toolOutput = readField(event, 'toolOutput');
  return readField(toolOutput, 'type') === 'tool-error'
    ? toStepFailure(readField(toolOutput, 'error'), signal)
    : { output: shownOutput(event, () => readField(toolOutput, 'output')) };
}

/** Why a model call had no end of its own; the error itself is known when the stream is observed. */
export function toStreamError({ subscription }: OpenRun, event: unknown): ErrorFacts {
  const told = subscription.readers?.toldError;
  if (told !== undefined) return toErrorFacts(told);
  return readField(event, 'finishReason') === 'error' ? modelStreamError : streamInterrupted;
}
