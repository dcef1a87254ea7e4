import {
  classifyFailure,
  type Ending,
  parsedJson,
  readField,
  readText,
  toUsage,
} from '../../src/index.ts';
import { interruptionsOf, toApprovals } from './approvals.ts';
import type { OpenRun } from './open-runs.ts';

/** How a run ended whose promise, or whose stream, is fulfilled. */
export function toResultEnding(
  result: unknown,
  { signal, finishReason }: Pick<OpenRun, 'signal' | 'finishReason'>,
): Ending {
  const state = readField(result, 'state');
  const interruptions = interruptionsOf(state);
  if (interruptions.length > 0) {
    return {
      status: 'suspended',
      reason: 'approval_required',
      pending: toApprovals(interruptions),
    };
  }
  const step = readField(state, '_currentStep');
  if (readText(step, 'type') === 'next_step_final_output') {
    return {
      status: 'completed',
      reason: toCompletedReason(state, finishReason),
      output: toOutput(state, readField(step, 'output')),
    };
  }
  // A stream that was cancelled is fulfilled like any other; an abort and a reader that left look the same to the SDK.
  if (readField(result, 'cancelled') === true) {
    if (signal?.aborted === true) return classifyFailure(signal.reason, { signal });
    return {
      status: 'error',
      reason: 'stream_abandoned',
      error: {
        type: 'StreamAbandoned',
        message: 'the reader stopped before the run came to its end',
      },
    };
  }
  return { status: 'completed', reason: 'stop' };
}

function toCompletedReason(
  state: unknown,
  finishReason: string | undefined,
): 'stop' | 'length' | 'fallback' {
  // The answer of an `errorHandlers` entry, for a limit, a refusal or an output that does not fit.
  if (readText(state, '_finalOutputSource') === 'error_handler') return 'fallback';
  return finishReason === 'length' || finishReason === 'max_output_tokens' ? 'length' : 'stop';
}

/**
 * The final output. The state holds it as text; `result.finalOutput` would parse it with the schema of the agent, and
 * that is code of the program.
 */
function toOutput(state: unknown, output: unknown): unknown {
  const outputType = readField(readField(state, '_currentAgent'), 'outputType');
  return outputType === 'text' || outputType === undefined ? output : parsedJson(output);
}

/** What the state of a run says at its end. The usage is that of all its model calls, inner agents included. */
export function toEndMetadata(state: unknown): Readonly<Record<string, unknown>> {
  const agent = readText(readField(state, '_currentAgent'), 'name');
  const usage = readField(state, 'usage');
  const counts = toUsage(usage);
  const requests = readField(usage, 'requests');
  return {
    ...(agent !== undefined && { last_agent: agent }),
    ...(counts !== undefined &&
      requests !== 0 && {
        usage: { ...(typeof requests === 'number' && { requests }), ...counts },
      }),
  };
}
