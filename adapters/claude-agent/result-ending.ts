import {
  classifyFailure,
  type CompletedReason,
  type Ending,
  type ErrorFacts,
  type ErrorReason,
  readEntries,
  readField,
  readText,
} from '../../src/index.ts';

/** What a `result` message says. It holds no object of the SDK but outputs. */
export interface QueryResult {
  readonly subtype: string;
  readonly isError: boolean;
  readonly terminalReason: string | undefined;
  readonly stopReason: string | undefined;
  readonly turns: unknown;
  readonly status: number | undefined;
  /** What went wrong in words, or the answer. */
  readonly text: string;
  readonly structuredOutput: unknown;
  readonly deferredTool: unknown;
  /** Why a hook did not let the prompt through; the SDK calls that a success. */
  readonly blockedPrompt: string | undefined;
}

/** What else is known when a query ends. */
export interface QueryProgress {
  readonly maxTurns: number | undefined;
  readonly toolsUsed: readonly string[];
  readonly lastObservation: unknown;
  /** What the agent had said so far. */
  readonly partialOutput: unknown;
}

/** Reads a `result` message. */
export function readResult(message: unknown, blockedPrompt: string | undefined): QueryResult {
  const errors = readEntries(readField(message, 'errors'), 10).filter(isText);
  const status = readField(message, 'api_error_status');
  return {
    subtype: readText(message, 'subtype') ?? 'unknown',
    isError: readField(message, 'is_error') === true,
    terminalReason: readText(message, 'terminal_reason'),
    stopReason: readText(message, 'stop_reason'),
    turns: readField(message, 'num_turns'),
    status: typeof status === 'number' ? status : undefined,
    text: errors.length > 0 ? errors.join('; ') : (readText(message, 'result') ?? ''),
    structuredOutput: readField(message, 'structured_output'),
    deferredTool: readField(message, 'deferred_tool_use'),
    blockedPrompt,
  };
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
export function toResultEnding(result: QueryResult, progress: QueryProgress): Ending {
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

function outputOf({ structuredOutput, text }: QueryResult, progress: QueryProgress): unknown {
  if (structuredOutput !== undefined && structuredOutput !== null) return structuredOutput;
  // A query that a hook stopped has an empty result; what it had said is worth more.
  return text === '' ? (progress.partialOutput ?? text) : text;
}

function failed(reason: ErrorReason, result: QueryResult, progress: QueryProgress): Ending {
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
function toReact(result: QueryResult, progress: QueryProgress) {
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

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
