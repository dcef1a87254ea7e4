import { AsyncLocalStorage } from 'node:async_hooks';
import type { Place } from './adapter-port.ts';
import { toRunSpanId, toSpanId } from './ids.ts';
import type { Run, Step } from './run.ts';

/** Where in a trace the caller is, and the ambient conversation. */
export interface Scope {
  readonly run?: Run;
  readonly step?: Step;
  readonly conversation?: unknown;
  /** Where another tracing system said that the caller was when the scope was entered. */
  readonly around?: Place;
}

/** An observation as other tracing systems name it, and the run or step that it is. */
export interface SpanPlace extends Place {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
}

/** Calls `fn` with the observation as the active one of another tracing system; gives what `fn` gives. */
export type Activate = <T>(place: SpanPlace, fn: () => T) => T;

/** The async context of one lifecycle. */
export interface Context {
  current(): Scope | undefined;
  /** Calls `fn` in the scope; what it awaits and calls later stays in it. */
  enter<T>(scope: Scope, fn: () => T): T;
}

/** What a context takes from other tracing systems. */
export interface ContextOptions {
  /** Told of each run and step that is entered. */
  readonly activate: Activate | undefined;
  /** Where another tracing system says that the caller is. */
  readonly locate: () => Place | undefined;
  /** The handles of a run and a step that others started. */
  readonly scopeOf: (place: Place) => Scope;
}

/** The scope that was entered last, by us or by a span of another tracing system. */
export function createContext({ activate, locate, scopeOf }: ContextOptions): Context {
  const scopes = new AsyncLocalStorage<Scope>();
  return {
    current() {
      const scope = scopes.getStore();
      const place = locate();
      // What was there when the scope was entered lies outside of it.
      if (place === undefined || isSame(place, scope?.around)) return scope;
      return { conversation: scope?.conversation, ...scopeOf(place), around: place };
    },
    enter({ around: _outer, ...scope }, fn) {
      const around = locate();
      const entered = around === undefined ? scope : { ...scope, around };
      const { run, step } = scope;
      if (activate === undefined || run === undefined) return scopes.run(entered, fn);
      const { runId, traceId } = run;
      const place =
        step === undefined
          ? { runId, traceId, spanId: toRunSpanId(runId) }
          : { runId, stepId: step.stepId, traceId, spanId: toSpanId(runId, step.stepId) };
      return scopes.run(entered, () => activate(place, fn));
    },
  };
}

function isSame(one: Place, other: Place | undefined): boolean {
  return one.runId === other?.runId && one.stepId === other.stepId;
}
