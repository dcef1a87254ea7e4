import { type AdapterPort, adapterPort, ConfigError, type Lifecycle } from '../../src/index.ts';
import { createRunTracer, type TraceRun, type WithLifecycleOptions } from './run-tracer.ts';
import { type AgentRun, type AgentRunner, isTraceProvider } from './sdk.ts';
import { ensureHooks } from './tool-hooks.ts';

/**
 * The same `Runner`, or the same `run`, with each of its runs as one complete parent trace and its spans as steps.
 * Everything else about it stays: its type, its hooks, its results, errors and streams. Nothing is changed on the runner
 * that was given; listeners are added to its hooks. What was wrapped for the same lifecycle before is traced once, and
 * options that are given again count.
 *
 * @throws {ConfigError} when one of the values cannot be used.
 *
 * @example
 * const runner = withLifecycle(new Runner(), lifecycle);
 * const result = await runner.run(agent, 'What is the weather in Oslo?');
 */
export function withLifecycle<T extends AgentRunner | AgentRun>(
  runner: T,
  lifecycle: Lifecycle,
  options: WithLifecycleOptions = {},
): T {
  const port = adapterPort(lifecycle);
  checkRunner(runner);
  checkOptions(options);
  if (!port.isRecording) return runner;
  const known = wrapped.get(runner);
  if (known?.port !== port) return wrap(runner, port, options);
  // What it was made of has the type of what was made.
  return wrap(known.runner as T, port, { ...known.options, ...options });
}

/** What was made here, and of what: a runner that is wrapped again for its lifecycle is not traced twice. */
const wrapped = new WeakMap<
  object,
  {
    readonly runner: AgentRunner | AgentRun;
    readonly port: AdapterPort;
    readonly options: WithLifecycleOptions;
  }
>();

function wrap<T extends AgentRunner | AgentRun>(
  runner: T,
  port: AdapterPort,
  options: WithLifecycleOptions,
): T {
  const trace = createRunTracer(port, options);
  if (typeof runner !== 'function')
    port.guard('The hooks of a runner cannot be heard', () => ensureHooks(runner));
  const made =
    typeof runner === 'function' ? tracedFunction(runner, trace) : tracedRunner(runner, trace);
  wrapped.set(made, { runner, port, options });
  return made;
}

function tracedFunction<T extends object>(run: T, trace: TraceRun): T {
  return new Proxy(run, {
    apply: (target, receiver, args) =>
      trace({
        args,
        config: undefined,
        call: () => Reflect.apply(target as (...args: unknown[]) => unknown, receiver, args),
      }),
  });
}

type Method = (...args: unknown[]) => unknown;

/** Methods run on the runner itself: its private fields are not seen through a proxy. */
function tracedRunner<T extends object>(runner: T, trace: TraceRun): T {
  const bound = new WeakMap<Method, Method>();

  function onRunner(key: PropertyKey, method: Method): Method {
    const known = bound.get(method);
    if (known !== undefined) return known;
    const made: Method = key === 'run' ? tracedRun(method) : method.bind(runner);
    bound.set(method, made);
    return made;
  }

  function tracedRun(run: Method): Method {
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

/** What the program has put on the runner is its own; a `run` that it has replaced is one to trace all the same. */
function isOwnValue(target: object, key: PropertyKey): boolean {
  const own = Object.getOwnPropertyDescriptor(target, key);
  return own !== undefined && (key !== 'run' || own.configurable !== true);
}

function checkRunner(runner: unknown): void {
  const isRunner =
    typeof runner === 'function' ||
    (typeof runner === 'object' &&
      runner !== null &&
      typeof Reflect.get(runner, 'run') === 'function');
  if (isRunner) return;
  const received = runner === null ? 'null' : typeof runner;
  throw new ConfigError(
    `runner: expected a Runner of @openai/agents, or its run function, received ${received === 'object' ? 'another object' : received}.`,
  );
}

function checkOptions({ describe, traceProvider }: WithLifecycleOptions): void {
  if (describe !== undefined && typeof describe !== 'function')
    throw new ConfigError(`describe: expected a function, received ${typeof describe}.`);
  if (traceProvider !== undefined && !isTraceProvider(traceProvider))
    throw new ConfigError(
      'traceProvider: expected what getGlobalTraceProvider() of @openai/agents gives, received something else.',
    );
}
