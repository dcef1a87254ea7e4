import {
  type AdapterRunOptions,
  readField,
  readText,
  resolveConversation,
  type RunOptions,
} from '../../src/index.ts';
import { isRunState, toDecisions } from './approvals.ts';
import type { AgentCall, DescribedFacts } from './described-call.ts';

/** What is known of a call of `run`. */
export interface CallContext {
  readonly args: readonly unknown[];
  /** The `config` of the runner; `undefined` for the SDK's own `run`. */
  readonly config: unknown;
  /** The SDK's trace around the call. */
  readonly trace: unknown;
  /** The SDK's span around the call. */
  readonly outerSpanId: string | undefined;
  readonly facts: DescribedFacts;
  /** The id of the suspended run that goes on. */
  readonly resumeOf: string | undefined;
}

const defaultWorkflowName = 'Agent workflow';

/** A call as `describe` gets it. */
export function toAgentCall([agent, input, options]: readonly unknown[]): AgentCall {
  return {
    agentName: readText(agent, 'name') ?? 'agent',
    input: isRunState(input) ? undefined : input,
    context: contextOf(input, options),
  };
}

/** The start of a run, from what its caller gave. */
export function toRunOptions({
  args,
  config,
  trace,
  facts,
  resumeOf,
}: CallContext): AdapterRunOptions {
  const [, input, options] = args;
  const call = toAgentCall(args);
  const maxIterations = readField(options, 'maxTurns');
  return {
    name: call.agentName,
    ...facts,
    framework: 'openai-agents',
    input: isRunState(input) ? { resume: toDecisions(input) } : input,
    metadata: { ...toMetadata(config, trace), ...asRecord(facts.metadata) },
    conversationCandidates: toCandidates(input, options, [trace, config]),
    ...(!hasLateSession(input, options, [trace, config]) && {
      conversationContext: toConversationContext(call.context),
    }),
    ...(typeof maxIterations === 'number' && { maxIterations }),
    ...(resumeOf !== undefined && { resumeOf }),
  };
}

/** Where the SDK names the conversation, in order. */
function toCandidates(
  input: unknown,
  options: unknown,
  places: readonly unknown[],
): NonNullable<RunOptions['conversationCandidates']> {
  const state = isRunState(input) ? input : undefined;
  const groups = [...places, readField(state, '_trace')];
  return [
    ...[readField(options, 'conversationId'), readField(state, '_conversationId')].map((value) => ({
      source: 'openai_agents.conversation_id',
      value,
    })),
    ...groups.map((place) => ({
      source: 'openai_agents.group_id',
      value: readField(place, 'groupId'),
    })),
    // What the SDK's own sessions show before they are asked.
    {
      source: 'openai_agents.session',
      value: readField(readField(options, 'session'), 'sessionId'),
    },
  ];
}

/** Whether the conversation can be known only by asking the session, which must not happen before the SDK has. */
export function hasLateSession(
  input: unknown,
  options: unknown,
  places: readonly unknown[],
): boolean {
  const session = readField(options, 'session');
  const known = resolveConversation({ framework: toCandidates(input, options, places) });
  return typeof readField(session, 'getSessionId') === 'function' && known.id === undefined;
}

/** The object in which a context may name the conversation. */
export function toConversationContext(
  context: unknown,
): NonNullable<RunOptions['conversationContext']> {
  return { source: 'openai_agents.context', value: context };
}

function contextOf(input: unknown, options: unknown): unknown {
  const context = isRunState(input) ? readField(input, '_context') : readField(options, 'context');
  const isRunContext = typeof readField(context, 'isToolApproved') === 'function';
  return isRunContext ? readField(context, 'context') : context;
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
