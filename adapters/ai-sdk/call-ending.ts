import {
  classifyFailure,
  type ErrorFacts,
  readEntries,
  readField,
  readText,
  toErrorFacts,
} from '../../src/index.ts';
import { type CallEnding, type CallFacts, partialOf } from './call-facts.ts';
import { toLoopEnding } from './loop-ending.ts';
import { isHidden, textOf, toRunOutput } from './model-facts.ts';

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

const contentFilter: ErrorFacts = {
  type: 'ContentFilter',
  message: 'the content filter stopped the answer',
};

/** The ending of a call that threw. With the signal of the call an abort for any reason is told from a failure. */
export function toFailure(
  error: unknown,
  {
    signal,
    partialOutput,
  }: { readonly signal: AbortSignal | undefined; readonly partialOutput: unknown },
): CallEnding {
  return classifyFailure(error, { signal, partialOutput });
}

/** The ending of a call that was aborted for `reason`; a timeout is one. */
export function toAbort(reason: unknown, partialOutput: unknown): CallEnding {
  const signal = reason === undefined ? AbortSignal.abort() : AbortSignal.abort(reason);
  return toFailure(signal.reason, { signal, partialOutput });
}

/** The ending of a stream that nobody reads any more. */
export function toAbandonment(error: ErrorFacts, partialOutput: unknown): CallEnding {
  return {
    status: 'error',
    reason: 'stream_abandoned',
    error,
    ...(partialOutput !== undefined && { partialOutput }),
  };
}

/** The ending of a call that can never come to one: what it waited for is gone. */
export function toNeverEnded(partialOutput: unknown): CallEnding {
  return {
    status: 'error',
    reason: 'never_ended',
    error: { type: 'NeverEnded', message: 'nothing is left that could end the call' },
    ...(partialOutput !== undefined && { partialOutput }),
  };
}

/**
 * The ending of a text call that reported its end.
 *
 * The finish reason of the last step decides, then what its tool calls wait for, then what stopped the loop.
 */
export function toTextEnding(event: unknown, facts: CallFacts): CallEnding {
  const finishReason = readText(event, 'finishReason') ?? 'other';
  switch (finishReason) {
    case 'content-filter':
      return failed('content_filter', contentFilter, facts);
    case 'error':
      return toModelFailure(facts);
    case 'interrupted':
      return failed('model_error', streamInterrupted, facts);
    case 'length':
      return { status: 'completed', reason: 'length', output: toRunOutput(event) };
    default:
      return finishReason === 'other' && !facts.hasModelEnded
        ? failed('model_error', streamInterrupted, facts)
        : toLoopEnding(event, facts);
  }
}

function toModelFailure(facts: CallFacts): CallEnding {
  const { toldError } = facts;
  if (toldError === undefined) return failed('model_error', modelStreamError, facts);
  const ending = classifyFailure(toldError, partialOf(facts));
  return ending.status === 'error' && ending.reason === 'exception'
    ? { ...ending, reason: 'model_error' }
    : ending;
}

function failed(
  reason: 'content_filter' | 'model_error',
  error: ErrorFacts,
  facts: CallFacts,
): CallEnding {
  return { status: 'error', reason, error, ...partialOf(facts) };
}

/** The ending of `generateObject` or `streamObject`, which tells of an object that does not fit as an error of its end. */
export function toObjectEnding(event: unknown, facts: CallFacts): CallEnding {
  const error = readField(event, 'error');
  const finishReason = readText(event, 'finishReason');
  if (error !== undefined && finishReason === 'content-filter')
    return failed('content_filter', contentFilter, facts);
  if (error !== undefined) return classifyFailure(error, partialOf(facts));
  if (finishReason === 'error') return toModelFailure(facts);
  const output = isHidden(event) ? toRunOutput(event) : readField(event, 'object');
  return { status: 'completed', reason: finishReason === 'length' ? 'length' : 'stop', output };
}

/** The ending of a call that is neither text nor object: embeddings, rankings, speech, transcriptions, decisions. */
export function toOtherEnding(event: unknown): CallEnding {
  return { status: 'completed', reason: 'stop', output: toOtherOutput(event) };
}

function toOtherOutput(event: unknown): unknown {
  if (isHidden(event)) return toRunOutput(event);
  const vectors = readField(event, 'embedding');
  if (vectors !== undefined) return toEmbeddingFacts(vectors);
  // The text of a speech is what went in, and the audio of a transcription too.
  if (readField(event, 'operationId') === 'ai.generateSpeech') return readField(event, 'audio');
  return readField(event, 'ranking') ?? readField(event, 'answers') ?? textOf(event);
}

/** Vectors say nothing to a reader and weigh much: how many there are, and of how many dimensions. */
export function toEmbeddingFacts(vectors: unknown): unknown {
  const [first] = readEntries(vectors, 1);
  return typeof first === 'number'
    ? { embeddings: 1, dimensions: readField(vectors, 'length') }
    : { embeddings: readField(vectors, 'length'), dimensions: readField(first, 'length') };
}

/** An error as a step tells it; a failure that the caller chose is told apart. */
export function toStepFailure(
  error: unknown,
  signal: AbortSignal | undefined,
): { readonly error: ErrorFacts; readonly failure?: 'aborted' } {
  const { status, reason } = classifyFailure(error, { signal });
  const isAborted = status === 'error' && reason === 'aborted';
  return { error: toErrorFacts(error), ...(isAborted && { failure: 'aborted' }) };
}
