import { readText } from '../../src/index.ts';
import type { OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';
import { tellStepEnd, tellStepStart } from './step-events.ts';
import { toEmbeddingEnd, toEmbeddingStart, toRankingEnd, toRankingStart } from './step-facts.ts';

/** A model of `embed` or `embedMany` is called; there may be several at a time. */
export function startEmbedding(recording: Recording, run: OpenRun, event: unknown): void {
  const stepId = toEmbeddingId(event);
  tellStepStart(recording, run, { event, stepId, facts: toEmbeddingStart(event) });
}

/** It has answered. */
export function endEmbedding(recording: Recording, run: OpenRun, event: unknown): void {
  const stepId = toEmbeddingId(event);
  tellStepEnd(recording, run, { event, stepId, facts: toEmbeddingEnd(event) });
}

const rankingId = 'ranking';

/** The model of `rerank` is called. */
export function startRanking(recording: Recording, run: OpenRun, event: unknown): void {
  tellStepStart(recording, run, { event, stepId: rankingId, facts: toRankingStart(event) });
}

/** It has answered. */
export function endRanking(recording: Recording, run: OpenRun, event: unknown): void {
  tellStepEnd(recording, run, { event, stepId: rankingId, facts: toRankingEnd(event) });
}

function toEmbeddingId(event: unknown): string {
  return readText(event, 'embedCallId') ?? 'embedding';
}
