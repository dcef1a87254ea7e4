import {
  classifyFailure,
  type Ending,
  type ErrorFacts,
  type ErrorReason,
  readEntries,
  readField,
  readText,
} from '../../src/index.ts';
import {
  type AgentProgress,
  type OpenToolCall,
  type ProcessorStop,
  tripwireError,
} from './agent-progress.ts';
import { attribute, type ExportedSpan, spanError } from './exported-span.ts';

/**
 * How an agent's run ended, from its span and from what the spans inside told. Mastra's agent span looks like a
 * success when the loop reached its limit, when an output processor stopped it, and when it was aborted in a tool.
 */
export function agentEnding(
  span: ExportedSpan,
  progress: AgentProgress,
  maxSteps: number | undefined,
): Ending {
  const error = spanError(span);
  if (error !== undefined) return failedEnding(error, progress);
  const tripwire = attribute(span, 'tripwireAbort') ?? readField(span.output, 'tripwire');
  if (tripwire !== undefined) {
    const processor = readText(tripwire, 'processorId') ?? 'of this agent';
    return failure('guardrail', tripwireError(tripwire, processor), progress);
  }
  if (progress.stop !== undefined) return stoppedEnding(progress.stop, progress);
  return endingByReason(span, progress, maxSteps);
}

/** A run that a processor ended. */
export function stoppedEnding(stop: ProcessorStop, progress: AgentProgress): Ending {
  return failure(stop.how === 'tripwire' ? 'guardrail' : 'exception', stop.error, progress);
}

/** A run whose end was never told, because nobody read its stream: Mastra works only as fast as somebody reads. */
export function abandonedEnding(progress: AgentProgress): Ending {
  if (progress.stop !== undefined) return stoppedEnding(progress.stop, progress);
  const error = {
    type: 'StreamAbandoned',
    message: 'nobody read the stream to its end, so that Mastra never finished the run',
  };
  return failure('stream_abandoned', error, progress);
}

/** What a run returned: its object or text alone when there is nothing else. */
function runOutput(output: unknown): unknown {
  const text = readField(output, 'text');
  const object = readField(output, 'object');
  if (readEntries(readField(output, 'files'), 1).length > 0) return output;
  if (object !== undefined && object !== null) return object;
  return typeof text === 'string' ? text : output;
}

function endingByReason(
  span: ExportedSpan,
  progress: AgentProgress,
  maxSteps: number | undefined,
): Ending {
  const output = runOutput(span.output);
  switch (readText(span.output, 'status') ?? progress.finishReason) {
    case 'suspended':
      return suspendedEnding(span, progress);
    case 'aborted':
      return failure('aborted', abortError, progress);
    case 'tripwire':
      return failure('guardrail', tripwireError(undefined, 'of this agent'), progress);
    case 'error':
      return failure('model_error', unexplainedError, progress);
    case 'content-filter':
      return failure('content_filter', contentFilterError, progress);
    case 'length':
      return { status: 'completed', reason: 'length', output };
    case 'tool-calls':
      return loopEnding(span, progress, maxSteps);
    case undefined:
      return progress.hasModel && !isResultOfOther(span, progress)
        ? failure('model_error', cutError, progress)
        : { status: 'completed', reason: 'stop', output };
    default:
      // An abort that came when the model had already answered leaves the span without an output.
      return { status: 'completed', reason: 'stop', output: output ?? progress.text };
  }
}

/** A structured result can come without a last word of the model. */
function isResultOfOther({ output }: ExportedSpan, progress: AgentProgress): boolean {
  return progress.isOutputHidden || readField(output, 'object') !== undefined;
}

