import {
  type BoundedMap,
  createBoundedMap,
  type ObservationKind,
  type Place,
} from '../../src/index.ts';
import type { OpenRun } from './open-runs.ts';
import type { SpanPosition, TracedSpan } from './span.ts';

/** A span that is or was open. */
export interface KnownSpan {
  readonly position: SpanPosition;
  told: Told;
  /** The SDK's own, until it is decided what it is. */
  source: TracedSpan | undefined;
  /** The span above, until the same moment. */
  above: KnownSpan | undefined;
  /** Where spans below it belong; before it is decided, where the span itself does. */
  place: Place | undefined;
  /** The run of the place. */
  run: OpenRun | undefined;
}

/** As what a span was told: undecided ones are waited for, because many say what they are only after they started. */
export type Told =
  | { readonly as: 'undecided' }
  | { readonly as: 'run'; readonly run: OpenRun }
  /** A call of a model with no run around: the step, and the run that was made for it. */
  | { readonly as: 'lone-step'; readonly step: ToldStep; readonly run: OpenRun }
  | { readonly as: 'step'; readonly step: ToldStep }
  | { readonly as: 'nothing' };

/** A step that was told. */
export interface ToldStep {
  readonly runId: string;
  readonly stepId: string;
  /** What it was at its start. */
  readonly kind: ObservationKind;
}

interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** Spans by their ids. What falls out of them stands for itself when something comes of it later. */
export interface KnownSpans {
  /** Spans that are never ended stay here until they are the oldest. */
  readonly open: BoundedMap<string, KnownSpan>;
  /** Those that ended last, for spans inside that come late. */
  readonly ended: BoundedMap<string, KnownSpan>;
}

const maxOpen = 20_000;
const maxEnded = 5_000;

/** No span is known. */
export function createKnownSpans(): KnownSpans {
  return { open: createBoundedMap(maxOpen), ended: createBoundedMap(maxEnded) };
}

/** The span of these ids. */
export function findSpan({ open, ended }: KnownSpans, ids: SpanIds): KnownSpan | undefined {
  const key = toKey(ids);
  return open.get(key) ?? ended.get(key);
}

/** A span has started. */
export function addSpan({ open }: KnownSpans, span: KnownSpan): void {
  open.set(toKey(span.position), span);
}

/** It has ended; what lies nowhere need not be found again. */
export function closeSpan({ open, ended }: KnownSpans, span: KnownSpan): void {
  const key = toKey(span.position);
  forgetSource(span);
  open.take(key);
  if (span.place !== undefined) ended.set(key, span);
}

/** Lets go of the SDK's span, of which nothing more is to be found out. */
export function forgetSource(span: KnownSpan): void {
  span.source = undefined;
  span.above = undefined;
}

function toKey({ traceId, spanId }: SpanIds): string {
  return `${traceId}/${spanId}`;
}
