import type { ObservationKind } from '../../src/index.ts';
import { type ExportedSpan, textAttribute } from './exported-span.ts';

/** What becomes of a span. */
type SpanRole =
  /** A run: alone a parent, inside another run its child. */
  | 'run'
  /** A step of the run. */
  | 'step'
  /** The call of a model: the step that carries usage. */
  | 'inference'
  /** A frame around model calls: a step only when it was exported without them. */
  | 'frame'
  /** A piece of a stream: told by the step that it belongs to. */
  | 'chunk';

/**
 * The role of a span. Mastra repeats usage on three levels (`model_generation` sums its `model_step`s, each of which
 * repeats its `model_inference`); the call of the model itself is taken, whose times are the model's alone.
 */
export function roleOf(span: ExportedSpan): SpanRole {
  switch (span.type) {
    case 'agent_run':
    case 'workflow_run':
      return span.isInternal === true && !span.isRootSpan ? 'step' : 'run';
    case 'model_generation':
    case 'model_step':
      return 'frame';
    case 'model_inference':
      return 'inference';
    case 'model_chunk':
      return 'chunk';
    default:
      // A tool, an ingestion or a scorer that was called by itself has no run around it.
      return span.isRootSpan ? 'run' : 'step';
  }
}

const kinds: Readonly<Record<string, ObservationKind>> = {
  agent_run: 'agent',
  workflow_run: 'chain',
  workflow_step: 'chain',
  workflow_conditional: 'chain',
  workflow_parallel: 'chain',
  workflow_loop: 'chain',
  model_generation: 'generation',
  model_step: 'generation',
  model_inference: 'generation',
  tool_call: 'tool',
  mcp_tool_call: 'tool',
  client_tool_call: 'tool',
  provider_tool_call: 'tool',
  processor_run: 'guardrail',
  scorer_run: 'evaluator',
  scorer_step: 'evaluator',
  classifier_evaluation: 'evaluator',
  rag_ingestion: 'chain',
  rag_embedding: 'embedding',
};

/** What a span is in Langfuse's words; `span` for what those words do not cover. */
export function kindOf(span: ExportedSpan): ObservationKind {
  if (span.type === 'memory_operation')
    return textAttribute(span, 'operationType') === 'recall' ? 'retriever' : 'span';
  if (span.type === 'rag_vector_operation')
    return textAttribute(span, 'operation') === 'query' ? 'retriever' : 'span';
  const kind = Object.hasOwn(kinds, span.type) ? kinds[span.type] : undefined;
  return kind ?? (span.isEvent ? 'event' : 'span');
}
