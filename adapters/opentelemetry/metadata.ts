import { type Attributes, firstText, parsed, toObject } from './attributes.ts';
import { toFinishReason } from './model-call.ts';
import { ownerNames, programPrefixes } from './owner.ts';
import type { SpanFacts } from './span.ts';

/**
 * Facts of the span that have no place of their own. What conventions define is left out, because the rest of the
 * record says it; so is what may hold headers or keys. What people add under their own names stays, in `attributes`.
 */
export function toMetadata(facts: SpanFacts): Attributes {
  const { attributes, scope } = facts;
  const finishReason = toFinishReason(facts);
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
    ...withoutOwner(toObject(attributes['metadata']) ?? {}),
    ...withoutOwner(toObject(attributes['langfuse.trace.metadata']) ?? {}),
    ...withoutOwner(toObject(attributes['langfuse.observation.metadata']) ?? {}),
    ...withoutOwner(Object.fromEntries(own)),
    ...(scope !== '' && { otel_scope: scope }),
    ...(finishReason !== undefined && { finish_reason: finishReason }),
    ...(provider !== undefined && { provider }),
    ...(responseId !== undefined && { response_id: responseId }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    ...(agentId !== undefined && { agent_id: agentId }),
    ...(others.length > 0 && { attributes: Object.fromEntries(others) }),
  };
}

const metadataPrefixes = [
  'langfuse.observation.metadata.',
  'langfuse.trace.metadata.',
  ...programPrefixes,
] as const;

const conventionKey =
  /^(?:gen_ai|llm|ai|openinference|input|output|traceloop|langfuse|gcp\.vertex\.agent|message|tool|tool_call|embedding|retrieval|reranker|document|exception|tag|agent|operation|event|agent_loop)\.|^genkit:|^(?:metadata|name|system_prompt|session\.id|user\.id|enduser\.id|error\.type|ax\.session\.id|function\.id|signature_name)$/;

// Instrumentation can be told to record headers, and people put tokens where they find room.
const secretKey =
  /header|cookie|authorization|credential|passw|secret|api[._-]?key|(?:^|[._-])(?:token|key)$|connection_string|rpc\..*metadata/i;

function withoutOwner(metadata: Attributes): Attributes {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !ownerNames.has(key)));
}
