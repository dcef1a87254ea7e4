import {
  classifyFailure,
  type Ending,
  type ErrorFacts,
  readField,
  readText,
} from '../../src/index.ts';
import { toLoopEnding } from './loop-ending.ts';
import { textOf, toLoopOutput } from './model-output.ts';
import { lastSaid, type OpenRun } from './open-runs.ts';
import { modelStreamError, streamInterrupted } from './step-ending.ts';
import { toEmbeddingFacts } from './step-facts.ts';
import { shownOutput } from './withheld-content.ts';

const contentFilter: ErrorFacts = {
  type: 'ContentFilter',
  message: 'the content filter stopped the answer',
};

/** The ending of a call that told its end. */
export function toRunEnding(run: OpenRun, event: unknown): Ending {
  switch (run.operation) {
    case 'generateText':
    case 'streamText':
      return toTextEnding(run, event);
    case 'generateObject':
    case 'streamObject':
      return toObjectEnding(run, event);
    default:
      return { status: 'completed', reason: 'stop', output: shownOutput(event, toOtherOutput) };
  }
}

/** The ending of a call that threw. With the signal of the call an abort for any reason is told from a failure. */
export function toFailure(
  error: unknown,
  told: { readonly signal: AbortSignal | undefined; readonly partialOutput: unknown },
): Ending {
  // Output that does not fit is on the error.
  const partialOutput = readText(error, 'text') ?? told.partialOutput;
  return classifyFailure(error, { signal: told.signal, partialOutput });
}

/** The ending of a call that was aborted for `reason`; a timeout is one. */
export function toAbort(reason: unknown, partialOutput: unknown): Ending {
  const signal = reason === undefined ? AbortSignal.abort() : AbortSignal.abort(reason);
  return classifyFailure(signal.reason, { signal, partialOutput });
}

/** The ending of a stream that nobody reads any more. */
export function toAbandonment(error: ErrorFacts, partialOutput: unknown): Ending {
  return {
    status: 'error',
    reason: 'stream_abandoned',
    error,
    ...(partialOutput !== undefined && { partialOutput }),
  };
}

/** The ending of a call that can never come to one: what it waited for is gone. */
export function toNeverEnded(partialOutput: unknown): Ending {
  return {
    status: 'error',
    reason: 'never_ended',
    error: { type: 'NeverEnded', message: 'nothing is left that could end the call' },
    ...(partialOutput !== undefined && { partialOutput }),
  };
}

/** An error that says nothing of itself is the model's when the model threw it. */
export function toModelFailure({ hasModelFailed }: OpenRun, ending: Ending): Ending {
  return hasModelFailed ? withReason(ending, 'model_error') : ending;
}

/** All that goes before the start of a call is a look at the prompt. */
export function toStartlessEnding(ending: Ending): Ending {
  return withReason(ending, 'invalid_input');
}

/** What the end of a run adds to its metadata. */
export function toEndMetadata(
  { executedTools }: OpenRun,
  event: unknown,
): Readonly<Record<string, unknown>> {
  const finishReason = readText(event, 'finishReason');
  return {
    ...(finishReason !== undefined && { finish_reason: finishReason }),
    ...(executedTools.length > 1 && { steps: executedTools.length - 1 }),
  };
}

/** The finish reason of the last step decides, then what its tool calls wait for, then what stopped the loop. */
function toTextEnding(run: OpenRun, event: unknown): Ending {
  const finishReason = readText(event, 'finishReason') ?? 'other';
  switch (finishReason) {
    case 'content-filter':
      return failed(run, 'content_filter', contentFilter);
    case 'error':
      return toStreamFailure(run);
    case 'interrupted':
      return failed(run, 'model_error', streamInterrupted);
    case 'length':
      return { status: 'completed', reason: 'length', output: toLoopOutput(event) };
    default:
      return finishReason === 'other' && !run.hasModelEnded
        ? failed(run, 'model_error', streamInterrupted)
        : toLoopEnding(run, event);
  }
}

/** An object that does not fit is told as an error of the end. */
function toObjectEnding(run: OpenRun, event: unknown): Ending {
  const error = readField(event, 'error');
  const finishReason = readText(event, 'finishReason');
  if (error !== undefined && finishReason === 'content-filter')
    return failed(run, 'content_filter', contentFilter);
  if (error !== undefined) return classifyFailure(error, lastSaid(run));
  if (finishReason === 'error') return toStreamFailure(run);
  const output = shownOutput(event, () => readField(event, 'object'));
  return { status: 'completed', reason: finishReason === 'length' ? 'length' : 'stop', output };
}

/** Embeddings, rankings, speech, transcriptions, decisions. */
function toOtherOutput(event: unknown): unknown {
  const vectors = readField(event, 'embedding');
  if (vectors !== undefined) return toEmbeddingFacts(vectors);
  // The text of a speech is what went in, and the audio of a transcription too.
  if (readField(event, 'operationId') === 'ai.generateSpeech') return readField(event, 'audio');
  return readField(event, 'ranking') ?? readField(event, 'answers') ?? textOf(event);
}

/** The model told of an error in its stream; what it was is known when somebody observes the stream. */
function toStreamFailure(run: OpenRun): Ending {
  const toldError = run.subscription.readers?.toldError;
  return toldError === undefined
    ? failed(run, 'model_error', modelStreamError)
    : withReason(classifyFailure(toldError, lastSaid(run)), 'model_error');
}

function failed(run: OpenRun, reason: 'content_filter' | 'model_error', error: ErrorFacts): Ending {
  return { status: 'error', reason, error, ...lastSaid(run) };
}

/** An exception of which nothing else is known has this reason. */
function withReason(ending: Ending, reason: 'model_error' | 'invalid_input'): Ending {
  return ending.status === 'error' && ending.reason === 'exception'
    ? { ...ending, reason }
    : ending;
}
