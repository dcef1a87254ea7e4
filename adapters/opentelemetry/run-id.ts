import { type Place, traceIdFromSeed } from '../../src/index.ts';
import type { SpanPosition } from './span.ts';

/**
 * The trace id is kept where the span is the root of its trace. Several agents may stand in one trace, one after the
 * other or in several processes, and each run is a trace of its own: the others take half of it and their span id.
 */
export function toRunId(
  { traceId, spanId, parentSpanId }: SpanPosition,
  around: Place | undefined,
): string {
  return around === undefined && parentSpanId === undefined
    ? traceId
    : `${traceId.slice(0, 16)}${spanId}`;
}

/** The span's own id is taken by the step, so that a run that is made for it needs another. */
export function toLoneRunId({ traceId, spanId, parentSpanId }: SpanPosition): string {
  return parentSpanId === undefined ? traceId : traceIdFromSeed(`${traceId}/${spanId}`);
}

/** How the span is found in another tracing system. */
export function toOrigin(
  { traceId, spanId }: SpanPosition,
  runId: string,
): Readonly<Record<string, string>> {
  return { ...(runId !== traceId && { otel_trace_id: traceId }), otel_span_id: spanId };
}
