import {
  classifyFailure,
  type CompletedReason,
  type Ending,
  type ErrorFacts,
  type ErrorReason,
} from '../../src/index.ts';
import type { QueryResult } from './result.ts';

/** What else is known when a query ends. */
export interface RunProgress {
  readonly maxTurns: number | undefined;
  readonly toolsUsed: readonly string[];
  readonly lastObservation: unknown;
  /** What the agent had said so far. */
  readonly partialOutput: unknown;
}

/** Why the loop of Claude Code ended, where that is worth more than "exception". */
const reasonByTerminal: ReadonlyMap<string, ErrorReason> = new Map<string, ErrorReason>([
  ['aborted_streaming', 'aborted'],
  ['aborted_tools', 'aborted'],
  ['max_turns', 'max_iterations'],
  ['budget_exhausted', 'max_iterations'],
  ['structured_output_retry_exhausted', 'invalid_output'],
  ['malformed_tool_use_exhausted', 'invalid_output'],
  ['prompt_too_long', 'invalid_input'],
  ['blocking_limit', 'invalid_input'],
  ['image_error', 'invalid_input'],
  ['tool_deferred_unavailable', 'tool_error'],
  ['api_error', 'model_error'],
  ['model_error', 'model_error'],
]);

/** The same by `subtype`, for a CLI that tells no terminal reason. A budget is a limit of the loop like its turns. */
const reasonBySubtype: ReadonlyMap<string, ErrorReason> = new Map<string, ErrorReason>([
  ['error_max_turns', 'max_iterations'],
  ['error_max_budget_usd', 'max_iterations'],
  ['error_max_structured_output_retries', 'invalid_output'],
  // A success that is an error is how an API error comes.
  ['success', 'model_error'],
]);

const completedReasons: ReadonlyMap<string, CompletedReason> = new Map<string, CompletedReason>([
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
]);

/** A hook of the host said that it is enough. */
const hookStops = new Set(['hook_stopped', 'stop_hook_prevented']);

/** The ending that a result stands for. */
export function toResultEnding(result: QueryResult, progress: RunProgress): Ending {
  if (result.blockedPrompt !== undefined) {
    const error = { type: 'prompt_blocked', message: result.blockedPrompt };
    return { status: 'error', reason: 'guardrail', error };
  }
  if (result.stopReason === 'refusal') return failed('content_filter', result, progress);
  if (result.isError || result.subtype !== 'success') {
    const reason =
      reasonByTerminal.get(result.terminalReason ?? '') ??
      reasonBySubtype.get(result.subtype) ??
      'exception';
    return failed(reason, result, progress);
  }
  if (result.deferredTool !== undefined && result.deferredTool !== null) {
    return { status: 'suspended', reason: 'approval_required', pending: [result.deferredTool] };
  }
  const reason = hookStops.has(result.terminalReason ?? '')
    ? 'stop_condition'
    : (completedReasons.get(result.stopReason ?? '') ?? 'stop');
  return { status: 'completed', reason, output: outputOf(result, progress) };
}

function outputOf({ structuredOutput, text }: QueryResult, progress: RunProgress): unknown {
  if (structuredOutput !== undefined && structuredOutput !== null) return structuredOutput;
  // A query that a hook stopped has an empty result; what it had said is worth more.
  return text === '' ? (progress.partialOutput ?? text) : text;
}

function failed(reason: ErrorReason, result: QueryResult, progress: RunProgress): Ending {
  const { partialOutput } = progress;
  const react = result.subtype === 'error_max_turns' ? toReact(result, progress) : undefined;
  return {
    status: 'error',
    reason,
    error: toResultError(result),
    ...(partialOutput !== undefined && partialOutput !== result.text && { partialOutput }),
    ...(react !== undefined && { react }),
  };
}

// The core knows the counts of this limit, and that the SDK counts the turn that was refused.
function toReact(result: QueryResult, progress: RunProgress) {
  const ending = classifyFailure({
    code: result.subtype,
    message: result.text,
    turns: result.turns,
    maxTurns: progress.maxTurns,
    toolsUsed: progress.toolsUsed,
    lastObservation: progress.lastObservation,
  });
  return ending.status === 'error' ? ending.react : undefined;
}

function toResultError({ subtype, terminalReason, text, status }: QueryResult): ErrorFacts {
  const type = subtype === 'success' ? (terminalReason ?? 'error_result') : subtype;
  return {
    type,
    message: text === '' ? `Claude Code ended as ${terminalReason ?? subtype}` : text,
    ...(status !== undefined && { code: status }),
  };
}
