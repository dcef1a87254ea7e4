import {
  type AdapterPort,
  classifyFailure,
  type Ending,
  readField,
  readText,
} from '../../src/index.ts';
import { askSession, toLateSession } from './conversation.ts';
import {
  type AgentCall,
  type AgentCallFacts,
  type CallContext,
  type DescribedFacts,
  toAgentCall,
  toDescribedFacts,
} from './described-call.ts';
import { createOpenRun, type OpenRun, withinRun } from './open-runs.ts';
import type { Recording } from './recording.ts';
import { toEndMetadata, toResultEnding } from './run-ending.ts';
import { toRunOptions, toSignal } from './run-start.ts';
import type { AgentTraceProvider } from './sdk.ts';
import { findSuspended, rememberSuspended } from './suspended-runs.ts';
import { ensureProcessor } from './trace-processor.ts';

/** What one wrapper was told. */
export interface RunSettings {
  readonly describe: ((call: AgentCall) => AgentCallFacts) | undefined;
  /** The SDK's, when it is there. */
  readonly provider: () => AgentTraceProvider | undefined;
}

/** A call of `run` that is about to be made. */
export interface RunnerCall {
  readonly args: readonly unknown[];
  /** The `config` of the runner, where there is one. */
  readonly config: unknown;
  readonly call: () => unknown;
}

/** Makes the call inside a run, and gives what it gives. */
export function callInRun(
  recording: Recording,
  settings: RunSettings,
  { args, config, call }: RunnerCall,
): unknown {
  let run: OpenRun | undefined;
  recording.port.guard('A run of OpenAI Agents could not be started', () => {
    run = startRun(recording, settings, { args, config });
  });
  return run === undefined ? call() : followRun(recording, run, call);
}

function startRun(
  { port, suspended }: Recording,
  { describe, provider }: RunSettings,
  { args, config }: Pick<RunnerCall, 'args' | 'config'>,
): OpenRun {
  const tracing = provider();
  ensureProcessor(tracing);
  const agentCall = toAgentCall(args);
  const call: CallContext = {
    args,
    agentCall,
    config,
    trace: tracing?.getCurrentTrace(),
    described: describeCall(port, describe, agentCall),
    resumeOf: findSuspended(suspended, args[1]),
  };
  const lateSession = toLateSession(call);
  const { runId } = port.startRun(toRunOptions(call, lateSession));
  return createOpenRun({
    runId,
    signal: toSignal(call),
    outerSpanId: readText(tracing?.getCurrentSpan(), 'spanId'),
    lateSession,
  });
}

function describeCall(
  port: AdapterPort,
  describe: RunSettings['describe'],
  call: AgentCall,
): DescribedFacts {
  let facts: DescribedFacts = {};
  port.guard('describe failed', () => {
    facts = toDescribedFacts(describe?.(call));
  });
  return facts;
}

function followRun(recording: Recording, run: OpenRun, call: () => unknown): unknown {
  const { runId } = run;
  let result: unknown;
  try {
    result = withinRun(recording, run, () => recording.port.within({ runId }, call));
  } catch (error) {
    failRun(recording, run, error);
    throw error;
  }
  if (!(result instanceof Promise)) {
    followResult(recording, run, result);
    return result;
  }
  // Derived, so that a rejection that nobody handles stays one.
  return result.then(
    (value: unknown) => {
      followResult(recording, run, value);
      return value;
    },
    (error: unknown) => {
      failRun(recording, run, error);
      throw error;
    },
  );
}

/** The call gave its result: of a run that is over, or of a streamed one that says when it is. */
function followResult(recording: Recording, run: OpenRun, result: unknown): void {
  const completed = readField(result, 'completed');
  const end = (): void => endRun(recording, run, result);
  // A streamed run goes on whether anybody reads it or not.
  if (completed instanceof Promise)
    completed.then(end, (error: unknown) => failRun(recording, run, error));
  else end();
}

function endRun(recording: Recording, run: OpenRun, result: unknown): void {
  const state = readField(result, 'state');
  closeRun(recording, run, { state, toEnding: () => toResultEnding(result, run) });
}

function failRun(recording: Recording, run: OpenRun, error: unknown): void {
  const state = readField(error, 'state');
  const { signal } = run;
  closeRun(recording, run, { state, toEnding: () => classifyFailure(error, { signal }) });
}

function closeRun(
  recording: Recording,
  run: OpenRun,
  { state, toEnding }: { readonly state: unknown; readonly toEnding: () => Ending },
): void {
  const { port, suspended } = recording;
  const { runId, traceId } = run;
  port.guard('The end of a run of OpenAI Agents could not be told', () => {
    const ending = toEnding();
    if (ending.status === 'suspended') rememberSuspended(suspended, state, runId);
    const metadata = {
      ...toEndMetadata(state),
      ...(traceId !== undefined && { openai_trace_id: traceId }),
    };
    port.emit({ type: 'run-end', runId, timestamp: port.now(), metadata, ...ending });
    askSession(recording, run);
  });
}
