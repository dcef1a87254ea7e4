import type { IngestionEvent, ObservationBody, TraceBody } from './ingestion-schema.ts';
import { isRecord, toStoredText } from './json-value.ts';
import type { ObservationRecord, TraceRecord } from './records.ts';
import { pricedUsage, providedCost, providedUsage } from './usage.ts';

type TraceEvent = IngestionEvent & { readonly kind: 'trace' };
type ObservationEvent = IngestionEvent & { readonly kind: 'observation' };

/** Where a fold starts: the stored row if there is one, and the time of the write. */
export interface FoldContext<Row> {
  readonly id: string;
  readonly stored: Row | undefined;
  readonly nowMs: number;
}

/**
 * The order in which events of one entity are folded: by envelope time; of equal times creates come before updates, and
 * of creates the first in the list comes last, so that it wins.
 */
function inFoldOrder<Event extends IngestionEvent>(events: readonly Event[]): readonly Event[] {
  const creates = events.filter(isCreate).toReversed();
  const updates = events.filter((event) => !isCreate(event));
  return [...creates, ...updates].toSorted(
    (one, other) => Date.parse(one.timestamp) - Date.parse(other.timestamp),
  );
}

/** The trace row after these events: the later wins, but the first time and environment stay. */
export function foldTrace(
  events: readonly TraceEvent[],
  { id, stored, nowMs }: FoldContext<TraceRecord>,
): TraceRecord {
  const ordered = inFoldOrder(events);
  let row: Fields = stored === undefined ? {} : { ...stored };
  for (const event of ordered)
    row = overwrite(row, traceFields(event), ['timestamp', 'environment']);
  const bodies = ordered.map((event) => event.body);
  return {
    ...(row as Omit<TraceRecord, 'id'>),
    id,
    metadata: toTexts(row['metadata']),
    input: latestText(bodies, 'input') ?? stored?.input,
    output: latestText(bodies, 'output') ?? stored?.output,
    createdAt: stored?.createdAt ?? nowMs,
    updatedAt: nowMs,
  };
}

/** The observation row after these events: the later wins, but the first trace, start and environment stay. */
export function foldObservation(
  events: readonly ObservationEvent[],
  { id, stored, nowMs }: FoldContext<ObservationRecord>,
): ObservationRecord {
  const ordered = inFoldOrder(events);
  let row: Fields = stored === undefined ? {} : { ...stored };
  for (const event of ordered) {
    row = overwrite(row, observationFields(event), ['traceId', 'startTime', 'environment']);
  }
  const bodies = ordered.map((event) => event.body);
  const merged = row as Omit<ObservationRecord, 'id'>;
  const { startTime, endTime } = merged;
  return {
    ...merged,
    ...pricedUsage(merged.usageDetails, merged.costDetails),
    id,
    // An end of 0 is not "before the start" to the server: it takes it for no end here.
    endTime: endTime && endTime < startTime ? startTime : endTime,
    level: merged.level ?? 'DEFAULT',
    metadata: toTexts(row['metadata']),
    input: latestText(bodies, 'input') ?? stored?.input,
    output: latestText(bodies, 'output') ?? stored?.output,
    createdAt: stored?.createdAt ?? nowMs,
    updatedAt: nowMs,
  };
}

/** The observation type that an event stands for; a span-update on an agent makes it a SPAN. */
export function observationTypeOf(event: ObservationEvent): string {
  if (event.body.type !== undefined) return event.body.type;
  return event.type.replace(/-(?:create|update)$/, '').toUpperCase();
}

type Fields = Readonly<Record<string, unknown>>;

function isCreate(event: IngestionEvent): boolean {
  return event.type.includes('create');
}

function traceFields({ body, timestamp }: TraceEvent): Fields {
  return {
    timestamp: Date.parse(body.timestamp ?? timestamp),
    environment: body.environment,
    name: body.name,
    userId: body.userId,
    sessionId: body.sessionId,
    release: body.release,
    version: body.version,
    public: body.public ?? false,
    tags: body.tags ?? [],
    metadata: toMetadata(body.metadata),
  };
}

function observationFields(event: ObservationEvent): Fields {
  const { body, timestamp } = event;
  return {
    traceId: body.traceId ?? crypto.randomUUID(),
    type: observationTypeOf(event),
    environment: body.environment ?? 'default',
    name: body.name,
    startTime: Date.parse(body.startTime ?? timestamp),
    endTime: toMilliseconds(body.endTime),
    completionStartTime: toMilliseconds(body.completionStartTime),
    level: body.level,
    statusMessage: body.statusMessage ?? undefined,
    parentObservationId: body.parentObservationId ?? undefined,
    version: body.version ?? undefined,
    model: body.model,
    modelParameters: body.modelParameters ? JSON.stringify(body.modelParameters) : undefined,
    usageDetails: providedUsage(body),
    costDetails: providedCost(body),
    promptName: body.promptName ?? undefined,
    promptVersion: body.promptVersion ?? undefined,
    metadata: toMetadata(body.metadata),
  };
}

function toMilliseconds(time: string | null | undefined): number | undefined {
  return time ? Date.parse(time) : undefined;
}

function overwrite(row: Fields, next: Fields, firstWins: readonly string[]): Fields {
  const result: Record<string, unknown> = { ...row };
  for (const [key, value] of Object.entries(next)) {
    if (result[key] === undefined || (!firstWins.includes(key) && says(value))) result[key] = value;
  }
  result['metadata'] = deepMerge(row['metadata'] ?? {}, next['metadata']);
  if ('tags' in next) result['tags'] = [...new Set([...tagsOf(row), ...tagsOf(next)])].toSorted();
  return result;
}

// null overwrites; undefined and empty objects and lists say nothing.
function says(value: unknown): boolean {
  if (value === undefined) return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

function tagsOf(fields: Fields): readonly string[] {
  return (fields['tags'] ?? []) as readonly string[];
}

function deepMerge(one: unknown, other: unknown): unknown {
  if (other === undefined) return one;
  if (Array.isArray(one) && Array.isArray(other)) {
    const length = Math.max(one.length, other.length);
    return Array.from({ length }, (_, index) => deepMerge(one[index], other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return other;
  const result: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) result[key] = deepMerge(one[key], value);
  return result;
}

function toMetadata(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  return value ? { metadata: toStoredText(value) } : {};
}

function toTexts(metadata: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(isRecord(metadata) ? metadata : {});
  return Object.fromEntries(entries.map(([key, value]) => [key, toStoredText(value)]));
}

function latestText(
  bodies: readonly (TraceBody | ObservationBody)[],
  field: 'input' | 'output',
): string | undefined {
  const value = bodies.findLast((body) => Boolean(body[field]))?.[field];
  return value === undefined || value === null ? undefined : toStoredText(value);
}
