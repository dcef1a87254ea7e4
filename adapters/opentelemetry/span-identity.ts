import type { AdapterRunOptions, ObservationKind } from '../../src/index.ts';
import { type Attributes, firstText, firstValue, parsed, toObject } from './attributes.ts';
import type { SpanFacts } from './span.ts';

type Candidates = NonNullable<AdapterRunOptions['conversationCandidates']>;

/** What a person would call the run: its agent, workflow or function; the span's name says it when nothing else does. */
export function toRunName({ name, attributes }: SpanFacts): string {
  const told = firstText(attributes, [
    'langfuse.trace.name',
    'traceloop.entity.name',
    'gen_ai.agent.name',
    'gen_ai.workflow.name',
    'agent.name',
    'ai.telemetry.functionId',
    'genkit:name',
  ]);
  return (
    told ?? name.replace(/^(?:(?:invoke_agent|invoke_workflow|agent_run) |AxGen > |AxFlow > )/, '')
  );
}

/** What a person would call the step. */
export function toStepName(facts: SpanFacts, kind: ObservationKind): string {
  const { name, attributes } = facts;
  if (kind === 'agent') return toRunName(facts);
  if (kind !== 'tool') return name;
  const told = firstText(attributes, [
    'gen_ai.tool.name',
    'tool.name',
    'ai.toolCall.name',
    'traceloop.entity.name',
    'genkit:name',
  ]);
  return told ?? name.replace(/^(?:execute_tool |Tool: )/, '');
}

/** Where a span may name its conversation, in the order in which it counts. */
export function toConversationCandidates({ attributes }: SpanFacts): Candidates {
  return conversationKeys.flatMap((key) => {
    const value = attributes[key];
    return value === undefined || value === '' ? [] : [{ source: `span.${key}`, value }];
  });
}

/** The end user, as the conventions name them. */
export function toUserId({ attributes }: SpanFacts): string | undefined {
  return firstText(attributes, [
    'langfuse.user.id',
    'user.id',
    'enduser.id',
    'ai.telemetry.metadata.userId',
    'ai.settings.context.userId',
    'traceloop.association.properties.user_id',
    'traceloop.association.properties.userId',
  ]);
}

/** Labels, from a list or its JSON. */
export function toTags({ attributes }: SpanFacts): readonly string[] | undefined {
  const told = firstValue(attributes, [
    'langfuse.trace.tags',
    'langfuse.tags',
    'tag.tags',
    'ai.telemetry.metadata.tags',
  ]);
  const tags = Array.isArray(told) ? told.filter((tag) => typeof tag === 'string') : [];
  return tags.length === 0 ? undefined : tags;
}

/** The version of the agent. */
export function toVersion({ attributes }: SpanFacts): string | undefined {
  return firstText(attributes, [
    'langfuse.version',
    'gen_ai.agent.version',
    'traceloop.entity.version',
  ]);
}

/**
 * Facts of the span that have no place of their own. What conventions define is left out, because the rest of the
 * record says it; so is what may hold headers or keys. What people add under their own names stays, in `attributes`.
 */
export function toMetadata(facts: SpanFacts, finishReason: string | undefined): Attributes {
  const { attributes, scope } = facts;
  const own: [name: string, value: unknown][] = [];
  const others: [name: string, value: unknown][] = [];
  for (const key of Object.keys(attributes)) {
    if (secretKey.test(key)) continue;
    const prefix = metadataPrefixes.find((candidate) => key.startsWith(candidate));
    if (prefix !== undefined) own.push([key.slice(prefix.length), parsed(attributes[key])]);
    else if (!conventionKey.test(key)) others.push([key, attributes[key]]);
  }
  const provider = firstText(attributes, [
    'gen_ai.provider.name',
    'gen_ai.system',
    'llm.provider',
    'llm.system',
    'ai.model.provider',
  ]);
  const responseId = firstText(attributes, ['gen_ai.response.id', 'ai.response.id']);
  const toolCallId = firstText(attributes, [
    'gen_ai.tool.call.id',
    'ai.toolCall.id',
    'function.id',
    'tool_call.id',
  ]);
  const agentId = firstText(attributes, ['gen_ai.agent.id']);
  return {
    ...withoutIdentity(toObject(attributes['metadata']) ?? {}),
    ...withoutIdentity(toObject(attributes['langfuse.trace.metadata']) ?? {}),
    ...withoutIdentity(toObject(attributes['langfuse.observation.metadata']) ?? {}),
    ...withoutIdentity(Object.fromEntries(own)),
    ...(scope !== '' && { otel_scope: scope }),
    ...(finishReason !== undefined && { finish_reason: finishReason }),
    ...(provider !== undefined && { provider }),
    ...(responseId !== undefined && { response_id: responseId }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    ...(agentId !== undefined && { agent_id: agentId }),
    ...(others.length > 0 && { attributes: Object.fromEntries(others) }),
  };
}

const contextKeys = [
  'langfuseSessionId',
  'conversation_id',
  'conversationId',
  'session_id',
  'sessionId',
  'thread_id',
  'threadId',
  'chat_id',
  'chatId',
] as const;

const conversationKeys = [
  'gen_ai.conversation.id',
  'langfuse.session.id',
  'session.id',
  'genkit:sessionId',
  'gcp.vertex.agent.session_id',
  ...contextKeys.map((key) => `ai.settings.context.${key}`),
  ...contextKeys.map((key) => `ai.telemetry.metadata.${key}`),
  ...contextKeys.map((key) => `traceloop.association.properties.${key}`),
];

const metadataPrefixes = [
  'langfuse.observation.metadata.',
  'langfuse.trace.metadata.',
  'ai.telemetry.metadata.',
  'ai.settings.context.',
  'traceloop.association.properties.',
] as const;

const conventionKey =
  /^(?:gen_ai|llm|ai|openinference|input|output|traceloop|langfuse|gcp\.vertex\.agent|message|tool|tool_call|embedding|retrieval|reranker|document|exception|tag|agent|operation|event|agent_loop)\.|^genkit:|^(?:metadata|name|system_prompt|session\.id|user\.id|enduser\.id|error\.type|ax\.session\.id|function\.id|signature_name)$/;

// Instrumentation can be told to record headers, and people put tokens where they find room.
const secretKey =
  /header|cookie|authorization|credential|passw|secret|api[._-]?key|(?:^|[._-])(?:token|key)$|connection_string|rpc\..*metadata/i;

// Who it is for stands on the trace.
const identityKeys: ReadonlySet<string> = new Set([...contextKeys, 'userId', 'user_id', 'tags']);

function withoutIdentity(metadata: Attributes): Attributes {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !identityKeys.has(key)));
}
