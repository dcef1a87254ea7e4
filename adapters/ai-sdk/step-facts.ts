import {
  readEntries,
  readField,
  readText,
  type StepFacts,
  toCost,
  toUsage,
} from '../../src/index.ts';
import { toModelInput } from './model-input.ts';
import { toModelOutput } from './model-output.ts';
import { toolCallIdOf } from './running-tools.ts';
import { shownInput, shownOutput } from './withheld-content.ts';

/** What is known of a step at its start. */
export type StepStart = StepFacts & { readonly name: string };

const parameterKeys = [
  'temperature',
  'maxOutputTokens',
  'topP',
  'topK',
  'presencePenalty',
  'frequencyPenalty',
  'stopSequences',
  'seed',
  'reasoning',
] as const;

/** What is known when a model is called. */
export function toModelStart(event: unknown): StepStart {
  const parameters = Object.fromEntries(
    parameterKeys
      .map((key) => [key, readField(event, key)] as const)
      .filter(([, value]) => value !== undefined),
  );
  const provider = readText(event, 'provider');
  const tools = readEntries(readField(event, 'tools'), 1_000)
    .map((tool) => readText(tool, 'name'))
    .filter((name) => name !== undefined);
  return {
    kind: 'generation',
    ...toAskedModel(event, 'model'),
    input: toModelInput(event),
    ...(Object.keys(parameters).length > 0 && { modelParameters: parameters }),
    metadata: {
      ...(provider !== undefined && { provider }),
      ...(tools.length > 0 && { tools }),
    },
  };
}

/** What a model call, or the step around it, tells at its end. */
export function toModelEnd(event: unknown): StepFacts {
  // A step names the model that was asked for in `model`, and the one that answered in its response.
  const response = readField(event, 'response');
  const model =
    readText(response, 'modelId') ??
    readText(event, 'modelId') ??
    readText(readField(event, 'model'), 'modelId');
  const usage = toUsage(readField(event, 'usage'));
  const cost = toGatewayCost(readField(event, 'providerMetadata'));
  const finishReason = readText(event, 'finishReason');
  const responseId = readText(event, 'responseId') ?? readText(response, 'id');
  return {
    output: toModelOutput(event),
    ...(model !== undefined && { model }),
    ...(usage !== undefined && { usage }),
    ...(cost !== undefined && { cost }),
    metadata: {
      ...(finishReason !== undefined && { finish_reason: finishReason }),
      ...(responseId !== undefined && { response_id: responseId }),
    },
  };
}

/** When the first token of a model call came that began at `startTime`. */
export function toFirstTokenTime(event: unknown, startTime: number): number | undefined {
  const ms =
    readField(readField(event, 'performance'), 'timeToFirstOutputMs') ??
    readField(event, 'msToFirstChunk');
  return typeof ms === 'number' && ms >= 0 ? startTime + Math.round(ms) : undefined;
}

/** What is known when a tool is called. */
export function toToolStart(event: unknown): StepStart {
  const toolCall = readField(event, 'toolCall');
  return {
    kind: 'tool',
    name: readText(toolCall, 'toolName') ?? 'tool',
    input: shownInput(event, () => readField(toolCall, 'input')),
    metadata: { tool_call_id: toolCallIdOf(event) },
  };
}

/** What is known when a model makes vectors. */
export function toEmbeddingStart(event: unknown): StepStart {
  return {
    kind: 'embedding',
    ...toAskedModel(event, 'embedding model'),
    input: shownInput(event, () => readField(event, 'values')),
  };
}

/** What it tells at its end. */
export function toEmbeddingEnd(event: unknown): StepFacts {
  const tokens = readField(readField(event, 'usage'), 'tokens');
  return {
    output: toEmbeddingFacts(readField(event, 'embeddings')),
    ...(typeof tokens === 'number' && Number.isSafeInteger(tokens) && { usage: { input: tokens } }),
  };
}

/** Vectors say nothing to a reader and weigh much: how many there are, and of how many dimensions. */
export function toEmbeddingFacts(vectors: unknown): unknown {
  const [first] = readEntries(vectors, 1);
  return typeof first === 'number'
    ? { embeddings: 1, dimensions: readField(vectors, 'length') }
    : { embeddings: readField(vectors, 'length'), dimensions: readField(first, 'length') };
}

/** What is known when a model ranks documents. */
export function toRankingStart(event: unknown): StepStart {
  return {
    kind: 'retriever',
    ...toAskedModel(event, 'ranking model'),
    input: shownInput(event, toRankingInput),
  };
}

/** What a ranking is given. */
export function toRankingInput(event: unknown): unknown {
  return { query: readField(event, 'query'), documents: readField(event, 'documents') };
}

/** What it tells at its end. */
export function toRankingEnd(event: unknown): StepFacts {
  return { output: shownOutput(event, () => readField(event, 'ranking')) };
}

/** The model that was asked for, which also names the step. */
function toAskedModel(event: unknown, unknown: string): { name: string; model?: string } {
  const model = readText(event, 'modelId');
  return { name: model ?? unknown, ...(model !== undefined && { model }) };
}

/** Vercel's AI Gateway tells the cost of a call as a decimal text, in US dollars. */
function toGatewayCost(providerMetadata: unknown): ReturnType<typeof toCost> {
  const cost = readField(readField(providerMetadata, 'gateway'), 'cost');
  if (typeof cost !== 'string') return toCost(cost);
  return cost.trim() === '' ? undefined : toCost(Number(cost));
}
