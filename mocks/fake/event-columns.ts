import type { FilterColumns } from './filters.ts';
import { isRootRow } from './records.ts';
import type { EventRow } from './records.ts';
import { sideOf } from './usage.ts';

/** The columns that `v2/observations` can be filtered by. */
export const eventColumns: FilterColumns<EventRow> = {
  id: { type: 'stringOptions', read: (row) => row.spanId },
  traceId: { type: 'string', read: (row) => row.traceId },
  startTime: { type: 'datetime', read: (row) => row.startTime },
  endTime: { type: 'datetime', read: (row) => row.endTime },
  name: { type: 'stringOptions', read: (row) => row.name },
  type: { type: 'stringOptions', read: (row) => row.type },
  environment: { type: 'stringOptions', read: (row) => row.environment },
  traceEnvironment: { type: 'stringOptions', read: (row) => row.environment },
  version: { type: 'string', read: (row) => row.version },
  userId: { type: 'string', read: (row) => row.userId },
  sessionId: { type: 'string', read: (row) => row.sessionId },
  traceName: { type: 'stringOptions', read: traceNameOf },
  level: { type: 'stringOptions', read: (row) => row.level },
  statusMessage: { type: 'string', read: (row) => row.statusMessage },
  promptName: { type: 'stringOptions', read: (row) => row.promptName },
  promptVersion: { type: 'number', read: (row) => row.promptVersion },
  model: { type: 'stringOptions', read: (row) => row.model },
  modelId: { type: 'stringOptions', read: () => '' },
  providedModelName: { type: 'stringOptions', read: (row) => row.model },
  totalCost: { type: 'number', read: (row) => row.costDetails['total'] ?? null },
  inputCost: { type: 'number', read: (row) => sideOf(row.costDetails, 'input') ?? 0 },
  outputCost: { type: 'number', read: (row) => sideOf(row.costDetails, 'output') ?? 0 },
  inputTokens: { type: 'number', read: (row) => sideOf(row.usageDetails, 'input') ?? 0 },
  outputTokens: { type: 'number', read: (row) => sideOf(row.usageDetails, 'output') ?? 0 },
  totalTokens: { type: 'number', read: (row) => row.usageDetails['total'] ?? null },
  tokens: { type: 'number', read: (row) => row.usageDetails['total'] ?? null },
  latency: { type: 'number', read: latencyOf },
  timeToFirstToken: { type: 'number', read: timeToFirstTokenOf },
  input: { type: 'string', read: (row) => row.input },
  output: { type: 'string', read: (row) => row.output },
  metadata: { type: 'stringObject', read: (row) => row.metadata },
  traceTags: { type: 'arrayOptions', read: (row) => row.tags },
  tags: { type: 'arrayOptions', read: (row) => row.tags },
  hasParentObservation: { type: 'boolean', read: (row) => row.parentSpanId !== '' },
  isRootObservation: { type: 'boolean', read: isRootRow },
  hasInput: { type: 'boolean', read: (row) => row.input !== '' },
  hasOutput: { type: 'boolean', read: (row) => row.output !== '' },
  parentObservationId: { type: 'string', read: (row) => row.parentSpanId, emptyIsNull: true },
};

/** The trace name on a row: its own, or for a root the name of the row. */
export function traceNameOf(row: EventRow): string {
  return row.traceName || (isRootRow(row) ? row.name : '');
}

/** Seconds from start to end; null while there is no end. */
export function latencyOf(row: Pick<EventRow, 'startTime' | 'endTime'>): number | null {
  return row.endTime === null ? null : (row.endTime - row.startTime) / 1000;
}

/** Seconds from start to the first token; null where that is not known. */
export function timeToFirstTokenOf(row: EventRow): number | null {
  return row.completionStartTime === null ? null : (row.completionStartTime - row.startTime) / 1000;
}
