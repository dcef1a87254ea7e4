import { describe, expect, it } from 'vitest';

import type { Attributes } from '../../../adapters/opentelemetry/attributes.ts';
import { toRole } from '../../../adapters/opentelemetry/span-role.ts';

/** What a span is, by its attributes, its name and the name of its instrumentation. */
const rows: readonly (readonly [
  what: string,
  span: { readonly name?: string; readonly scope?: string; readonly attributes?: Attributes },
  role: string,
])[] = [
  // The GenAI conventions.
  ['an agent', { attributes: { 'gen_ai.operation.name': 'invoke_agent' } }, 'agent agent'],
  ['a workflow', { attributes: { 'gen_ai.operation.name': 'invoke_workflow' } }, 'agent chain'],
  ['a chat', { attributes: { 'gen_ai.operation.name': 'chat' } }, 'step generation'],
  [
    'content of Gemini',
    { attributes: { 'gen_ai.operation.name': 'generate_content' } },
    'step generation',
  ],
  ['a tool', { attributes: { 'gen_ai.operation.name': 'execute_tool' } }, 'step tool'],
  ['embeddings', { attributes: { 'gen_ai.operation.name': 'embeddings' } }, 'step embedding'],
  ['a retrieval', { attributes: { 'gen_ai.operation.name': 'retrieval' } }, 'step retriever'],
  [
    'a step of @ai-sdk/otel',
    { attributes: { 'gen_ai.operation.name': 'agent_step' } },
    'step span',
  ],
  ['an operation that is not known', { attributes: { 'gen_ai.operation.name': 'dream' } }, 'hint'],
  ['a model and nothing else', { attributes: { 'gen_ai.request.model': 'm' } }, 'step generation'],
  // Names, before there are attributes.
  ['an agent by its name', { name: 'invoke_agent helper' }, 'agent agent'],
  ['an agent without a name of its own', { name: 'invoke_agent' }, 'agent agent'],
  ['a tool by its name', { name: 'execute_tool search' }, 'step tool'],
  ['a name that only begins alike', { name: 'invoke_agents' }, 'other'],
  // OpenInference.
  ['AGENT', { attributes: { 'openinference.span.kind': 'AGENT' } }, 'agent agent'],
  ['CHAIN', { attributes: { 'openinference.span.kind': 'CHAIN' } }, 'step chain'],
  ['LLM', { attributes: { 'openinference.span.kind': 'LLM' } }, 'step generation'],
  ['RERANKER', { attributes: { 'openinference.span.kind': 'RERANKER' } }, 'step retriever'],
  ['GUARDRAIL', { attributes: { 'openinference.span.kind': 'GUARDRAIL' } }, 'step guardrail'],
  [
    'an unknown kind of its instrumentation',
    {
      scope: '@arizeai/openinference-instrumentation-langchain',
      attributes: { 'openinference.span.kind': 'undefined' },
    },
    'hint',
  ],
  // OpenLLMetry.
  ['a workflow', { attributes: { 'traceloop.span.kind': 'workflow' } }, 'agent chain'],
  ['an agent', { attributes: { 'traceloop.span.kind': 'agent' } }, 'agent agent'],
  ['a task', { attributes: { 'traceloop.span.kind': 'task' } }, 'step span'],
  ['a request', { attributes: { 'llm.request.type': 'chat' } }, 'step generation'],
  ['its span before it has attributes', { scope: '@traceloop/node-server-sdk' }, 'hint'],
  // Langfuse's own SDK.
  ['an agent', { attributes: { 'langfuse.observation.type': 'agent' } }, 'agent agent'],
  ['an evaluator', { attributes: { 'langfuse.observation.type': 'evaluator' } }, 'step evaluator'],
  ['a span', { attributes: { 'langfuse.observation.type': 'span' } }, 'step span'],
  ['its span before it has attributes', { scope: 'langfuse-sdk' }, 'hint'],
  // The AI SDK before version 7.
  ['a call', { attributes: { 'ai.operationId': 'ai.streamText' } }, 'agent agent'],
  ['a model', { attributes: { 'ai.operationId': 'ai.streamText.doStream' } }, 'step generation'],
  ['a tool', { attributes: { 'operation.name': 'ai.toolCall my-function' } }, 'step tool'],
  ['an operation with another name', { attributes: { 'operation.name': 'checkout' } }, 'other'],
  // Genkit.
  [
    'a flow',
    { attributes: { 'genkit:type': 'action', 'genkit:metadata:subtype': 'flow' } },
    'agent chain',
  ],
  [
    'a model',
    { attributes: { 'genkit:type': 'action', 'genkit:metadata:subtype': 'model' } },
    'step generation',
  ],
  ['a step of a flow', { attributes: { 'genkit:type': 'flowStep' } }, 'step chain'],
  // ADK.
  ['an invocation', { scope: 'gcp.vertex.agent', name: 'invocation' }, 'agent agent'],
  ['a call of a model', { scope: 'gcp.vertex.agent', name: 'call_llm' }, 'step generation'],
  ['the same name of somebody else', { name: 'invocation' }, 'other'],
  // ax.
  ['a program', { name: 'AxGen > support', attributes: { signature_name: 's' } }, 'agent agent'],
  ['an agent', { name: 'AxAgent', attributes: { 'ax.program.type': 'AxAgent' } }, 'agent agent'],
  ['a flow', { name: 'AxFlow', attributes: { total_steps: 2 } }, 'agent chain'],
  ['a tool', { name: 'Tool: search' }, 'step tool'],
  ['the same name of somebody else', { name: 'AxGen > support' }, 'other'],
  // What goes before what.
  [
    'Langfuse before the conventions',
    { attributes: { 'langfuse.observation.type': 'chain', 'gen_ai.operation.name': 'chat' } },
    'step chain',
  ],
  [
    'the conventions before the name',
    { name: 'invoke_agent x', attributes: { 'gen_ai.operation.name': 'chat' } },
    'step generation',
  ],
  [
    'the operation before the model of an agent',
    { attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.request.model': 'm' } },
    'agent agent',
  ],
  // Everything else.
  ['a request to a server', { name: 'GET /chat', attributes: { 'http.route': '/chat' } }, 'other'],
  ['a query', { scope: '@opentelemetry/instrumentation-pg', name: 'pg.query' }, 'other'],
  ['values that are no texts', { attributes: { 'gen_ai.operation.name': 7 } }, 'hint'],
];

describe('the role of a span', () => {
  it.each(rows)(
    '%s: %j is %s',
    (_what, { name = 'span', scope = 'test', attributes = {} }, expected) => {
      const role = toRole({ name, scope, attributes });

      expect('kind' in role ? `${role.type} ${role.kind}` : role.type).toBe(expected);
    },
  );
});
