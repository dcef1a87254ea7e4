import { type AdapterRunOptions, readField, readText } from '../../src/index.ts';
import { isRunState, toDecisions } from './approvals.ts';
import { toConversationSources } from './conversation.ts';
import type { CallContext } from './described-call.ts';
import type { LateSession } from './open-runs.ts';

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
