import { type AdapterPort, readText } from '../../src/index.ts';
import { openRun, type OpenRun } from './open-run.ts';
import {
  type AgentCall,
  type AgentCallFacts,
  type DescribedFacts,
  toDescribedFacts,
} from './described-call.ts';
import { toAgentCall, toRunOptions } from './run-start.ts';
import { type AgentTraceProvider, findTraceProvider } from './sdk.ts';
import { createSuspendedRuns, type SuspendedRuns } from './suspended-runs.ts';
import { currentRuns, ensureProcessor, withinRun } from './trace-processor.ts';

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

/** A call of `run` that is about to be made. */
export interface RunnerCall {
  readonly args: readonly unknown[];
  /** The `config` of the runner, where there is one. */
  readonly config: unknown;
  readonly call: () => unknown;
}

/** Makes the call inside a run, and gives what it gives. */
export type TraceRun = (call: RunnerCall) => unknown;

/** What a lifecycle has once, whatever it is wrapped around. */
interface Shared {
  readonly suspended: SuspendedRuns;
}

// Runs that wait for an approval and can be found again by what they wait for.
const rememberedSuspensions = 1_000;

const sharedByPort = new WeakMap<AdapterPort, Shared>();

/** The tracer of one wrapper. */
export function createRunTracer(port: AdapterPort, options: WithLifecycleOptions): TraceRun {
  const provider = (): AgentTraceProvider | undefined =>
    options.traceProvider ?? findTraceProvider();
  const { suspended } = sharedOf(port, provider);
  port.guard('The spans of OpenAI Agents cannot be heard', () => ensureProcessor(provider()));

  function factsOf(args: readonly unknown[]): DescribedFacts {
    let facts: DescribedFacts = {};
    port.guard('describe failed', () => {
      facts = toDescribedFacts(options.describe?.(toAgentCall(args)));
    });
    return facts;
  }

  return ({ args, config, call }) => {
    let run: OpenRun | undefined;
    port.guard('A run of OpenAI Agents could not be started', () => {
      ensureProcessor(provider());
      const tracing = provider();
      const context = {
        args,
        config,
        trace: tracing?.getCurrentTrace(),
        outerSpanId: readText(tracing?.getCurrentSpan(), 'spanId'),
        facts: factsOf(args),
        resumeOf: suspended.find(args[1]),
      };
      const { runId } = port.startRun(toRunOptions(context));
      run = openRun(port, { runId, context, suspended });
    });
    return run === undefined ? call() : followed(port, run, call);
  };
}

function sharedOf(port: AdapterPort, provider: () => AgentTraceProvider | undefined): Shared {
  const known = sharedByPort.get(port);
  if (known !== undefined) return known;
  const shared: Shared = { suspended: createSuspendedRuns(rememberedSuspensions) };
  sharedByPort.set(port, shared);
  port.locate(() => currentRuns().get(port)?.steps.placeOf(provider()?.getCurrentSpan()));
  return shared;
}

function followed(port: AdapterPort, run: OpenRun, call: () => unknown): unknown {
  let result: unknown;
  try {
    result = withinRun(port, run, () => port.within({ runId: run.runId }, call));
  } catch (error) {
    run.failed(error);
    throw error;
  }
  if (!(result instanceof Promise)) {
    run.resolved(result);
    return result;
  }
  // Derived, so that a rejection that nobody handles stays one.
  return result.then(
    (value: unknown) => {
      run.resolved(value);
      return value;
    },
    (error: unknown) => {
      run.failed(error);
      throw error;
    },
  );
}
