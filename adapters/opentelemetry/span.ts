import { readEntries, readField, readText } from '../../src/index.ts';

/** Seconds and nanoseconds since the epoch, as OpenTelemetry keeps time. */
export type SpanTime = readonly [number, number];

interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean | undefined;
}

/**
 * What is read of a span. Spans of the OpenTelemetry SDK 1 and 2 are such: the first names its parent by
 * `parentSpanId` and its scope `instrumentationLibrary`.
 */
export interface TracedSpan {
  readonly name: string;
  spanContext(): SpanIds;
  readonly parentSpanContext?: SpanIds | undefined;
  readonly parentSpanId?: string | undefined;
  readonly instrumentationScope?: { readonly name: string } | undefined;
  readonly instrumentationLibrary?: { readonly name: string } | undefined;
  readonly startTime: SpanTime;
  readonly endTime: SpanTime;
  readonly status: { readonly code: number; readonly message?: string | undefined };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly {
    readonly name: string;
    readonly time: SpanTime;
    readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  }[];
}

/** Something that happened in a span. */
export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Everything that a span tells, read once. */
export interface SpanFacts {
  readonly name: string;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly SpanEvent[];
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string | undefined;
  /** Milliseconds since the epoch, whole ones. */
  readonly startTime: number;
  /** The same; the start's while the span is open. */
  readonly endTime: number;
}

/** Where a span stands in its trace. */
export interface SpanPosition {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
  /** The span id of the span above, here or in another process. */
  readonly parentSpanId: string | undefined;
}

const maxEvents = 1_000;

/** @throws whatever the span throws; a span that has no ids has no position. */
export function toPosition(span: TracedSpan): SpanPosition | undefined {
  const ids: unknown = span.spanContext();
  const traceId = readText(ids, 'traceId');
  const spanId = readText(ids, 'spanId');
  if (traceId === undefined || spanId === undefined) return undefined;
  const flags = readField(ids, 'traceFlags');
  const parentSpanId =
    readText(readField(span, 'parentSpanContext'), 'spanId') ?? readText(span, 'parentSpanId');
  return { traceId, spanId, isSampled: typeof flags !== 'number' || flags % 2 === 1, parentSpanId };
}

/** What is needed to see what a span is: little, because every span of the program is asked. */
export function toRoleFacts(span: TracedSpan): Pick<SpanFacts, 'name' | 'scope' | 'attributes'> {
  return {
    name: readText(span, 'name') ?? 'unnamed-span',
    scope:
      readText(readField(span, 'instrumentationScope'), 'name') ??
      readText(readField(span, 'instrumentationLibrary'), 'name') ??
      '',
    attributes: toAttributes(readField(span, 'attributes')),
  };
}

/** What the span tells at this moment; `now` stands for a start that is no time. */
export function toFacts(span: TracedSpan, now: number): SpanFacts {
  const status: unknown = readField(span, 'status');
  const startTime = toMilliseconds(readField(span, 'startTime')) ?? now;
  return {
    ...toRoleFacts(span),
    events: readEntries(readField(span, 'events'), maxEvents).map((event) =>
      toEvent(event, startTime),
    ),
    status: toStatus(readField(status, 'code')),
    statusMessage: readText(status, 'message'),
    startTime,
    endTime: Math.max(startTime, toMilliseconds(readField(span, 'endTime')) ?? startTime),
  };
}

function toEvent(event: unknown, startTime: number): SpanEvent {
  return {
    name: readText(event, 'name') ?? '',
    time: toMilliseconds(readField(event, 'time')) ?? startTime,
    attributes: toAttributes(readField(event, 'attributes')),
  };
}

function toAttributes(value: unknown): Readonly<Record<string, unknown>> {
  // The object is the span's own; nothing in here writes to it or keeps it.
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

function toStatus(code: unknown): SpanFacts['status'] {
  if (code === 2) return 'error';
  return code === 1 ? 'ok' : 'unset';
}

function toMilliseconds(time: unknown): number | undefined {
  const [seconds, nanoseconds] = readEntries(time, 2);
  if (typeof seconds !== 'number' || typeof nanoseconds !== 'number') return undefined;
  const milliseconds = seconds * 1_000 + Math.floor(nanoseconds / 1_000_000);
  return Number.isFinite(milliseconds) ? milliseconds : undefined;
}
