import { type AdapterRunOptions, readField, readText } from '../../src/index.ts';
import { isRunState, toDecisions } from './approvals.ts';
import { type LateSession, toConversationSources } from './conversation.ts';
import type { AgentCall, DescribedFacts } from './described-call.ts';

/** What is known of a call of `run`. */
export interface CallContext {
  /** The agent, its input and the options. */
  readonly args: readonly unknown[];
  readonly agentCall: AgentCall;
  /** The `config` of the runner; `undefined` for the SDK's own `run`. */
  readonly config: unknown;
  /** The SDK's trace around the call. */
  readonly trace: unknown;
  readonly described: DescribedFacts;
  /** The id of the suspended run that goes on. */
  readonly resumeOf: string | undefined;
}

const defaultWorkflowName = 'Agent workflow';

/** The start of a run, from what its caller gave. */
export function toRunOptions(
  call: CallContext,
  lateSession: LateSession | undefined,
): AdapterRunOptions {
  const { args, agentCall, config, trace, described, resumeOf } = call;
  const [, input, options] = args;
  const maxIterations = readField(options, 'maxTurns');
  return {
    name: agentCall.agentName,
    ...described,
    framework: 'openai-agents',
    input: isRunState(input) ? { resume: toDecisions(input) } : input,
    metadata: { ...toMetadata(config, trace), ...asRecord(described.metadata) },
    ...toConversationSources(call, lateSession),
    ...(typeof maxIterations === 'number' && { maxIterations }),
    ...(resumeOf !== undefined && { resumeOf }),
  };
}

/** The signal of the call. */
export function toSignal({ args }: CallContext): AbortSignal | undefined {
  const signal = readField(args[2], 'signal');
  return isSignal(signal) ? signal : undefined;
}

function isSignal(value: unknown): value is AbortSignal {
  return typeof readField(value, 'aborted') === 'boolean';
}

function toMetadata(config: unknown, trace: unknown): Readonly<Record<string, unknown>> {
  const name = readText(trace, 'name') ?? readText(config, 'workflowName');
  return {
    ...asRecord(readField(config, 'traceMetadata')),
    ...asRecord(readField(trace, 'metadata')),
    ...(name !== undefined && name !== defaultWorkflowName && { workflow_name: name }),
  };
}

function asRecord(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
