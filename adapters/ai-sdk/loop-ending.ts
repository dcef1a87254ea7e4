import { type Ending, readEntries, readField, readText } from '../../src/index.ts';
import { fromJson, partsOf, toLoopOutput, toToolFacts } from './model-output.ts';
import { lastSaid, type OpenRun } from './open-runs.ts';
import { hidesOutputs } from './withheld-content.ts';

/**
 * The ending of a call whose last step the model ended by itself: what its tool calls wait for decides, then what stopped
 * the loop. The SDK does not tell which of its stop conditions was met; {@link stopOf} says how that is found out.
 */
export function toLoopEnding(run: OpenRun, event: unknown): Ending {
  const last = partsOf(readField(event, 'finalStep'));
  const approvals = toApprovals(last);
  if (approvals.length > 0)
    return { status: 'suspended', reason: 'approval_required', pending: approvals };
  const open = openCalls(last);
  if (open.length > 0)
    return { status: 'suspended', reason: 'client_tool', pending: open.map(toToolFacts) };
  const steps = toSteps(run, event);
  const calls = steps.at(-1)?.calls ?? [];
  if (calls.length === 0 && hidesOutputs(event) && readText(event, 'finishReason') === 'tool-calls')
    return { status: 'suspended', reason: 'input_required', pending: [] };
  const stop = stopOf(steps, run.maxSteps);
  switch (stop) {
    case 'answer':
      return { status: 'completed', reason: 'stop', output: toAnswer(run, event) };
    case 'condition':
      return { status: 'completed', reason: 'stop_condition', output: toLoopOutput(event) };
    case 'limit':
      return toLimit(run, event, steps);
    default:
      return stop satisfies never;
  }
}

function toAnswer({ isStructured }: OpenRun, event: unknown): unknown {
  const output = toLoopOutput(event);
  return isStructured && typeof output === 'string' ? fromJson(output) : output;
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

function toLimit(run: OpenRun, event: unknown, steps: readonly StepTools[]): Ending {
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
    ...lastSaid(run),
    react: {
      iterations,
      maxIterations: run.maxSteps ?? iterations,
      toolsUsed: steps.flatMap(({ called }) => called),
      ...(lastObservation !== undefined && { lastObservation }),
    },
  };
}

function countOf(steps: number): string {
  return steps === 1 ? '1 step' : `${steps} steps`;
}

function toSteps({ executedTools }: OpenRun, event: unknown): readonly StepTools[] {
  if (hidesOutputs(event)) {
    // The last list is of the step that would have come next.
    return executedTools.slice(0, -1).map((names) => ({ calls: names, called: names }));
  }
  return readEntries(readField(event, 'steps'), 10_000).map((step) => {
    const calls = partsOf(step).filter(isToolCall);
    return { calls: calls.filter(isClientCall).map(nameOf), called: calls.map(nameOf) };
  });
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
