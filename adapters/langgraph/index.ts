import { adapterPort, type Lifecycle } from '../../src/index.ts';
import { createHandler, type LifecycleHandler } from './handler.ts';
import { createRecorder, type Recorder } from './recorder.ts';

export type { LifecycleHandler } from './handler.ts';

/** What a handler may be told. */
export interface LifecycleHandlerOptions {
  /** What a run is called whose graph or chain has no name of its own; default its class, for example `LangGraph`. */
  readonly name?: string;
}

// All handlers of a lifecycle share what is open, so that a run that two of them hear of is recorded once.
const recorders = new WeakMap<Lifecycle, Recorder>();

/**
 * The callback handler that records every run of LangGraph and LangChain that it is given to, with all that runs inside.
 * One serves any number of runs at a time. It never throws, and never waits for anything.
 *
 * @example
 * ```ts
 * await agent.invoke(input, { callbacks: [lifecycleHandler(lifecycle)], configurable: { thread_id: chat.id } });
 * ```
 *
 * @throws {ConfigError} when `lifecycle` was not made by `createLifecycle`.
 */
export function lifecycleHandler(
  lifecycle: Lifecycle,
  options: LifecycleHandlerOptions = {},
): LifecycleHandler {
  const port = adapterPort(lifecycle);
  const recorder = recorders.get(lifecycle) ?? createRecorder(port);
  recorders.set(lifecycle, recorder);
  return createHandler(port, recorder, options.name);
}
