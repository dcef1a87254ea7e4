import { asList, isRecord, toStoredText } from './json-value.ts';
import type { JsonRecord } from './json-value.ts';
import type { EventRow } from './records.ts';
import type { SpanFacts } from './span-facts.ts';
import {
  completionStartOf,
  costOf,
  modelOf,
  modelParametersOf,
  promptOf,
  usageOf,
} from './span-model.ts';
import { toUsageDetails } from './usage-schema.ts';
import { pricedUsage, roundCost } from './usage.ts';

/** The v4 row of a span: what the span itself says, nothing inherited. */
export function toEventRow(facts: SpanFacts, nowMs: number): EventRow {
  const { attributes } = facts;
  const appRoot = attributes['langfuse.internal.is_app_root'];
  const prompt = promptOf(attributes, facts.type);
  const priced = pricedUsage(toUsageDetails(usageOf(attributes)), toCosts(costOf(attributes)));
  return {
    spanId: facts.spanId,
    traceId: facts.traceId,
    parentSpanId: facts.parentSpanId,
    isAppRoot: appRoot === true || appRoot === 'true',
    type: facts.type,
    name: facts.name,
    startTime: facts.startMs,
    endTime: facts.endMs,
    completionStartTime: completionStartOf(attributes, facts.startMs) ?? null,
    environment: facts.environment,
    version: toColumn(facts.version),
    release: toColumn(facts.release),
    tags: facts.tags,
    public: facts.public ?? false,
    traceName: toColumn(facts.traceName),
    userId: facts.userId ?? '',
    sessionId: facts.sessionId ?? '',
    level: facts.level,
    statusMessage: toColumn(facts.statusMessage),
    model: modelOf(attributes) ?? '',
    modelParameters: modelParametersOf(attributes),
    usageDetails: priced.usageDetails,
    costDetails: priced.costDetails,
    totalCost: roundCost(priced.totalCost ?? 0),
    promptName: prompt.name ?? '',
    promptVersion: prompt.version,
    input: toColumn(facts.input),
    output: toColumn(facts.output),
    metadata: flatten(toRowMetadata(facts)),
    createdAt: nowMs,
  };
}

/** The metadata of a row before it is flattened: that of the trace is shown on each of its spans. */
export function toRowMetadata(facts: SpanFacts): JsonRecord {
  return { ...facts.instrumentation, ...facts.observationMetadata, ...facts.traceMetadata };
}

/** Every span object of an export, as it was sent. */
export function spansOf(resourceSpans: unknown): readonly JsonRecord[] {
  return asList(resourceSpans)
    .flatMap((group) => asList(isRecord(group) ? group['scopeSpans'] : []))
    .flatMap((scopeSpans) => asList(isRecord(scopeSpans) ? scopeSpans['spans'] : []))
    .filter(isRecord);
}

function toColumn(value: unknown): string {
  return value === undefined || value === null ? '' : toStoredText(value);
}

// Costs are not checked on this way: what is no number becomes 0.
function toCosts(costs: JsonRecord): Readonly<Record<string, number>> {
  const entries = Object.entries(costs).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'object' ? 0 : Number(value) || 0]),
  );
}

function flatten(value: JsonRecord, prefix = ''): Readonly<Record<string, string | null>> {
  const result: Record<string, string | null> = {};
  for (const [key, item] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (isRecord(item)) Object.assign(result, flatten(item, path));
    else result[path] = item === null || item === undefined ? null : toStoredText(item);
  }
  return result;
}
