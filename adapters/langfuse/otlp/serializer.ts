import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

import { packageVersion, scopeName } from '../vocabulary.ts';
import type { OtlpSpan } from './map.ts';

/** Spans to the OTLP JSON of one export. */
export type TraceSerializer = (spans: readonly OtlpSpan[]) => Uint8Array<ArrayBuffer>;

/** Loads OpenTelemetry's own serializer. */
export async function loadSerializer(): Promise<TraceSerializer> {
  const [{ JsonTraceSerializer }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/otlp-transformer'),
    import('@opentelemetry/resources'),
  ]);
  // Without attributes: the server copies each of them into the metadata of every row.
  const resource = resourceFromAttributes({});
  return (spans) => {
    const bytes = JsonTraceSerializer.serializeRequest(
      spans.map((span) => toReadableSpan(span, resource)),
    );
    if (bytes === undefined) throw new Error('the OpenTelemetry serializer returned nothing');
    return new Uint8Array(bytes);
  };
}

const scope = { name: scopeName, version: packageVersion };

function toReadableSpan(span: OtlpSpan, resource: ReadableSpan['resource']): ReadableSpan {
  const context = toContext(span.traceId, span.spanId);
  const startTime = toHrTime(span.startTime);
  const endTime = toHrTime(span.endTime);
  return {
    name: span.name,
    // INTERNAL
    kind: 0,
    spanContext: () => context,
    ...(span.parentSpanId !== undefined && {
      parentSpanContext: toContext(span.traceId, span.parentSpanId),
    }),
    startTime,
    endTime,
    duration: toHrTime(Math.max(0, span.endTime - span.startTime)),
    ended: true,
    status: span.status,
    attributes: span.attributes,
    links: [],
    events: [],
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function toContext(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: 1 };
}

function toHrTime(timeMs: number): HrTime {
  const seconds = Math.floor(timeMs / 1_000);
  return [seconds, Math.round((timeMs - seconds * 1_000) * 1_000_000)];
}
