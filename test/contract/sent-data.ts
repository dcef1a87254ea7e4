import type { SentRequest } from './sinks.ts';
import { writesOf } from './payload.ts';

/** An event of an ingestion batch, and when it was sent. */
export interface SentEvent {
  readonly id: string;
  readonly type: string;
  /** ISO-8601. */
  readonly timestamp: string;
  readonly body: Readonly<Record<string, unknown>> & { readonly id: string };
  readonly sentAt: number;
}

/** A span of an OTLP export, its attributes by key, and when it was sent. */
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: unknown; readonly message?: string };
  readonly attributes: ReadonlyMap<string, AnyValue>;
  readonly sentAt: number;
}

/** An attribute's value: one key that names its type. */
export type AnyValue = Readonly<Record<string, unknown>>;

/** The events of each request, in order. */
export function eventsOf(requests: readonly SentRequest[]): readonly (readonly SentEvent[])[] {
  return writesOf(requests).map(({ json, sentAt }) =>
    (json as { batch: SentEvent[] }).batch.map((event) => ({ ...event, sentAt })),
  );
}

interface Export {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

interface ExportedSpan extends Omit<SentSpan, 'attributes' | 'sentAt'> {
  readonly attributes: readonly { readonly key: string; readonly value: AnyValue }[];
}

/** The spans of each request, in order. */
export function spansOf(requests: readonly SentRequest[]): readonly (readonly SentSpan[])[] {
  return writesOf(requests).map(({ json, sentAt }) =>
    (json as Export).resourceSpans
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans)
      .map((span) => ({ ...span, attributes: attributesOf(span), sentAt })),
  );
}

function attributesOf({ attributes }: ExportedSpan): ReadonlyMap<string, AnyValue> {
  const byKey = new Map(attributes.map(({ key, value }) => [key, value]));
  if (byKey.size === attributes.length) return byKey;
  throw new Error(
    `expected each attribute once; got ${attributes.map(({ key }) => key).join(', ')}`,
  );
}
