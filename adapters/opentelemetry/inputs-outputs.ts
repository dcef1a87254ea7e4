import { type Attributes, firstValue, isObject, parsed, unflattened } from './attributes.ts';
import { toEventMessages, toInputMessages, toOutputMessages } from './messages.ts';
import type { SpanFacts } from './span.ts';

/** What a span says that went in, in the order in which its places are believed; undefined when it does not say. */
export function toInput({ attributes, events }: SpanFacts): unknown {
  return (
    firstValue(attributes, ['langfuse.observation.input', 'langfuse.trace.input', 'input.value']) ??
    toInputMessages(attributes) ??
    present(firstValue(attributes, inputKeys)) ??
    fromRequest(parsed(attributes['gcp.vertex.agent.llm_request'])) ??
    toEventMessages(events).input
  );
}

/** The same for what came out. */
export function toOutput({ attributes, events }: SpanFacts): unknown {
  return (
    firstValue(attributes, [
      'langfuse.observation.output',
      'langfuse.trace.output',
      'output.value',
    ]) ??
    toOutputMessages(attributes) ??
    present(firstValue(attributes, outputKeys)) ??
    toAiSdkOutput(attributes) ??
    fromResponse(toAdkResponse(attributes)) ??
    toDocuments(attributes) ??
    toEventMessages(events).output
  );
}

/** What ADK writes of a model's answer. */
export function toAdkResponse(attributes: Attributes): Attributes | undefined {
  const response = parsed(attributes['gcp.vertex.agent.llm_response']);
  return isObject(response) && Object.keys(response).length > 0 ? response : undefined;
}

const inputKeys = [
  'gen_ai.tool.call.arguments',
  'gen_ai.prompt',
  'gen_ai.retrieval.query.text',
  'traceloop.entity.input',
  'ai.prompt.messages',
  'ai.prompt',
  'ai.toolCall.args',
  'ai.value',
  'ai.values',
  'ai.request.text',
  'genkit:input',
  'gcp.vertex.agent.tool_call_args',
  'gcp.vertex.agent.data',
  'tool.parameters',
] as const;

const outputKeys = [
  'gen_ai.tool.call.result',
  'gen_ai.completion',
  'traceloop.entity.output',
  'ai.toolCall.result',
  'ai.response.object',
  'ai.ranking',
  'genkit:output',
  'gcp.vertex.agent.tool_response',
] as const;

/** ADK writes `{}` and `N/A` where it has nothing to say, or may not say it. */
function present(value: unknown): unknown {
  if (value === 'N/A') return undefined;
  return isObject(value) && Object.keys(value).length === 0 ? undefined : value;
}

function toAiSdkOutput(attributes: Attributes): unknown {
  const text = firstValue(attributes, ['ai.response.text']);
  const toolCalls = firstValue(attributes, ['ai.response.toolCalls']);
  if (toolCalls === undefined) return text;
  return { role: 'assistant', ...(text !== undefined && { content: text }), tool_calls: toolCalls };
}

function fromRequest(request: unknown): unknown {
  if (!isObject(request)) return undefined;
  return request['contents'] ?? present(request);
}

/** The answer without its counts, which have places of their own. */
function fromResponse(response: Attributes | undefined): unknown {
  return response?.['content'] ?? undefined;
}

function toDocuments(attributes: Attributes): unknown {
  for (const prefix of ['retrieval.documents', 'reranker.output_documents']) {
    const documents = unflattened(attributes, prefix, 'document.');
    if (documents.length > 0) return documents;
  }
  return undefined;
}
