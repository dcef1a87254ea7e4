import {
  classifyFailure,
  type Ending,
  type ErrorFacts,
  type ErrorReason,
  readEntries,
  readField,
  readText,
} from '../../src/index.ts';
import { attribute, type ExportedSpan, spanError } from './exported-span.ts';
import { toClientToolSuspension, toSuspension } from './pause.ts';
import { type ProcessorStop, tripwireError } from './processor-stop.ts';
import type { RunProgress } from './run-progress.ts';

/**
 * How an agent's run ended, from its span and from what the spans inside told. Mastra's agent span looks like a
 * success when the loop reached its limit, when an output processor stopped it, and when it was aborted in a tool.
 */
export function toAgentEnding(
  span: ExportedSpan,
  progress: RunProgress,
  maxSteps: number | undefined,
): Ending {
  const error = spanError(span);
  if (error !== undefined) return toErrorEnding(error, progress);
  const tripwire = attribute(span, 'tripwireAbort') ?? readField(span.output, 'tripwire');
  if (tripwire !== undefined) {
    const processor = readText(tripwire, 'processorId') ?? 'of this agent';
    return failed('guardrail', tripwireError(tripwire, processor), progress);
  }
  const { stop } = progress.round;
  return stop === undefined
    ? toEndingByReason(span, progress, maxSteps)
    : toStoppedEnding(stop, progress);
}

/** A run that a processor ended. */
export function toStoppedEnding(stop: ProcessorStop, progress: RunProgress): Ending {
  return failed(stop.how === 'tripwire' ? 'guardrail' : 'exception', stop.error, progress);
}

/** A run whose end was never told, because nobody read its stream: Mastra works only as fast as somebody reads. */
export function toAbandonedEnding(progress: RunProgress): Ending {
  const { stop } = progress.round;
  return stop === undefined
    ? failed('stream_abandoned', abandonedError, progress)
    : toStoppedEnding(stop, progress);
}

function toErrorEnding(error: ErrorFacts, progress: RunProgress): Ending {
  const ending = classifyFailure({ ...error, name: error.type });
  if (ending.status !== 'error') return ending;
  // The model's own error comes as it was thrown, under any name.
  const isModel = ending.reason === 'exception' && progress.round.finishReason === 'error';
  return failed(isModel ? 'model_error' : ending.reason, error, progress);
}

function toEndingByReason(
  span: ExportedSpan,
  progress: RunProgress,
  maxSteps: number | undefined,
): Ending {
  const output = toOutput(span.output);
  switch (readText(span.output, 'status') ?? progress.round.finishReason) {
    case 'suspended':
      return toSuspension(span, progress);
    case 'aborted':
      return failed('aborted', abortError, progress);
    case 'tripwire':
      return failed('guardrail', tripwireError(undefined, 'of this agent'), progress);
    case 'error':
      return failed('model_error', unexplainedError, progress);
    case 'content-filter':
      return failed('content_filter', contentFilterError, progress);
    case 'length':
      return { status: 'completed', reason: 'length', output };
    case 'tool-calls':
      return toLoopEnding(span, progress, maxSteps);
    case undefined:
      return progress.hasModel && !isResultOfOther(span, progress)
        ? failed('model_error', cutError, progress)
        : { status: 'completed', reason: 'stop', output };
    default:
      // An abort that came when the model had already answered leaves the span without an output.
      return { status: 'completed', reason: 'stop', output: output ?? progress.text };
  }
}

/** The model wanted tools and was not asked again. */
function toLoopEnding(
  span: ExportedSpan,
  progress: RunProgress,
  maxSteps: number | undefined,
): Ending {
  const ending = toAbortInTool(span, progress) ?? toClientToolSuspension(progress);
  if (ending !== undefined) return ending;
  const { iterations, toolsUsed, lastObservation } = progress;
  if (maxSteps !== undefined && iterations < maxSteps)
    return { status: 'completed', reason: 'stop_condition', output: toOutput(span.output) };
  const steps = iterations === 1 ? '1 step' : `${iterations} steps`;
  const error = {
    type: 'MaxIterationsError',
    message: `the loop reached its limit of ${steps} while the model still called tools`,
  };
  return {
    ...failed('max_iterations', error, progress),
    react: {
      iterations,
      maxIterations: maxSteps ?? iterations,
      toolsUsed,
      ...(lastObservation !== undefined && { lastObservation }),
    },
  };
}

/** Mastra ends the span of a run that was aborted in a tool without any output; the tool's error says why. */
function toAbortInTool(span: ExportedSpan, progress: RunProgress): Ending | undefined {
  if (span.output !== undefined) return undefined;
  const { toolFailure } = progress.round;
  if (toolFailure?.status === 'error') {
    const { reason, error } = toolFailure;
    if (reason === 'timeout' || reason === 'aborted') return failed(reason, error, progress);
  }
  return progress.isOutputHidden ? undefined : failed('aborted', abortError, progress);
}

/** A structured result can come without a last word of the model. */
function isResultOfOther({ output }: ExportedSpan, progress: RunProgress): boolean {
  return progress.isOutputHidden || readField(output, 'object') !== undefined;
}

/** What a run returned: its object or text alone when there is nothing else. */
function toOutput(output: unknown): unknown {
  const text = readField(output, 'text');
  const object = readField(output, 'object');
  if (readEntries(readField(output, 'files'), 1).length > 0) return output;
  if (object !== undefined && object !== null) return object;
  return typeof text === 'string' ? text : output;
}

function failed(
  reason: ErrorReason,
  error: ErrorFacts,
  { text }: RunProgress,
): Ending & { readonly status: 'error' } {
  return { status: 'error', reason, error, ...(text !== undefined && { partialOutput: text }) };
}

const abandonedError: ErrorFacts = {
  type: 'StreamAbandoned',
  message: 'nobody read the stream to its end, so that Mastra never finished the run',
};

const abortError: ErrorFacts = { type: 'AbortError', message: 'the caller aborted the run' };

const cutError: ErrorFacts = {
  type: 'StreamInterrupted',
  message: "the model's stream ended before the model said that it was done",
};

const contentFilterError: ErrorFacts = {
  type: 'ContentFilter',
  message: 'the model stopped at its content filter',
};

const unexplainedError: ErrorFacts = {
  type: 'ModelError',
  message: 'the model ended with an error that was not told',
};
