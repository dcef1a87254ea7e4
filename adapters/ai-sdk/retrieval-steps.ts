import { readText } from '../../src/index.ts';
import type { OpenRun, Recorder } from './open-runs.ts';
import { toEmbeddingEnd, toEmbeddingStart, toRankingEnd, toRankingStart } from './step-facts.ts';
import { recordStepEnd, recordStepStart } from './step-recorder.ts';

/** A model of `embed` or `embedMany` is called; there may be several at a time. */
export function startEmbedding(recorder: Recorder, run: OpenRun, event: unknown): void {
  const stepId = toEmbeddingId(event);
  recordStepStart(recorder, run, { event, stepId, facts: toEmbeddingStart(event) });
}

/** It has answered. */
export function endEmbedding(recorder: Recorder, run: OpenRun, event: unknown): void {
  const stepId = toEmbeddingId(event);
  recordStepEnd(recorder, run, { event, stepId, facts: toEmbeddingEnd(event) });
}

const rankingId = 'ranking';

/** The model of `rerank` is called. */
export function startRanking(recorder: Recorder, run: OpenRun, event: unknown): void {
  recordStepStart(recorder, run, { event, stepId: rankingId, facts: toRankingStart(event) });
}

/** It has answered. */
export function endRanking(recorder: Recorder, run: OpenRun, event: unknown): void {
  recordStepEnd(recorder, run, { event, stepId: rankingId, facts: toRankingEnd(event) });
}

function toEmbeddingId(event: unknown): string {
  return readText(event, 'embedCallId') ?? 'embedding';
}
