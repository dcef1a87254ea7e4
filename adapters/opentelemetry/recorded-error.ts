import { type Attributes, firstNumber, firstText } from './attributes.ts';
import { toAdkResponse, toOutput } from './inputs-outputs.ts';
import { toFinishReason } from './model-call.ts';
import type { SpanEvent, SpanFacts } from './span.ts';

/** An error as a span recorded it: no `Error`, and with the fields by which errors are told apart. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly statusCode?: number;
  /** The limit of the loop, when that is what failed. */
  readonly maxIterations?: number;
  readonly cause?: RecordedError;
}

/** The error that ended the span of a run; undefined when it did not fail. */
export function toRunError(facts: SpanFacts): RecordedError | undefined {
  return toRecordedError(facts, () => true) ?? toAbort(facts);
}

/** The same for a step, in which an exception that was recorded counts when nothing says that it went well. */
export function toStepError(facts: SpanFacts): RecordedError | undefined {
  return toRecordedError(facts, wentWell) ?? toAbort(facts);
}

function wentWell(facts: SpanFacts): boolean {
  return toFinishReason(facts) !== undefined || toOutput(facts) !== undefined;
}

/** The AI SDK ends what was aborted without a word; everything else of its models and agents has a finish reason. */
function toAbort(facts: SpanFacts): RecordedError | undefined {
  if (!tellsFinishReason(facts) || toFinishReason(facts) !== undefined) return undefined;
  const message = 'the call was aborted: its span ended without a finish reason';
  return { name: 'AbortError', message };
}

function tellsFinishReason({ scope, attributes }: SpanFacts): boolean {
  const operation = firstText(attributes, ['ai.operationId', 'gen_ai.operation.name']) ?? '';
  return scope === 'gen_ai'
    ? operation === 'invoke_agent' || operation === 'chat'
    : /^ai\.(?:generate|stream)(?:Text|Object)/.test(operation);
}

/**
 * A span failed when its status, its level or an attribute says so. A recorded exception alone may have been handled,
 * which is up to `isHandled`.
 */
function toRecordedError(
  facts: SpanFacts,
  isHandled: (facts: SpanFacts) => boolean,
): RecordedError | undefined {
  const { attributes, events, status, statusMessage } = facts;
  const exceptions = toExceptions(events);
  const adk = toAdkError(attributes);
  if (adk !== undefined) return adk;
  if (status === 'ok') return undefined;
  const type = firstText(attributes, ['error.type']);
  const level = firstText(attributes, ['langfuse.observation.level'])?.toUpperCase();
  const hasFailed = status === 'error' || type !== undefined || level === 'ERROR';
  if (!hasFailed && (exceptions.length === 0 || isHandled(facts))) return undefined;
  const told =
    statusMessage ?? firstText(attributes, ['langfuse.observation.status_message', 'genkit:error']);
  const recorded = chained(exceptions);
  const statusCode = firstNumber(attributes, ['http.response.status_code']);
  return {
    ...(recorded ?? toTypedError(type, told)),
    ...(statusCode !== undefined && { statusCode }),
  };
}

/** Exceptions in the order in which they were recorded; the last is the one that left the span. */
function toExceptions(events: readonly SpanEvent[]): readonly RecordedError[] {
  return events
    .filter(({ name }) => name === 'exception')
    .map(({ attributes }) => toException(attributes));
}

function toException(attributes: Attributes): RecordedError {
  const type = firstText(attributes, ['exception.type']);
  const stack = firstText(attributes, ['exception.stacktrace']);
  // The SDK records an error's code as its type; the name is then only in the stack.
  const [, named] = /^([A-Z]\w*): /.exec(stack ?? '') ?? [];
  const isCode = type !== undefined && /^(?:\d+|[A-Z][A-Z0-9_]+)$/.test(type);
  const name = isCode ? (named ?? type) : (type ?? named ?? 'Error');
  return {
    name: toErrorName(name),
    message: firstText(attributes, ['exception.message']) ?? '',
    ...(stack !== undefined && { stack }),
    ...(isCode && { code: type }),
  };
}

/** An error that was wrapped on its way is recorded twice, the inner one first. */
function chained(exceptions: readonly RecordedError[]): RecordedError | undefined {
  const last = exceptions.at(-1);
  const inner = exceptions.findLast(
    (exception) => exception.name !== last?.name || exception.message !== last.message,
  );
  if (last === undefined || inner === undefined) return last;
  return last.message.includes(inner.message) ? { ...last, cause: inner } : last;
}

function toTypedError(type: string | undefined, told: string | undefined): RecordedError {
  const text = told ?? (type === undefined ? 'the span failed and did not say why' : type);
  if (type !== undefined && type !== '_OTHER') return { name: toErrorName(type), message: text };
  // LangChain's tracers write an error as its name, its text and its stack.
  const [, name = 'Error', rest = text] =
    /^((?:[A-Z]\w*)?(?:Error|Exception)): ([^]*)/.exec(text) ?? [];
  const [message = rest] = rest.split(/\n[^\S\n]+at |\n\n/, 1);
  return { name, message, ...(message !== rest && { stack: text }) };
}

/** A value of `error.type` may be a word of the conventions, a name with its module, or an HTTP status. */
function toErrorName(type: string): string {
  if (type === 'timeout') return 'TimeoutError';
  if (/^\d+$/.test(type)) return 'HttpError';
  return type.split('.').at(-1) ?? type;
}

/** ADK's spans keep status UNSET on every ending; a model's failure stands in what it answered. */
function toAdkError(attributes: Attributes): RecordedError | undefined {
  const response = toAdkResponse(attributes);
  const code = response?.['errorCode'];
  if (typeof code !== 'string' && typeof code !== 'number') return undefined;
  const told = response?.['errorMessage'];
  const message = typeof told === 'string' && told !== '' ? told : String(code);
  const [, limit] = /^Max number of llm calls limit of \D?(\d{1,9})/.exec(message) ?? [];
  return limit === undefined
    ? { name: 'LlmResponseError', message, code: String(code) }
    : { name: 'MaxIterationsError', message, maxIterations: Number(limit) };
}
