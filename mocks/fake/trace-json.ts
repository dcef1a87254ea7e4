import type { JsonRecord } from './json-value.ts';
import { parseStoredText, toIso } from './json-value.ts';
import { projectId } from './project.ts';
import type { ObservationRecord, ScoreRecord, TraceRecord } from './records.ts';
import { roundCost, sideOf } from './usage.ts';

/** The fields of a v1 trace that do not depend on other tables. */
export function toTraceJson(trace: TraceRecord): JsonRecord {
  return {
    id: trace.id,
    projectId,
    // A name that was never set, or set to null, reads back as empty.
    name: trace.name ?? '',
    timestamp: toIso(trace.timestamp),
    environment: trace.environment,
    tags: trace.tags,
    bookmarked: false,
    release: trace.release ?? null,
    version: trace.version ?? null,
    userId: trace.userId ?? null,
    sessionId: trace.sessionId ?? null,
    public: trace.public,
    input: toValue(trace.input),
    output: toValue(trace.output),
    metadata: metadataOf(trace.metadata),
    createdAt: toIso(trace.createdAt),
    updatedAt: toIso(trace.updatedAt),
    externalId: null,
    htmlPath: `/project/${projectId}/traces/${trace.id}`,
  };
}

/** An observation as the v1 endpoints show it. */
export function toLegacyObservationJson(observation: ObservationRecord): JsonRecord {
  const { startTime, endTime, completionStartTime, usageDetails } = observation;
  return {
    id: observation.id,
    traceId: observation.traceId,
    startTime: toIso(startTime),
    endTime: endTime === undefined ? null : toIso(endTime),
    projectId,
    parentObservationId: observation.parentObservationId ?? null,
    type: observation.type,
    environment: observation.environment,
    name: observation.name ?? '',
    level: observation.level,
    statusMessage: observation.statusMessage ?? null,
    version: observation.version ?? null,
    createdAt: toIso(observation.createdAt),
    updatedAt: toIso(observation.updatedAt),
    input: toValue(observation.input),
    output: toValue(observation.output),
    metadata: metadataOf(observation.metadata),
    model: observation.model ?? null,
    modelParameters:
      observation.modelParameters === undefined
        ? null
        : parseStoredText(observation.modelParameters),
    completionStartTime: completionStartTime === undefined ? null : toIso(completionStartTime),
    promptId: null,
    promptName: observation.promptName ?? null,
    promptVersion: observation.promptVersion ?? null,
    latency: endTime === undefined ? null : (endTime - startTime) / 1000,
    timeToFirstToken:
      completionStartTime === undefined ? null : (completionStartTime - startTime) / 1000,
    usageDetails,
    ...pricing(observation),
    unit: 'TOKENS',
    ...tokens(usageDetails),
    modelId: null,
  };
}

/** A score as a v1 trace shows it. */
export function toScoreJson(score: ScoreRecord): JsonRecord {
  return {
    ...score,
    projectId,
    timestamp: toIso(score.timestamp),
    createdAt: toIso(score.createdAt),
    updatedAt: toIso(score.updatedAt),
    authorUserId: null,
    queueId: null,
  };
}

/** Seconds from the first start to the last end, or to the last start while nothing ended; 0 without observations. */
export function latencyOfTrace(observations: readonly ObservationRecord[]): number {
  if (observations.length === 0) return 0;
  const starts = observations.map(({ startTime }) => startTime);
  const ends = observations.map(({ endTime }) => endTime).filter((time) => time !== undefined);
  return (Math.max(...(ends.length > 0 ? ends : starts)) - Math.min(...starts)) / 1000;
}

/** What the observations of a trace cost together. */
export function costOfTrace(observations: readonly ObservationRecord[]): number {
  return roundCost(observations.reduce((sum, { totalCost }) => sum + (totalCost ?? 0), 0));
}

/** Stored input or output as a value; null for nothing. */
export function toValue(text: string | undefined): unknown {
  return text ? parseStoredText(text) : null;
}

/** Stored metadata as values. */
export function metadataOf(metadata: Readonly<Record<string, string | null>>): JsonRecord {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, text]) => [
      key,
      text === null ? null : parseStoredText(text),
    ]),
  );
}

function pricing({ costDetails, totalCost }: ObservationRecord): JsonRecord {
  return {
    costDetails,
    usagePricingTierId: null,
    usagePricingTierName: null,
    inputPrice: 0,
    outputPrice: 0,
    totalPrice: 0,
    calculatedInputCost: sideOf(costDetails, 'input') ?? null,
    calculatedOutputCost: sideOf(costDetails, 'output') ?? null,
    calculatedTotalCost: roundCost(totalCost ?? 0),
  };
}

function tokens(usageDetails: ObservationRecord['usageDetails']): JsonRecord {
  const input = sideOf(usageDetails, 'input') ?? 0;
  const output = sideOf(usageDetails, 'output') ?? 0;
  const total = usageDetails['total'] ?? 0;
  return {
    promptTokens: input,
    completionTokens: output,
    totalTokens: total,
    usage: { unit: 'TOKENS', input, output, total },
  };
}
