import { type AdapterPort, adapterPort, ConfigError, type Lifecycle } from '../../src/index.ts';
import type { AgentCall, AgentCallFacts } from './described-call.ts';
import { currentRuns } from './open-runs.ts';
import { createRecording, type Recording } from './recording.ts';
import { callInRun, type RunSettings } from './run-events.ts';
import {
  type AgentRun,
  type AgentRunner,
  type AgentTraceProvider,
  findTraceProvider,
  isTraceProvider,
} from './sdk.ts';
import { placeOfSpan } from './step-events.ts';
import { ensureHooks } from './tool-hooks.ts';
import { ensureProcessor } from './trace-processor.ts';
import { tracedFunction, tracedRunner, type TraceRun } from './traced-runner.ts';

/** How runs are told. */
export interface WithLifecycleOptions {
  /**
   * Is asked before each run and answers at once; what it says goes before what the SDK knows. What it throws is a
   * diagnostic.
   */
  readonly describe?: (call: AgentCall) => AgentCallFacts;
  /**
   * `getGlobalTraceProvider()` of your SDK. Needed only where it cannot be found: in a runtime that has frozen
   * `globalThis`, or when nothing but `@openai/agents-core` is loaded and no run has been made yet.
   */
  readonly traceProvider?: AgentTraceProvider;
}

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
  const { describe, traceProvider } = options;
  const provider = (): AgentTraceProvider | undefined => traceProvider ?? findTraceProvider();
  const settings: RunSettings = { describe, provider };
  const recording = recordingOf(port, provider);
  port.guard('The spans of OpenAI Agents cannot be heard', () => ensureProcessor(provider()));
  if (typeof runner !== 'function')
    port.guard('The hooks of a runner cannot be heard', () => ensureHooks(runner));
  const trace: TraceRun = (call) => callInRun(recording, settings, call);
  const made =
    typeof runner === 'function' ? tracedFunction(runner, trace) : tracedRunner(runner, trace);
  wrapped.set(made, { runner, port, options });
  return made;
}

const recordings = new WeakMap<AdapterPort, Recording>();

/** The recording of a lifecycle, which all that is wrapped for it share. */
function recordingOf(port: AdapterPort, provider: RunSettings['provider']): Recording {
  const known = recordings.get(port);
  if (known !== undefined) return known;
  const recording = createRecording(port);
  recordings.set(port, recording);
  port.locate(() => {
    const run = currentRuns().get(recording);
    return run && placeOfSpan(recording, run, provider()?.getCurrentSpan());
  });
  return recording;
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
