import { readEntries, readField, readText } from '../../src/index.ts';

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

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
