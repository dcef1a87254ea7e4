import { readField, resolveConversation, type RunOptions } from '../../src/index.ts';
import { isRunState } from './approvals.ts';
import type { CallContext } from './described-call.ts';
import type { LateSession, OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';

/** What names the conversation of a call when it is made. With a session to be asked, its context has to wait. */
export function toConversationSources(
  call: CallContext,
  lateSession: LateSession | undefined,
): Pick<RunOptions, 'conversationCandidates' | 'conversationContext'> {
  return {
    conversationCandidates: toCandidates(call),
    ...(lateSession === undefined && {
      conversationContext: toConversationContext(call.agentCall.context),
    }),
  };
}

/** The session that has to be asked: not before the SDK has, since some make a conversation when they are asked first. */
export function toLateSession(call: CallContext): LateSession | undefined {
  const session = readField(call.args[2], 'session');
  if (typeof readField(session, 'getSessionId') !== 'function') return undefined;
  const known = resolveConversation({ framework: toCandidates(call) });
  return known.id === undefined ? { session, context: call.agentCall.context } : undefined;
}

/** The SDK has used the session: asks it for its id, once, which fills an empty conversation. */
export function askSession(recording: Recording, run: OpenRun): void {
  const { lateSession } = run;
  if (lateSession === undefined) return;
  run.lateSession = undefined;
  const { session } = lateSession;
  const getSessionId = readField(session, 'getSessionId');
  if (typeof getSessionId !== 'function') return;
  const learn = (id: unknown): void => learnConversation(recording, run.runId, lateSession, id);
  // A session that cannot be asked has no id.
  const learnNothing = (): void => learn(undefined);
  try {
    void Promise.resolve(Reflect.apply(getSessionId, session, [])).then(learn, learnNothing);
  } catch {
    learnNothing();
  }
}

function learnConversation(
  { port }: Recording,
  runId: string,
  { context }: LateSession,
  sessionId: unknown,
): void {
  const { id, source } = resolveConversation({
    framework: [{ source: 'openai_agents.session', value: sessionId }],
    frameworkContext: toConversationContext(context),
  });
  if (id === undefined) return;
  port.emit({
    type: 'run-update',
    runId,
    timestamp: port.now(),
    conversationId: id,
    conversationSource: source,
  });
}

/** Where the SDK names the conversation, in order. */
function toCandidates({
  args: [, input, options],
  trace,
  config,
}: CallContext): NonNullable<RunOptions['conversationCandidates']> {
  const state = isRunState(input) ? input : undefined;
  return [
    ...[readField(options, 'conversationId'), readField(state, '_conversationId')].map((value) => ({
      source: 'openai_agents.conversation_id',
      value,
    })),
    ...[trace, config, readField(state, '_trace')].map((place) => ({
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

/** The object in which a context may name the conversation. */
function toConversationContext(context: unknown): NonNullable<RunOptions['conversationContext']> {
  return { source: 'openai_agents.context', value: context };
}
