import {
  classifyFailure,
  type ErrorFacts,
  readField,
  readText,
  type StepEndEvent,
} from '../../src/index.ts';

/** How a span failed, if it did; what the caller or a person chose is told apart. */
export function toStepFailure(
  error: unknown,
  signal: AbortSignal | undefined,
): Pick<StepEndEvent, 'error' | 'failure'> {
  const facts = toSpanError(error);
  if (facts === undefined) return {};
  const isAborted = facts.type === 'AbortError' || isCalledOff(signal, facts.message);
  return { error: facts, failure: isAborted || isRefused(error) ? 'aborted' : 'error' };
}

/** The error of a span, which the SDK keeps as texts; `undefined` when there is none. */
function toSpanError(error: unknown): ErrorFacts | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const message = readText(error, 'message') ?? 'error';
  const detail = readText(readField(error, 'data'), 'error');
  if (isRefused(error)) return { type: 'ToolCallRefused', message: detail ?? message };
  // `String(error)` of what was thrown.
  const [, type, text] = /^([A-Za-z_$][\w$]{0,99}): ([^]*)$/.exec(detail ?? '') ?? [];
  return type === undefined || text === undefined
    ? { type: 'Error', message: detail ?? message }
    : { type, message: text };
}

/** Whether a tool was not called because somebody refused it. */
function isRefused(error: unknown): boolean {
  return (readText(readField(error, 'data'), 'error') ?? '').endsWith(
    'was manually rejected by user.',
  );
}

/** Whether an error, which the SDK keeps as a text, is the caller's own reason to stop; a timeout is a failure. */
function isCalledOff(signal: AbortSignal | undefined, message: string): boolean {
  if (signal?.aborted !== true) return false;
  const reason: unknown = signal.reason;
  if (message !== readText(reason, 'message') && message !== reason) return false;
  return classifyFailure(reason, { signal }).reason === 'aborted';
}
