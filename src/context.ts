import { AsyncLocalStorage } from 'node:async_hooks';
import { toRunSpanId, toSpanId } from './ids.ts';
import type { Run, Step } from './run.ts';

/** Where in a trace the caller is, and the ambient conversation. */
export interface Scope {
  readonly run?: Run;
  readonly step?: Step;
  readonly conversation?: unknown;
}

/** An observation as other tracing systems name it. */
export interface SpanPlace {
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

/** `activate` is told of each run and step that is entered. */
export function createContext(activate: Activate | undefined): Context {
  const scopes = new AsyncLocalStorage<Scope>();
  return {
    current: () => scopes.getStore(),
    enter(scope, fn) {
      const { run, step } = scope;
      if (activate === undefined || run === undefined) return scopes.run(scope, fn);
      const spanId = step === undefined ? toRunSpanId(run.runId) : toSpanId(run.runId, step.stepId);
      return scopes.run(scope, () => activate({ traceId: run.traceId, spanId }, fn));
    },
  };
}
