import type { Place } from '../../src/index.ts';
import { registeredContextManager } from '../opentelemetry-context.ts';
import { activeSpanIds } from './active-span.ts';
import { addSpan, closeSpan, findSpan, type KnownSpan } from './known-spans.ts';
import type { Recording } from './recording.ts';
import { decide, factsOf, reconsider } from './span-decisions.ts';
import { openPlace, placeSpan } from './span-places.ts';
import { toPosition, type TracedSpan } from './span.ts';
import { abandonSpan, tellSpanEnd } from './told-spans.ts';

/** A span started. What it is may be told at once, in a microtask, with its first child or at its end. */
export function startSpan(recording: Recording, source: TracedSpan, parentContext: unknown): void {
  const { port, spans } = recording;
  const position = toPosition(source);
  if (position === undefined || !position.isSampled) return;
  const { traceId, parentSpanId } = position;
  const above =
    parentSpanId === undefined ? undefined : findSpan(spans, { traceId, spanId: parentSpanId });
  if (above !== undefined) decide(recording, above, 'child');
  const span: KnownSpan = {
    position,
    told: { as: 'undecided' },
    source,
    above,
    place: undefined,
    run: undefined,
  };
  placeSpan(recording, span, parentContext);
  addSpan(spans, span);
  decide(recording, span, 'start');
  if (span.told.as !== 'undecided') return;
  // Most instrumentations set what a span is in the statements after its start.
  queueMicrotask(() => {
    port.guard('The start of a span could not be recorded', () => decide(recording, span, 'tick'));
  });
}

/** A span has ended. */
export function endSpan(recording: Recording, source: TracedSpan): void {
  const { spans } = recording;
  const position = toPosition(source);
  const span = position && findSpan(spans, position);
  if (span === undefined) return;
  const facts = factsOf(recording, source);
  reconsider(recording, span, facts);
  decide(recording, span, 'end');
  tellSpanEnd(recording, span, facts);
  closeSpan(spans, span);
}

/** Where the active span of the program belongs, as long as that run is open. */
export function placeOfActiveSpan(recording: Recording): Place | undefined {
  const ids = activeSpanIds(registeredContextManager()?.active());
  const span = ids && findSpan(recording.spans, ids);
  if (span === undefined) return undefined;
  decide(recording, span, 'child');
  return openPlace(recording, span.place);
}

/** No span will end any more: neither will the runs of those that are open. */
export function abandonSpans(recording: Recording, message: string): void {
  const { port, spans } = recording;
  for (const span of spans.open.values()) {
    port.guard('An open span could not be ended', () => {
      decide(recording, span, 'end');
      abandonSpan(recording, span, message);
    });
  }
  spans.open.clear();
  spans.ended.clear();
}
