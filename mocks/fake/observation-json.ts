import { latencyOf, timeToFirstTokenOf, traceNameOf } from './event-columns.ts';
import type { JsonRecord } from './json-value.ts';
import { parseStoredText, toIso } from './json-value.ts';
import { projectId } from './project.ts';
import { isRootRow } from './records.ts';
import type { EventRow } from './records.ts';
import { sideOf } from './usage.ts';

/** Which field groups are asked for; the core group is always there. */
export interface ObservationShape {
  readonly fields: readonly string[];
  readonly isWholeMetadata: boolean;
}

/** A v4 row as `v2/observations` shows it. */
export function toObservationJson(
  row: EventRow,
  { fields, isWholeMetadata }: ObservationShape,
): JsonRecord {
  // Input and output come from a table that holds whole metadata, too.
  const isWhole = isWholeMetadata || fields.includes('io');
  const groups: Readonly<Record<string, () => JsonRecord>> = {
    basic: () => basic(row),
    time: () => times(row),
    io: () => ({ input: row.input || null, output: row.output || null }),
    metadata: () => ({ metadata: metadataOf(row, isWhole) }),
    model: () => ({ model: row.model, internalModelId: '', modelParameters: row.modelParameters }),
    usage: () => usage(row),
    prompt: () => ({ promptId: '', promptName: row.promptName, promptVersion: row.promptVersion }),
    trace_context: () => ({
      traceName: traceNameOf(row) || null,
      release: row.release,
      tags: row.tags,
    }),
  };
  const asked = fields
    .filter((field) => Object.hasOwn(groups, field))
    .map((field) => groups[field]?.());
  return Object.assign(core(row), ...asked) as JsonRecord;
}

function core(row: EventRow): JsonRecord {
  return {
    id: row.spanId,
    traceId: row.traceId,
    startTime: toIso(row.startTime),
    endTime: row.endTime === null ? null : toIso(row.endTime),
    projectId,
    parentObservationId: row.parentSpanId || null,
    type: row.type,
    latency: latencyOf(row),
    timeToFirstToken: timeToFirstTokenOf(row),
    modelId: null,
    inputPrice: null,
    outputPrice: null,
    totalPrice: null,
  };
}

function basic(row: EventRow): JsonRecord {
  return {
    name: row.name,
    level: row.level,
    statusMessage: row.statusMessage,
    version: row.version,
    environment: row.environment,
    bookmarked: false,
    public: row.public,
    userId: row.userId,
    sessionId: row.sessionId,
    isRootObservation: isRootRow(row),
  };
}

function times(row: EventRow): JsonRecord {
  return {
    completionStartTime: row.completionStartTime === null ? null : toIso(row.completionStartTime),
    createdAt: toIso(row.createdAt),
    updatedAt: toIso(row.createdAt),
  };
}

function usage(row: EventRow): JsonRecord {
  return {
    usageDetails: row.usageDetails,
    inputUsage: sideOf(row.usageDetails, 'input') ?? 0,
    outputUsage: sideOf(row.usageDetails, 'output') ?? 0,
    totalUsage: row.usageDetails['total'] ?? 0,
    costDetails: row.costDetails,
    inputCost: sideOf(row.costDetails, 'input') ?? null,
    outputCost: sideOf(row.costDetails, 'output') ?? null,
    totalCost: row.totalCost,
    usagePricingTierId: null,
    usagePricingTierName: null,
  };
}

const metadataCut = 200;

function metadataOf(row: EventRow, isWhole: boolean): JsonRecord {
  return Object.fromEntries(
    Object.entries(row.metadata).map(([key, value]) => [
      key,
      value === null ? null : parseStoredText(isWhole ? value : value.slice(0, metadataCut)),
    ]),
  );
}
