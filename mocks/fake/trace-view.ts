import type { FakeObservation, FakeTrace } from '../fake-trace.ts';
import { type JsonRecord, toIso } from './json-value.ts';
import { isRootRow } from './records.ts';
import type { EventRow, ObservationRecord, TraceRecord } from './records.ts';
import { metadataOf, toValue } from './trace-json.ts';

/** A span as it arrived: its v4 row, and its metadata before it was flattened. */
export interface ExportedSpan {
  readonly row: EventRow;
  readonly metadata: JsonRecord;
}

/** What the two wires brought of one trace, each in its own form. */
export interface TraceParts {
  /** The trace that legacy events made. */
  readonly record: TraceRecord | undefined;
  /** The observations that legacy events made. */
  readonly records: readonly ObservationRecord[];
  /** In the order of arrival. */
  readonly spans: readonly ExportedSpan[];
}

/** The trace as a person sees it. */
export function toTrace(id: string, { record, records, spans }: TraceParts): FakeTrace {
  const fromSpans = distinct(spans).map(spanObservation);
  const observations = [
    ...records.map((row) => recordObservation(row, record)),
    ...fromSpans,
  ].toSorted((one, other) => Date.parse(one.startTime) - Date.parse(other.startTime));
  const root = observations.find(({ isRoot }) => isRoot);
  const trace = record === undefined ? undefined : traceOfRecord(record);
  const seen = traceOfSpans(fromSpans, root);
  const started = observations[0]?.startTime ?? toIso(0);
  return {
    id,
    name: trace?.name ?? seen.name,
    timestamp: record === undefined ? started : toIso(record.timestamp),
    sessionId: trace?.sessionId ?? seen.sessionId,
    userId: trace?.userId ?? seen.userId,
    tags: trace === undefined || trace.tags.length === 0 ? seen.tags : trace.tags,
    input: trace?.input ?? seen.input,
    output: trace?.output ?? seen.output,
    metadata: { ...seen.metadata, ...trace?.metadata },
    release: trace?.release ?? seen.release,
    version: trace?.version ?? seen.version,
    environment: trace?.environment ?? seen.environment,
    public: trace?.public ?? seen.public,
    root,
    observations,
  };
}

type TraceFields = Omit<FakeTrace, 'id' | 'timestamp' | 'root' | 'observations'>;

function traceOfRecord(record: TraceRecord): TraceFields {
  return {
    name: record.name || null,
    sessionId: record.sessionId || null,
    userId: record.userId || null,
    tags: record.tags,
    input: toValue(record.input),
    output: toValue(record.output),
    metadata: metadataOf(record.metadata),
    release: record.release || null,
    version: record.version || null,
    environment: record.environment,
    public: record.public,
  };
}

// On v4 there is no trace to read: session, user and the like are the latest that any span gave, input and output those
// of the span without parent (one that is only flagged as app root gives none).
function traceOfSpans(
  spans: readonly FakeObservation[],
  root: FakeObservation | undefined,
): TraceFields {
  const parentless = spans.find(({ parentObservationId }) => parentObservationId === null);
  return {
    name: root?.traceName ?? latest(spans, 'traceName'),
    sessionId: latest(spans, 'sessionId'),
    userId: latest(spans, 'userId'),
    tags: spans.findLast(({ tags }) => tags.length > 0)?.tags ?? [],
    input: parentless?.input ?? null,
    output: parentless?.output ?? null,
    metadata: parentless?.metadata ?? {},
    release: latest(spans, 'release'),
    version: latest(spans, 'version'),
    environment: (root ?? spans[0])?.environment ?? 'default',
    public: spans.some((span) => span.public),
  };
}

function latest(
  spans: readonly FakeObservation[],
  field: 'sessionId' | 'userId' | 'traceName' | 'release' | 'version',
): string | null {
  return spans.findLast((span) => span[field] !== null)?.[field] ?? null;
}

function spanObservation({ row, metadata }: ExportedSpan): FakeObservation {
  const isRoot = isRootRow(row);
  return {
    id: row.spanId,
    traceId: row.traceId,
    parentObservationId: row.parentSpanId || null,
    type: row.type,
    name: row.name || null,
    startTime: toIso(row.startTime),
    endTime: row.endTime === null ? null : toIso(row.endTime),
    level: row.level,
    statusMessage: row.statusMessage || null,
    input: toValue(row.input),
    output: toValue(row.output),
    metadata,
    sessionId: row.sessionId || null,
    userId: row.userId || null,
    tags: row.tags,
    traceName: row.traceName || (isRoot ? row.name : '') || null,
    model: row.model || null,
    modelParameters: Object.keys(row.modelParameters).length > 0 ? row.modelParameters : null,
    usageDetails: row.usageDetails,
    costDetails: row.costDetails,
    completionStartTime: row.completionStartTime === null ? null : toIso(row.completionStartTime),
    version: row.version || null,
    release: row.release || null,
    environment: row.environment,
    public: row.public,
    isRoot,
  };
}

function recordObservation(
  row: ObservationRecord,
  trace: TraceRecord | undefined,
): FakeObservation {
  const parameters = row.modelParameters === undefined ? null : toValue(row.modelParameters);
  return {
    id: row.id,
    traceId: row.traceId,
    parentObservationId: row.parentObservationId ?? null,
    type: row.type,
    name: row.name || null,
    startTime: toIso(row.startTime),
    endTime: row.endTime === undefined ? null : toIso(row.endTime),
    level: row.level,
    statusMessage: row.statusMessage || null,
    input: toValue(row.input),
    output: toValue(row.output),
    metadata: metadataOf(row.metadata),
    sessionId: trace?.sessionId || null,
    userId: trace?.userId || null,
    tags: trace?.tags ?? [],
    traceName: trace?.name || null,
    model: row.model || null,
    modelParameters: parameters as JsonRecord | null,
    usageDetails: row.usageDetails,
    costDetails: row.costDetails,
    completionStartTime:
      row.completionStartTime === undefined ? null : toIso(row.completionStartTime),
    version: row.version || null,
    release: trace?.release || null,
    environment: row.environment,
    public: trace?.public ?? false,
    isRoot: row.parentObservationId === undefined,
  };
}

// A retry of the very same export collapses on the server; a changed one leaves two rows for a while, or for good.
function distinct(spans: readonly ExportedSpan[]): readonly ExportedSpan[] {
  const ids = new Set(spans.map(({ row }) => row.spanId));
  if (ids.size === spans.length) return spans;
  const byContent = new Map<string, ExportedSpan>();
  for (const span of spans) {
    byContent.set(JSON.stringify({ ...span, row: { ...span.row, createdAt: 0 } }), span);
  }
  return [...byContent.values()];
}
