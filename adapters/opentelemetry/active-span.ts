import { type Activate, type Place, readField, readText } from '../../src/index.ts';
import { type OpenTelemetryContext, withOpenTelemetryContext } from '../opentelemetry-context.ts';

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
}

type Tell = (...told: readonly unknown[]) => unknown;

/** The `Span` of OpenTelemetry's API, by its form. */
interface Span {
  spanContext(): SpanContext;
  isRecording(): boolean;
  readonly setAttribute: Tell;
  readonly setAttributes: Tell;
  readonly addEvent: Tell;
  readonly addLink: Tell;
  readonly addLinks: Tell;
  readonly setStatus: Tell;
  readonly recordException: Tell;
  readonly updateName: Tell;
  readonly end: Tell;
}

// Keys of contexts are registered symbols of their descriptions, see `createContextKey` of the API.
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');

// Registered too, so that a processor of another installed copy of this package finds it.
const placeKey = Symbol.for('langfuse-lifecycle.place');

/**
 * Makes a run or step the active span of OpenTelemetry while its code runs, so that spans that the program's
 * instrumentation starts inside carry its ids. Does nothing in a program that has no context manager. Whether they are
 * sampled follows the span around, and is yes where there is none. What code tells the active span reaches the span
 * around, as it did before.
 */
export const activateSpan: Activate = (place, fn) =>
  withOpenTelemetryContext((active) => {
    const { runId, stepId, traceId, spanId } = place;
    const around = spanOf(active);
    const spanContext = { traceId, spanId, traceFlags: flagsOf(around), isRemote: true };
    const told: Place = stepId === undefined ? { runId } : { runId, stepId };
    return active.setValue(spanKey, standIn(spanContext, around)).setValue(placeKey, told);
  }, fn);

/** The run or step that was made active last in a context, by whatever lifecycle. */
export function activatedPlace(context: unknown): Place | undefined {
  const place = valueOf(context, placeKey);
  const runId = readText(place, 'runId');
  const stepId = readText(place, 'stepId');
  if (runId === undefined) return undefined;
  return stepId === undefined ? { runId } : { runId, stepId };
}

/** The ids of the active span of a context. */
export function activeSpanIds(
  context: unknown,
): { readonly traceId: string; readonly spanId: string } | undefined {
  const span = valueOf(context, spanKey);
  const read = readField(span, 'spanContext');
  const ids: unknown = typeof read === 'function' ? Reflect.apply(read, span, []) : undefined;
  const traceId = readText(ids, 'traceId');
  const spanId = readText(ids, 'spanId');
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}

function valueOf(context: unknown, key: symbol): unknown {
  const getValue = readField(context, 'getValue');
  return typeof getValue === 'function' ? Reflect.apply(getValue, context, [key]) : undefined;
}

function spanOf(context: OpenTelemetryContext): Span | undefined {
  // The key is the API's own, and its setter takes nothing but spans.
  return context.getValue(spanKey) as Span | undefined;
}

const sampled = 1;

function flagsOf(around: Span | undefined): number {
  const spanContext = around?.spanContext();
  // A span without ids is what a tracer gives that is switched off.
  if (spanContext === undefined || /^0*$/.test(spanContext.traceId)) return sampled;
  return spanContext.traceFlags;
}

/** A span with the ids of ours. It is not one that OpenTelemetry exports or that can be ended. */
function standIn(spanContext: SpanContext, around: Span | undefined): Span {
  const span: Span = {
    spanContext: () => spanContext,
    isRecording: () => around?.isRecording() ?? false,
    setAttribute: (...args) => told(() => around?.setAttribute(...args)),
    setAttributes: (...args) => told(() => around?.setAttributes(...args)),
    addEvent: (...args) => told(() => around?.addEvent(...args)),
    addLink: (...args) => told(() => around?.addLink(...args)),
    addLinks: (...args) => told(() => around?.addLinks(...args)),
    setStatus: (...args) => told(() => around?.setStatus(...args)),
    recordException: (...args) => around?.recordException(...args),
    updateName: () => span,
    end() {},
  };
  const told = (tell: () => unknown): Span => {
    tell();
    return span;
  };
  return span;
}
