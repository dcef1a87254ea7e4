import { type ObservationKind, observationKinds } from '../../src/index.ts';
import { type Attributes, firstText } from './attributes.ts';

/**
 * What a span is.
 *
 * - `agent`: it becomes a run, or a run inside the run around it.
 * - `step`: it becomes a step; without a run around it becomes a run of its own, so that nothing is lost.
 * - `hint`: it comes from an instrumentation of models or agents and has not said what it is.
 * - `other`: anything else, for example a request or a query.
 */
export type SpanRole =
  | { readonly type: 'agent'; readonly kind: ObservationKind }
  | { readonly type: 'step'; readonly kind: ObservationKind }
  | { readonly type: 'hint' }
  | { readonly type: 'other' };

/** What the rule looks at. */
export interface RoleFacts {
  readonly name: string;
  readonly scope: string;
  readonly attributes: Attributes;
}

/** A role that is shown, as a run or a step. */
export type ShownRole = Extract<SpanRole, { readonly kind: ObservationKind }>;

type Table = ReadonlyMap<string, ShownRole>;

/**
 * The ordered rule: the first place that says what the span is decides. What a person or an SDK for Langfuse says goes
 * before the conventions, the conventions before the names, and the name of the instrumentation comes last. The kind
 * of the span (server, client, …) says nothing: ax marks its agents as servers.
 */
export function toRole({ name, scope, attributes }: RoleFacts): SpanRole {
  return (
    told(langfuseTypes, attributes['langfuse.observation.type']) ??
    told(openInferenceKinds, attributes['openinference.span.kind']) ??
    told(traceloopKinds, attributes['traceloop.span.kind']) ??
    told(operations, attributes['gen_ai.operation.name']) ??
    told(
      aiSdkOperations,
      firstText(attributes, ['ai.operationId', 'operation.name'])?.split(' ')[0],
    ) ??
    toGenkitRole(attributes) ??
    told(requestTypes, attributes['llm.request.type']) ??
    toNamedRole(name, scope, attributes) ??
    toModelRole(attributes) ?? { type: isKnownScope(scope, attributes) ? 'hint' : 'other' }
  );
}

const agent: ShownRole = { type: 'agent', kind: 'agent' };
const workflow: ShownRole = { type: 'agent', kind: 'chain' };
const step = (kind: ObservationKind): ShownRole => ({ type: 'step', kind });

const langfuseTypes: Table = new Map(
  observationKinds.map((kind) => [kind, kind === 'agent' ? agent : step(kind)]),
);

const openInferenceKinds: Table = new Map([
  ['agent', agent],
  ['chain', step('chain')],
  ['llm', step('generation')],
  ['tool', step('tool')],
  ['retriever', step('retriever')],
  ['reranker', step('retriever')],
  ['embedding', step('embedding')],
  ['guardrail', step('guardrail')],
  ['evaluator', step('evaluator')],
  ['prompt', step('span')],
]);

const traceloopKinds: Table = new Map([
  ['workflow', workflow],
  ['agent', agent],
  ['task', step('span')],
  ['tool', step('tool')],
]);

const operations: Table = new Map([
  ['invoke_agent', agent],
  ['invoke_workflow', workflow],
  ['create_agent', step('span')],
  ['agent_step', step('span')], // @ai-sdk/otel
  ['plan', step('chain')],
  ['chat', step('generation')],
  ['generate_content', step('generation')],
  ['text_completion', step('generation')],
  ['execute_tool', step('tool')],
  ['embeddings', step('embedding')],
  ['retrieval', step('retriever')],
  ['rerank', step('retriever')], // @ai-sdk/otel
  ['evaluate', step('evaluator')],
]);

/** The AI SDK before version 7, and `LegacyOpenTelemetry` of @ai-sdk/otel. */
const aiSdkOperations: Table = new Map([
  ['ai.generateText', agent],
  ['ai.streamText', agent],
  ['ai.generateObject', agent],
  ['ai.streamObject', agent],
  ['ai.generateText.doGenerate', step('generation')],
  ['ai.streamText.doStream', step('generation')],
  ['ai.generateObject.doGenerate', step('generation')],
  ['ai.streamObject.doStream', step('generation')],
  ['ai.toolCall', step('tool')],
  ['ai.embed', step('span')],
  ['ai.embedMany', step('span')],
  ['ai.embed.doEmbed', step('embedding')],
  ['ai.embedMany.doEmbed', step('embedding')],
  ['ai.rerank', step('retriever')],
]);

const genkitSubtypes: Table = new Map([
  ['flow', workflow],
  ['agent', agent],
  ['model', step('generation')],
  ['background-model', step('generation')],
  ['tool', step('tool')],
  ['retriever', step('retriever')],
  ['reranker', step('retriever')],
  ['embedder', step('embedding')],
  ['evaluator', step('evaluator')],
]);

const requestTypes: Table = new Map([
  ['chat', step('generation')],
  ['completion', step('generation')],
  ['embedding', step('embedding')],
  ['rerank', step('retriever')],
]);

function told(table: Table, value: unknown): ShownRole | undefined {
  return typeof value === 'string'
    ? (table.get(value) ?? table.get(value.toLowerCase()))
    : undefined;
}

function toGenkitRole(attributes: Attributes): ShownRole | undefined {
  const subtype = told(genkitSubtypes, attributes['genkit:metadata:subtype']);
  if (subtype !== undefined) return subtype;
  return typeof attributes['genkit:type'] === 'string' ? step('chain') : undefined;
}

/** Spans that say by their name what they are, before they have attributes. */
function toNamedRole(name: string, scope: string, attributes: Attributes): ShownRole | undefined {
  if (/^invoke_agent( |$)/.test(name)) return agent;
  if (/^invoke_workflow( |$)/.test(name)) return workflow;
  if (/^execute_tool( |$)/.test(name)) return step('tool');
  if (scope === adkScope) return told(adkNames, /^\w+/.exec(name)?.[0]);
  // ax's spans have the tracer that it was given, and few attributes.
  if (/^AxGen( >|$)/.test(name) && 'signature_name' in attributes) return agent;
  if (name === 'AxAgent' && 'ax.program.type' in attributes) return agent;
  if (/^AxFlow( >|$)/.test(name) && 'total_steps' in attributes) return workflow;
  return /^Tool: ./.test(name) ? step('tool') : undefined;
}

const adkScope = 'gcp.vertex.agent';

const adkNames: Table = new Map([
  ['invocation', agent],
  ['agent_run', agent],
  ['call_llm', step('generation')],
]);

function toModelRole(attributes: Attributes): ShownRole | undefined {
  const model = firstText(attributes, [
    'gen_ai.request.model',
    'gen_ai.response.model',
    'llm.model_name',
  ]);
  return model === undefined ? undefined : step('generation');
}

const knownScopes =
  /^(?:langfuse-sdk|genkit-tracer|gcp\.vertex\.agent|strands-agents|gen_ai|ai|@arizeai\/openinference.*|@traceloop\/.*|openinference\..*)$/;

function isKnownScope(scope: string, attributes: Attributes): boolean {
  if (knownScopes.test(scope)) return true;
  return Object.keys(attributes).some(
    (key) => key.startsWith('gen_ai.') || key.startsWith('traceloop.'),
  );
}