/** The model wanted tools and was not asked again. */
function loopEnding(
  span: ExportedSpan,
  progress: AgentProgress,
  maxSteps: number | undefined,
): Ending {
  const aborted = abortInTool(span, progress);
  if (aborted !== undefined) return aborted;
  const clientCalls = progress.clientCalls.filter(
    // A call of a tool that the agent does not have is told in the same way.
    ({ toolName }) =>
      progress.availableTools.length === 0 || progress.availableTools.includes(toolName),
  );
  if (clientCalls.length > 0)
    return { status: 'suspended', reason: 'client_tool', pending: clientCalls.map(toPending) };
  const { iterations, toolsUsed, lastObservation } = progress;
  if (maxSteps !== undefined && iterations < maxSteps)
    return { status: 'completed', reason: 'stop_condition', output: runOutput(span.output) };
  const steps = iterations === 1 ? '1 step' : `${iterations} steps`;
  const error = {
    type: 'MaxIterationsError',
    message: `the loop reached its limit of ${steps} while the model still called tools`,
  };
  return {
    ...failure('max_iterations', error, progress),
    react: {
      iterations,
      maxIterations: maxSteps ?? iterations,
      toolsUsed,
      ...(lastObservation !== undefined && { lastObservation }),
    },
  };
}

/** Mastra ends the span of a run that was aborted in a tool without any output; the tool's error says why. */
function abortInTool(span: ExportedSpan, progress: AgentProgress): Ending | undefined {
  if (span.output !== undefined) return undefined;
  const { toolFailure, isOutputHidden } = progress;
  if (toolFailure?.status === 'error') {
    const { reason, error } = toolFailure;
    if (reason === 'timeout' || reason === 'aborted') return failure(reason, error, progress);
  }
  return isOutputHidden ? undefined : failure('aborted', abortError, progress);
}

function suspendedEnding(span: ExportedSpan, progress: AgentProgress): Ending {
  // A tool that is an agent suspends because that agent does.
  if (progress.innerSuspension !== undefined) return progress.innerSuspension;
  const told = toldCall(span);
  const isApproval = readText(span.output, 'reason') === 'tool-call-approval';
  if (isApproval || (told === undefined && progress.approvals.length > 0)) {
    const pending = progress.approvals.length > 0 ? progress.approvals : asList(told);
    return { status: 'suspended', reason: 'approval_required', pending: pending.map(toPending) };
  }
  const pending = progress.suspendedCalls.length > 0 ? progress.suspendedCalls : asList(told);
  return { status: 'suspended', reason: 'input_required', pending: pending.map(toPending) };
}

function toldCall({ output }: ExportedSpan): OpenToolCall | undefined {
  const toolName = readText(output, 'toolName');
  const toolCallId = readText(output, 'toolCallId');
  if (toolName === undefined) return undefined;
  return { toolName, ...(toolCallId !== undefined && { toolCallId }) };
}

function asList(call: OpenToolCall | undefined): readonly OpenToolCall[] {
  return call === undefined ? [] : [call];
}

function toPending({
  toolCallId,
  toolName,
  args,
}: OpenToolCall): Readonly<Record<string, unknown>> {
  return {
    ...(toolCallId !== undefined && { id: toolCallId }),
    name: toolName,
    ...(args !== undefined && { input: args }),
  };
}

const abortError = { type: 'AbortError', message: 'the caller aborted the run' };
const cutError = {
  type: 'StreamInterrupted',
  message: "the model's stream ended before the model said that it was done",
};
const contentFilterError = {
  type: 'ContentFilter',
  message: 'the model stopped at its content filter',
};
const unexplainedError = {
  type: 'ModelError',
  message: 'the model ended with an error that was not told',
};

function failedEnding(error: ErrorFacts, progress: AgentProgress): Ending {
  const ending = classifyFailure({ ...error, name: error.type });
  if (ending.status !== 'error') return ending;
  // The model's own error comes as it was thrown, under any name.
  const isModel = ending.reason === 'exception' && progress.finishReason === 'error';
  return failure(isModel ? 'model_error' : ending.reason, error, progress);
}

function failure(
  reason: ErrorReason,
  error: ErrorFacts,
  { text }: AgentProgress,
): Ending & { readonly status: 'error' } {
  return { status: 'error', reason, error, ...(text !== undefined && { partialOutput: text }) };
}
