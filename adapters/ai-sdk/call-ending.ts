import {
  classifyFailure,
  type ErrorFacts,
  readEntries,
  readField,
  readText,
  type RunEndEvent,
  toErrorFacts,
} from '../../src/index.ts';
import { partsOf, textOf, toRunOutput, toToolFacts } from './model-facts.ts';

type WithoutPlace<Event> = Event extends unknown
  ? Omit<Event, 'type' | 'runId' | 'timestamp' | 'eventVersion' | 'name' | 'metadata'>
  : never;

/** How a call ended. */
export type CallEnding = WithoutPlace<RunEndEvent>;

/** What is known of a call besides the event of its end. */
export interface CallFacts {
  /** The limit of its steps, when the user told it. */
  readonly maxSteps: number | undefined;
  /** The tools that were executed, step by step: all that is told when outputs are hidden. */
  readonly executedTools: readonly (readonly string[])[];
  /** Whether the last model call came to its own end. */
  readonly hasModelEnded: boolean;
  /** The error that the reader of the stream was told. */
  readonly toldError: unknown;
  /** The last text of the run that is not blank. */
  readonly lastText: string;
}

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

/** The signal of an abort, when it is known; its reason may be anything. */
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
 * The finish reason of the last step decides, then what its tool calls wait for, then what stopped the loop: see
 * {@link stopOf}.
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

function toLoopEnding(event: unknown, facts: CallFacts): CallEnding {
  const last = toStep(readField(event, 'finalStep'));
  const approvals = toApprovals(last.parts);
  if (approvals.length > 0)
    return { status: 'suspended', reason: 'approval_required', pending: approvals };
  const open = openCalls(last.parts);
  if (open.length > 0)
    return { status: 'suspended', reason: 'client_tool', pending: open.map(toToolFacts) };
  const steps = toSteps(event, facts);
  const calls = steps.at(-1)?.calls ?? [];
  if (calls.length === 0 && isHidden(event) && readText(event, 'finishReason') === 'tool-calls')
    return { status: 'suspended', reason: 'input_required', pending: [] };
  const stop = stopOf(steps, facts.maxSteps);
  switch (stop) {
    case 'answer':
      return { status: 'completed', reason: 'stop', output: toRunOutput(event) };
    case 'condition':
      return { status: 'completed', reason: 'stop_condition', output: toRunOutput(event) };
    case 'limit':
      return toLimit(event, steps, facts);
    default:
      return stop satisfies never;
  }
}

interface StepTools {
  /** Names of the tools that the model called and the SDK answered; calls that the provider executes are not among them. */
  readonly calls: readonly string[];
  /** Names of all tools that the model called. */
  readonly called: readonly string[];
}

/**
 * What stopped the loop. The SDK does not tell which of its stop conditions was met, so:
 *
 * - a last step without tool calls of its own is an answer;
 * - with a known limit the count decides;
 * - else a tool that was called before cannot be what stopped the loop now (`hasToolCall` would have stopped it then),
 *   so a last step with only such tools is the limit (`isStepCount`);
 * - a tool that the last step called for the first time is taken as what the loop was to stop at.
 */
function stopOf(
  steps: readonly StepTools[],
  maxSteps: number | undefined,
): 'answer' | 'condition' | 'limit' {
  const last = steps.at(-1);
  if (last === undefined || last.calls.length === 0) return 'answer';
  if (maxSteps !== undefined) return steps.length >= maxSteps ? 'limit' : 'condition';
  const before = new Set(steps.slice(0, -1).flatMap(({ called }) => called));
  return last.called.every((name) => before.has(name)) ? 'limit' : 'condition';
}

function toLimit(event: unknown, steps: readonly StepTools[], facts: CallFacts): CallEnding {
  const iterations = steps.length;
  const results = partsOf(readField(event, 'finalStep')).filter(isToolOutput);
  const last = results.at(-1);
  const lastObservation = readField(last, 'output') ?? readField(last, 'error');
  return {
    status: 'error',
    reason: 'max_iterations',
    error: {
      type: 'MaxIterationsError',
      message: `the loop reached its limit of ${countOf(iterations)} while the model still called tools`,
    },
    ...(facts.lastText !== '' && { partialOutput: facts.lastText }),
    react: {
      iterations,
      maxIterations: facts.maxSteps ?? iterations,
      toolsUsed: steps.flatMap(({ called }) => called),
      ...(lastObservation !== undefined && { lastObservation }),
    },
  };
}

function countOf(steps: number): string {
  return steps === 1 ? '1 step' : `${steps} steps`;
}

function toSteps(event: unknown, { executedTools }: CallFacts): readonly StepTools[] {
  if (isHidden(event)) return executedTools.map((names) => ({ calls: names, called: names }));
  return readEntries(readField(event, 'steps'), 10_000).map((step) => {
    const { parts } = toStep(step);
    const calls = parts.filter(isToolCall);
    return { calls: calls.filter(isClientCall).map(nameOf), called: calls.map(nameOf) };
  });
}

function toStep(step: unknown): { readonly parts: readonly unknown[] } {
  return { parts: partsOf(step) };
}

function isHidden(event: unknown): boolean {
  return readField(event, 'recordOutputs') === false;
}

/** Requests that wait for a person; automatic ones were decided by the program. */
function toApprovals(parts: readonly unknown[]): readonly unknown[] {
  return parts
    .filter(
      (part) =>
        readField(part, 'type') === 'tool-approval-request' &&
        readField(part, 'isAutomatic') !== true,
    )
    .map((part) => ({
      approvalId: readField(part, 'approvalId'),
      ...toToolFacts(readField(part, 'toolCall')),
      ...(readField(part, 'reason') !== undefined && { reason: readField(part, 'reason') }),
    }));
}

/** Calls of tools that nothing in this process answers. */
function openCalls(parts: readonly unknown[]): readonly unknown[] {
  const answered = new Set<unknown>();
  for (const part of parts) {
    if (isToolOutput(part)) answered.add(readField(part, 'toolCallId'));
    if (
      readField(part, 'type') === 'tool-approval-response' &&
      readField(part, 'approved') === false
    )
      answered.add(readField(readField(part, 'toolCall'), 'toolCallId'));
  }
  return parts.filter(
    (part) =>
      isToolCall(part) && isClientCall(part) && !answered.has(readField(part, 'toolCallId')),
  );
}

function isToolCall(part: unknown): boolean {
  return readField(part, 'type') === 'tool-call';
}

function isClientCall(part: unknown): boolean {
  return readField(part, 'providerExecuted') !== true;
}

function isToolOutput(part: unknown): boolean {
  const type = readField(part, 'type');
  return type === 'tool-result' || type === 'tool-error';
}

function nameOf(part: unknown): string {
  return readText(part, 'toolName') ?? 'tool';
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

function partialOf({ lastText }: CallFacts): { readonly partialOutput?: string } {
  return lastText === '' ? {} : { partialOutput: lastText };
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
  for (const key of ['ranking', 'answers', 'audio']) {
    const value = readField(event, key);
    if (value !== undefined) return value;
  }
  return textOf(event);
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
