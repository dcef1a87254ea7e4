import { readField, readText } from '../../src/index.ts';
import { toEmbeddingFacts } from './call-ending.ts';
import { hidden, toModelOutput } from './model-facts.ts';
import type { StepTeller, Tell } from './step-teller.ts';

/** Tells the model calls of `embed`, `embedMany` and `rerank`. */
export interface RetrievalSteps {
  readonly embeddingStarted: Tell;
  readonly embeddingEnded: Tell;
  readonly rankingStarted: Tell;
  readonly rankingEnded: Tell;
}

/** Makes what tells them. */
export function createRetrievalSteps({ start, end }: StepTeller): RetrievalSteps {
  return {
    embeddingStarted(call, event) {
      const model = readText(event, 'modelId');
      start(call, event, {
        stepId: toEmbeddingId(event),
        kind: 'embedding',
        name: model ?? 'embedding model',
        ...(model !== undefined && { model }),
        input:
          readField(event, 'recordInputs') === false ? hidden.input : readField(event, 'values'),
      });
    },
    embeddingEnded(call, event) {
      const tokens = readField(readField(event, 'usage'), 'tokens');
      end(call, event, {
        stepId: toEmbeddingId(event),
        output: toEmbeddingFacts(readField(event, 'embeddings')),
        ...(typeof tokens === 'number' &&
          Number.isSafeInteger(tokens) && { usage: { input: tokens } }),
      });
    },
    rankingStarted(call, event) {
      const model = readText(event, 'modelId');
      start(call, event, {
        stepId: 'ranking',
        kind: 'retriever',
        name: model ?? 'ranking model',
        ...(model !== undefined && { model }),
        input:
          readField(event, 'recordInputs') === false
            ? hidden.input
            : { query: readField(event, 'query'), documents: readField(event, 'documents') },
      });
    },
    rankingEnded(call, event) {
      const output =
        readField(event, 'recordOutputs') === false
          ? toModelOutput(event)
          : readField(event, 'ranking');
      end(call, event, { stepId: 'ranking', output });
    },
  };
}

function toEmbeddingId(event: unknown): string {
  return readText(event, 'embedCallId') ?? 'embedding';
}
