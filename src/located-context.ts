import type { Place } from './adapter-port.ts';
import type { Context, Scope } from './context.ts';
import type { RunState } from './lifecycle-state.ts';

/** The async context of a lifecycle, together with those of the frameworks that keep one of their own. */
export interface LocatedContext extends Context {
  /** What our own context says, whatever the frameworks say. */
  own(): Scope | undefined;
  /** Asks `find` too where the caller is. One that throws says nothing. */
  locate(find: () => Place | undefined): void;
}

/** What is needed to weigh a place against a scope. */
export interface LocationPorts {
  run(runId: string): RunState | undefined;
  scopeOf(place: Place): Scope;
}

// A chain of runs inside runs that is longer than this is a circle.
const maximumDepth = 1_000;

/** The innermost of what our own context and the frameworks say counts. */
export function locatedContext(context: Context, ports: LocationPorts): LocatedContext {
  const finders: (() => Place | undefined)[] = [];

  function isInside(runId: string, outerRunId: string): boolean {
    let inner = ports.run(runId)?.parent?.runId;
    for (let depth = 0; inner !== undefined && depth < maximumDepth; depth += 1) {
      if (inner === outerRunId) return true;
      inner = ports.run(inner)?.parent?.runId;
    }
    return false;
  }

  function isInnermost(place: Place, scope: Scope | undefined): boolean {
    const state = ports.run(place.runId);
    if (state === undefined || state.ended !== undefined) return false;
    if (scope?.run === undefined) return true;
    // In one run our own step is the inner one: it was entered by code that the framework called.
    if (scope.run.runId === place.runId) return scope.step === undefined;
    return isInside(place.runId, scope.run.runId);
  }

  return {
    own: () => context.current(),
    current() {
      let scope = context.current();
      for (const find of finders) {
        const place = found(find);
        if (place !== undefined && isInnermost(place, scope)) {
          scope = { conversation: scope?.conversation, ...ports.scopeOf(place) };
        }
      }
      return scope;
    },
    enter: (scope, fn) => context.enter(scope, fn),
    locate: (find) => void finders.push(find),
  };
}

function found(find: () => Place | undefined): Place | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
