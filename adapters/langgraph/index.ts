/**
 * LangGraph and LangChain. How a callback becomes an event, in the order to read:
 *
 * 1. `handler`, `callbacks`: what LangChain calls, and with what.
 * 2. `call-facts`: what a start says (`chain-role`, `naming`: what is shown, as what, under which name; `model-call`,
 *    `inputs-outputs`: what was given and came back; `messages`, `plain-value`: how LangChain's objects are read).
 * 3. `open-call`, `open-run`, `open-runs`: what is kept while something runs, in the one `recording` of a lifecycle.
 * 4. `calls`: what follows from a start, an end, a failure, a pause. The place to begin when something is recorded wrong.
 * 5. `run-start`, `run-progress`, `run-ending` (`early-end`, `pause`, `error-origins`): what is told of a run; of its steps:
 *    `step-ending`, `refused-call`.
 * 6. `run-events`, `step-events`: the events. `callers`: inside of what a run begins.
 */
import { adapterPort, type Lifecycle } from '../../src/index.ts';
import { createHandler, type LifecycleHandler } from './handler.ts';
import { createRecording, type Recording } from './recording.ts';

export type { LifecycleHandler } from './handler.ts';

/** What a handler may be told. */
export interface LifecycleHandlerOptions {
  /** What a run is called whose graph or chain has no name of its own; default its class, for example `LangGraph`. */
  readonly name?: string;
}

// All handlers of a lifecycle share what is open, so that a run that two of them hear of is recorded once.
const recordings = new WeakMap<Lifecycle, Recording>();

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
  const recording = recordings.get(lifecycle) ?? createRecording(adapterPort(lifecycle));
  recordings.set(lifecycle, recording);
  return createHandler(recording, options.name);
}
