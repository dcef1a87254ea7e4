import type { Place } from '../../src/index.ts';
import { activatedPlace } from './active-span.ts';
import type { KnownSpan } from './known-spans.ts';
import { type Recording, runOf } from './recording.ts';

/**
 * Puts a span that starts where it belongs: below the span above, as far as that one's run is open, else where its
 * context or its caller is.
 */
export function placeSpan(recording: Recording, span: KnownSpan, parentContext: unknown): void {
  put(recording, span, placeBelow(recording, span.above) ?? placeAround(recording, parentContext));
}

/** The same again, when it was decided what the span above is. */
export function placeAgain(recording: Recording, span: KnownSpan): void {
  put(recording, span, placeBelow(recording, span.above) ?? span.place);
}

/** A place as long as its run takes what lies there. */
export function openPlace({ port }: Recording, where: Place | undefined): Place | undefined {
  return where !== undefined && port.isOpen(where.runId) ? where : undefined;
}

function put(recording: Recording, span: KnownSpan, where: Place | undefined): void {
  span.place = where;
  span.run = where && runOf(recording, where, span.above?.run);
}

/** Where a span lies that has none of our spans above. */
function placeAround(recording: Recording, parentContext: unknown): Place | undefined {
  return (
    openPlace(recording, activatedPlace(parentContext)) ??
    openPlace(recording, recording.port.current())
  );
}

/** Below a span. A run that has ended takes no more children; the run around it does while it is open. */
function placeBelow({ port }: Recording, above: KnownSpan | undefined): Place | undefined {
  const where = above?.place;
  if (where === undefined || port.isOpen(where.runId)) return where;
  for (let run = above?.run?.outer; run !== undefined; run = run.outer) {
    if (port.isOpen(run.runId)) return { runId: run.runId };
  }
  return undefined;
}
