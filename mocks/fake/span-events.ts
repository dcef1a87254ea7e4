import { toStoredText } from './json-value.ts';
import type { JsonRecord } from './json-value.ts';
import type { SpanFacts } from './span-facts.ts';
import {
  completionStartOf,
  costOf,
  modelOf,
  modelParametersOf,
  promptOf,
  usageOf,
} from './span-model.ts';

/** Which traces had spans before; one that was seen gets no further bare trace event. */
export interface SeenTraces {
  /** True when the trace was seen within the last ten minutes; marks it as seen. */
  check(traceId: string, nowMs: number): boolean;
  forget(traceIds: ReadonlySet<string>): void;
}

/** Nothing seen yet. */
export function createSeenTraces(): SeenTraces {
  const seenAt = new Map<string, number>();
  return {
    check(traceId, nowMs) {
      const before = seenAt.get(traceId);
      const wasSeen = before !== undefined && nowMs - before < 600_000;
      if (!wasSeen) seenAt.set(traceId, nowMs);
      return wasSeen;
    },
    forget(traceIds) {
      for (const traceId of traceIds) seenAt.delete(traceId);
    },
  };
}

/**
 * The legacy events that the server derives from an export for its v1 tables: one observation per span, and trace
 * events for roots and for spans with trace attributes. They still have to pass the ingestion schema.
 */
export function toLegacyItems(
  spans: readonly SpanFacts[],
  {
    seen,
    nowMs,
    nextId,
  }: { readonly seen: SeenTraces; readonly nowMs: number; readonly nextId: () => string },
): readonly JsonRecord[] {
  const known = new Set(
    [...new Set(spans.map((span) => span.traceId))].filter((traceId) => seen.check(traceId, nowMs)),
  );
  const items = spans.flatMap((span): readonly DerivedItem[] => {
    const trace = traceItem(span, { isKnown: known.has(span.traceId), id: nextId() });
    known.add(span.traceId);
    return [
      ...(trace === undefined ? [] : [trace]),
      { isBare: false, item: observationItem(span, nowMs) },
    ];
  });
  const named = new Set(
    items.filter(({ isBare, trace }) => trace && !isBare).map(({ trace }) => trace),
  );
  return items.filter(({ isBare, trace }) => !isBare || !named.has(trace)).map(({ item }) => item);
}

interface DerivedItem {
  readonly item: JsonRecord;
  /** A trace event that only says that there is a trace. */
  readonly isBare: boolean;
  readonly trace?: string;
}

const traceAttributes = [
  'langfuse.trace.name',
  'langfuse.trace.input',
  'langfuse.trace.output',
  'langfuse.trace.metadata',
  'langfuse.trace.public',
  'langfuse.trace.tags',
  'user.id',
  'session.id',
  'langfuse.user.id',
  'langfuse.session.id',
  ...['observation', 'trace'].flatMap((owner) =>
    ['user_id', 'session_id', 'tags'].map(
      (field) => `langfuse.${owner}.metadata.langfuse_${field}`,
    ),
  ),
  'ai.telemetry.metadata.sessionId',
  'ai.telemetry.metadata.userId',
  'ai.telemetry.metadata.tags',
  'tag.tags',
];

function traceItem(
  span: SpanFacts,
  { isKnown, id }: { readonly isKnown: boolean; readonly id: string },
): DerivedItem | undefined {
  const { attributes } = span;
  const isRoot =
    span.parentSpanId === '' || toStoredText(attributes['langfuse.internal.as_root']) === 'true';
  const hasTraceFields =
    traceAttributes.some((key) => Boolean(attributes[key])) ||
    Object.keys(attributes).some((key) => key.startsWith('langfuse.trace.metadata'));
  if (!isRoot && !hasTraceFields && isKnown) return undefined;
  const body = {
    id: span.traceId,
    timestamp: new Date(span.startMs).toISOString(),
    environment: span.environment,
    ...(isRoot ? rootFields(span) : hasTraceFields ? joiningFields(span) : {}),
  };
  const item = { id, type: 'trace-create', timestamp: body.timestamp, body };
  return { item, isBare: !isRoot && !hasTraceFields, trace: span.traceId };
}

function rootFields(span: SpanFacts): JsonRecord {
  const { attributes } = span;
  return {
    ...sharedFields(span),
    name: span.traceName ?? span.name,
    metadata: { ...span.traceMetadata, ...span.observationMetadata, ...span.instrumentation },
    input: attributes['langfuse.trace.input'] || span.input,
    output: attributes['langfuse.trace.output'] || span.output,
  };
}

function joiningFields(span: SpanFacts): JsonRecord {
  const { resourceAttributes, scope } = span.instrumentation;
  return {
    ...sharedFields(span),
    name: span.traceName,
    metadata: { ...span.traceMetadata, resourceAttributes, scope },
    input: span.attributes['langfuse.trace.input'],
    output: span.attributes['langfuse.trace.output'],
  };
}

function sharedFields(span: SpanFacts): JsonRecord {
  return {
    version: span.version ?? null,
    release: span.release ?? null,
    userId: span.userId,
    sessionId: span.sessionId,
    public: span.public,
    tags: span.tags,
  };
}

function observationItem(span: SpanFacts, nowMs: number): JsonRecord {
  const { attributes } = span;
  const prompt = promptOf(attributes, span.type);
  const completionStart = completionStartOf(attributes, span.startMs);
  return {
    // One name for all: an observation is folded over its stored row, never over older exports.
    id: 'otlp-observation',
    type: `${span.type.toLowerCase()}-create`,
    timestamp: new Date(nowMs).toISOString(),
    body: {
      id: span.spanId,
      traceId: span.traceId,
      parentObservationId: span.parentSpanId || null,
      name: span.name,
      startTime: new Date(span.startMs).toISOString(),
      endTime: new Date(span.endMs).toISOString(),
      completionStartTime:
        completionStart === undefined ? null : new Date(completionStart).toISOString(),
      environment: span.environment,
      metadata: { ...span.observationMetadata, ...span.instrumentation },
      level: span.level,
      statusMessage: span.statusMessage ?? null,
      version: span.version ?? null,
      model: modelOf(attributes),
      modelParameters: modelParametersOf(attributes),
      promptName: prompt.name,
      promptVersion: prompt.version,
      usageDetails: usageOf(attributes),
      costDetails: costOf(attributes),
      input: span.input,
      output: span.output,
    },
  };
}
