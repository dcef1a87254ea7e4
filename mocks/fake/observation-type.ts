import { toStoredText } from './json-value.ts';
import type { Attributes } from './otlp-attributes.ts';

/** The types that there are, in the order in which the server lists them. */
export const observationTypes = [
  'GENERATION',
  'SPAN',
  'EVENT',
  'AGENT',
  'TOOL',
  'CHAIN',
  'RETRIEVER',
  'EVALUATOR',
  'EMBEDDING',
  'GUARDRAIL',
] as const;

/** The observation type of a span: the explicit attribute in lower case, then other conventions, then a model. */
export function observationTypeOfSpan(attributes: Attributes): string {
  for (const [key, names] of conventions) {
    const found = toStoredText(attributes[key]);
    if (Object.hasOwn(names, found)) return names[found] ?? found;
  }
  return aiSdkType(attributes) ?? fallback(attributes);
}

type Names = Readonly<Record<string, string>>;

const ownNames: Names = Object.fromEntries(
  observationTypes.map((type) => [type.toLowerCase(), type]),
);

const openInferenceNames: Names = {
  ...Object.fromEntries(
    ['CHAIN', 'RETRIEVER', 'EMBEDDING', 'AGENT', 'TOOL', 'GUARDRAIL', 'EVALUATOR'].map((kind) => [
      kind,
      kind,
    ]),
  ),
  LLM: 'GENERATION',
};

const genAiNames: Names = {
  chat: 'GENERATION',
  completion: 'GENERATION',
  text_completion: 'GENERATION',
  generate_content: 'GENERATION',
  generate: 'GENERATION',
  embeddings: 'EMBEDDING',
  invoke_agent: 'AGENT',
  create_agent: 'AGENT',
  execute_tool: 'TOOL',
};

const conventions: readonly (readonly [string, Names])[] = [
  ['langfuse.observation.type', ownNames],
  ['openinference.span.kind', openInferenceNames],
  ['gen_ai.operation.name', genAiNames],
];

const aiSdkCalls: readonly (readonly [RegExp, string])[] = [
  [/^ai\.(?:generateText|generateObject)\.doGenerate/, 'GENERATION'],
  [/^ai\.(?:streamText|streamObject)\.doStream/, 'GENERATION'],
  [/^ai\.embed(?:Many)?\.doEmbed/, 'EMBEDDING'],
];

const modelKeys = [
  'langfuse.observation.model.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
];

function aiSdkType(attributes: Attributes): string | undefined {
  const operation = toStoredText(
    attributes['operation.name'] ?? attributes['ai.operationId'] ?? '',
  );
  if (operation.startsWith('ai.toolCall')) return 'TOOL';
  if (![...modelKeys, 'ai.model.id'].some((key) => hasValue(attributes[key]))) return undefined;
  return aiSdkCalls.find(([pattern]) => pattern.test(operation))?.[1];
}

function fallback(attributes: Attributes): string {
  const isTool = ['gen_ai.tool.name', 'gen_ai.tool.call.id'].some((key) =>
    hasValue(attributes[key]),
  );
  if (isTool) return 'TOOL';
  const hasModel = [...modelKeys, 'llm.model_name', 'model'].some((key) =>
    hasValue(attributes[key]),
  );
  return hasModel ? 'GENERATION' : 'SPAN';
}

function hasValue(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
