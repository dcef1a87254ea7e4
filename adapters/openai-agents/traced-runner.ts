import type { RunnerCall } from './run-events.ts';

/** Makes a call inside a run, and gives what it gives. */
export type TraceRun = (call: RunnerCall) => unknown;

type Method = (...args: unknown[]) => unknown;

/** The same function, each call of which is a run. */
export function tracedFunction<T extends object>(run: T, trace: TraceRun): T {
  return new Proxy(run, {
    apply: (target, receiver, args) =>
      trace({
        args,
        config: undefined,
        call: () => Reflect.apply(target as Method, receiver, args),
      }),
  });
}

/** The same runner, each call of whose `run` is a run. Methods run on it itself: its private fields are not seen through a proxy. */
export function tracedRunner<T extends object>(runner: T, trace: TraceRun): T {
  const bound = new WeakMap<Method, Method>();

  function onRunner(key: PropertyKey, method: Method): Method {
    const known = bound.get(method);
    if (known !== undefined) return known;
    const made = key === 'run' ? tracedRun(runner, method, trace) : method.bind(runner);
    bound.set(method, made);
    return made;
  }

  return new Proxy(runner, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || key === 'constructor' || isOwnValue(target, key))
        return value;
      return onRunner(key, value as Method);
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

function tracedRun(runner: object, run: Method, trace: TraceRun): Method {
  const traced: Method = (...args) =>
    trace({
      args,
      config: Reflect.get(runner, 'config'),
      call: () => Reflect.apply(run, runner, args),
    });
  return Object.defineProperties(traced, {
    name: { value: run.name, configurable: true },
    length: { value: run.length, configurable: true },
  });
}

/** What the program has put on the runner is its own; a `run` that it has replaced is one to trace all the same. */
function isOwnValue(target: object, key: PropertyKey): boolean {
  const own = Object.getOwnPropertyDescriptor(target, key);
  return own !== undefined && (key !== 'run' || own.configurable !== true);
}
