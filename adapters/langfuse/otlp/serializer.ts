import type * as OpenTelemetry from '@opentelemetry/api';
import type { HrTime, SpanContext, SpanStatus } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

import { packageVersion, scopeName } from '../vocabulary.ts';
import type { OtlpSpan } from './map.ts';

/** Spans to the OTLP JSON of one export. */
export type TraceSerializer = (spans: readonly OtlpSpan[]) => Uint8Array<ArrayBuffer>;

type Library = Pick<typeof OpenTelemetry, 'SpanKind' | 'SpanStatusCode'> & {
  readonly resource: ReadableSpan['resource'];
};

/** Loads OpenTelemetry's own serializer. */
export async function loadSerializer(): Promise<TraceSerializer> {
  const [{ SpanKind, SpanStatusCode }, { resourceFromAttributes }, { JsonTraceSerializer }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/otlp-transformer'),
    ]);
  // Without attributes: the server copies each of them into the metadata of every row.
  const library = { SpanKind, SpanStatusCode, resource: resourceFromAttributes({}) };
  return (spans) => {
    const bytes = JsonTraceSerializer.serializeRequest(
      spans.map((span) => toReadableSpan(span, library)),
    );
    if (bytes === undefined) throw new Error('the OpenTelemetry serializer returned nothing');
    return new Uint8Array(bytes);
  };
}

const scope = { name: scopeName, version: packageVersion };

function toReadableSpan(span: OtlpSpan, library: Library): ReadableSpan {
  const { traceId, parentSpanId, attributes } = span;
  const context = toContext(traceId, span.spanId);
  return {
    name: span.name,
    kind: library.SpanKind.INTERNAL,
    spanContext: () => context,
    ...(parentSpanId !== undefined && { parentSpanContext: toContext(traceId, parentSpanId) }),
    startTime: toHrTime(span.startTime),
    endTime: toHrTime(span.endTime),
    duration: toHrTime(Math.max(0, span.endTime - span.startTime)),
    ended: true,
    status: toStatus(span.status, library),
    attributes,
    links: [],
    events: [],
    resource: library.resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function toContext(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: 1 };
}

function toStatus(status: OtlpSpan['status'], { SpanStatusCode }: Library): SpanStatus {
  if (status.type === 'unset') return { code: SpanStatusCode.UNSET };
  const { message } = status;
  return { code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) };
}

function toHrTime(timeMs: number): HrTime {
  const seconds = Math.floor(timeMs / 1_000);
  return [seconds, Math.round((timeMs - seconds * 1_000) * 1_000_000)];
}
