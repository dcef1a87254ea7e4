import { AsyncLocalStorage } from 'node:async_hooks';

import type { Place } from '../../src/index.ts';
import type { Recording } from './recording.ts';
import type { Turn } from './turn.ts';

/** A run of the SDK, as long as something of it is going on. */
export interface OpenRun {
  readonly runId: string;
  /** The signal that it was given. */
  readonly signal: AbortSignal | undefined;
  /** The SDK's span in which it was called. */
  readonly outerSpanId: string | undefined;
  /** Its spans and those of what runs inside it, by the SDK's ids: none when tracing is off. */
  readonly spans: Map<string, KnownSpan>;
  /** The SDK's id of the trace, when a span has told it. */
  traceId: string | undefined;
  /** Why the last model call of the run itself stopped, in the words of its provider. */
  finishReason: string | undefined;
  /** The session that is to be asked which conversation this is. */
  lateSession: LateSession | undefined;
  /** Whether the place of a span is being found out: then the SDK's current span says nothing about it. */
  isPlacing: boolean;
}

/** A session whose id can be had only by asking for it, and what else may name the conversation then. */
export interface LateSession {
  readonly session: unknown;
  /** The `context` of the call. */
  readonly context: unknown;
}

/** A span of which we have been told. */
export interface KnownSpan {
  /** Where what this span holds stands: its own step, or the one above when it has none. */
  readonly place: Place;
  readonly type: string;
  readonly turn: Turn | undefined;
  /** How many runs lie around it, the outermost being 1. */
  readonly depth: number;
  hasEnded: boolean;
}

/** A run in which nothing has happened yet. */
export function createOpenRun(
  begun: Pick<OpenRun, 'runId' | 'signal' | 'outerSpanId' | 'lateSession'>,
): OpenRun {
  return {
    ...begun,
    spans: new Map(),
    traceId: undefined,
    finishReason: undefined,
    isPlacing: false,
  };
}

/** The runs in which the caller is, one for each lifecycle. */
type CurrentRuns = ReadonlyMap<Recording, OpenRun>;

// One for all lifecycles: the SDK's callbacks run in the async context of whoever made the span.
const store = new AsyncLocalStorage<CurrentRuns>();

const none: CurrentRuns = new Map();

/** The runs around the caller. */
export function currentRuns(): CurrentRuns {
  return store.getStore() ?? none;
}

/** Calls `fn` inside a run, besides those of other lifecycles. */
export function withinRun<T>(recording: Recording, run: OpenRun, fn: () => T): T {
  return store.run(new Map(currentRuns()).set(recording, run), fn);
}
