import { type ErrorFacts, readField, readText, toErrorFacts } from '../../src/index.ts';

/** What is read of a span that Mastra exports; the real type has more. Everything in it is foreign and checked when read. */
export interface ExportedSpan {
  /** 16 hex digits. */
  readonly id: string;
  /** 32 hex digits, unless the caller gave a shorter one. */
  readonly traceId: string;
  readonly name: string;
  readonly type: string;
  readonly startTime: Date;
  readonly endTime?: Date | undefined;
  readonly isEvent: boolean;
  /** Whether Mastra knows of no span above it; a resumed one has a `parentSpanId` all the same. */
  readonly isRootSpan: boolean;
  /** Whether it is one of Mastra's own workings, told only with `includeInternalSpans`. */
  readonly isInternal?: boolean | undefined;
  readonly parentSpanId?: string | undefined;
  readonly entityId?: string | undefined;
  readonly entityName?: string | undefined;
  readonly attributes?: unknown;
  readonly metadata?: unknown;
  readonly tags?: readonly string[] | undefined;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly errorInfo?: unknown;
}

/** What Mastra's observability tells of a span. */
export interface TracingEvent {
  /** `span_started`, `span_updated` or `span_ended`. */
  readonly type: string;
  readonly exportedSpan: ExportedSpan;
}

/** The field of a span's attributes; typed ones and a span's own are read alike. */
export function attribute(span: ExportedSpan, key: string): unknown {
  return readField(span.attributes, key);
}

/** The same for a text. */
export function textAttribute(span: ExportedSpan, key: string): string | undefined {
  return readText(span.attributes, key);
}

/** The fields of what a span carries (attributes, metadata); none when that is no object or cannot be read. */
export function fieldsOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  try {
    return Object.entries(value);
  } catch {
    return [];
  }
}

/** Milliseconds since the epoch; a span that was rebuilt from JSON has a text. */
export function toTime(value: unknown): number | undefined {
  const time = value instanceof Date ? value.getTime() : NaN;
  const parsed = typeof value === 'string' ? Date.parse(value) : time;
  return Number.isFinite(parsed) ? parsed : undefined;
}

/**
 * The error of a span. Mastra flattens errors to name, message and stack, and gives those of its own the name `Error`
 * and a stable `id`, which is taken as the code. Of a thrown value that is no error nothing is left.
 */
export function spanError(span: ExportedSpan): ErrorFacts | undefined {
  const { errorInfo } = span;
  if (typeof errorInfo !== 'object' || errorInfo === null) return undefined;
  if (readField(errorInfo, 'message') === undefined) return unknownError;
  const facts = toErrorFacts(errorInfo);
  const id = readText(errorInfo, 'id');
  return id === undefined ? facts : { ...facts, type: 'MastraError', code: id };
}

const unknownError: ErrorFacts = {
  type: 'UnknownError',
  message: 'something was thrown that is no Error; Mastra does not tell what',
};

/** What a person calls the agent, tool, processor or workflow step that a span is about. */
export function entityLabel(span: ExportedSpan): string {
  return [span.entityName, span.entityId, span.name].find(isLabel) ?? span.type;
}

function isLabel(label: unknown): label is string {
  return typeof label === 'string' && label.trim() !== '';
}
