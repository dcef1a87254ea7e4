import type { JsonValue, Level, LifecycleRecord } from '../../../src/index.ts';
import { toCostDetails, toUsageDetails } from '../usage-details.ts';
import { cutText, toDate, toText, toVisible } from '../values.ts';
import { type CreateOnlyKind, nameLimit } from '../vocabulary.ts';

/** A call of the `langfuse` client that encodes one event. */
export type ClientCall =
  | { readonly call: 'trace'; readonly body: TraceBody }
  | { readonly call: 'trace.update'; readonly body: TraceBody }
  | { readonly call: 'event'; readonly body: ObservationBody }
  | { readonly call: 'span'; readonly body: ObservationBody }
  | { readonly call: 'span.end'; readonly body: ObservationBody }
  | { readonly call: 'generation'; readonly body: ObservationBody }
  | { readonly call: 'generation.end'; readonly body: ObservationBody }
  /** The kinds for which the client has no method. */
  | { readonly call: 'observation'; readonly kind: CreateOnlyKind; readonly body: ObservationBody };

/** What a `trace-create` says. */
export interface TraceBody {
  readonly id: string;
  readonly timestamp: Date;
  readonly name: string;
  readonly input?: JsonValue;
  readonly output?: JsonValue;
  readonly sessionId?: string;
  readonly userId?: string;
  readonly tags?: string[];
  readonly version?: string;
  readonly release?: string;
  readonly environment?: string;
  readonly metadata: Readonly<Record<string, JsonValue>>;
}

/** What an event about an observation says; the server ignores what its kind does not have. */
export interface ObservationBody {
  readonly id: string;
  readonly traceId: string;
  readonly parentObservationId?: string;
  readonly name: string;
  readonly startTime: Date;
  readonly endTime?: Date;
  readonly input?: JsonValue;
  readonly output?: JsonValue;
  readonly level: Level;
  readonly statusMessage?: string;
  readonly version?: string;
  readonly environment?: string;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly completionStartTime?: Date;
  readonly model?: string;
  readonly modelParameters?: Record<string, ModelParameter>;
  readonly usageDetails?: Record<string, number>;
  readonly costDetails?: Record<string, number>;
  readonly promptName?: string;
  readonly promptVersion?: number;
}

/** What the server takes as a model parameter; a deeper value fails the whole item. */
export type ModelParameter = string | number | boolean | string[];

/** What the map needs to know besides the record. */
export interface IngestionMapping {
  readonly environment?: string;
  readonly release?: string;
  /** `basic`: a server before 3.98.2, which knows span, generation and event only. */
  readonly observationTypes: 'all' | 'basic';
  /** `open`: the server has acknowledged the open observation, so that an update can complete it. */
  readonly shown: 'no' | 'open';
}

/**
 * The calls that tell Langfuse a record: trace and root observation for a parent, one observation otherwise. Every call
 * says everything that is known, so that no earlier one needs to have arrived. Nothing is null and `public` is never
 * set: null erases, and to leave `public` out after it was set un-publishes.
 */
export function toClientCalls(
  record: LifecycleRecord,
  mapping: IngestionMapping,
): readonly ClientCall[] {
  const observation = toObservationCall(record, mapping);
  if (record.role !== 'parent') return [observation];
  const body = toTraceBody(record, mapping);
  const isUpdate = record.phase === 'ended' && mapping.shown === 'open';
  return [{ call: isUpdate ? 'trace.update' : 'trace', body }, observation];
}

function toObservationCall(record: LifecycleRecord, mapping: IngestionMapping): ClientCall {
  const body = toObservationBody(record, mapping);
  const completes = record.phase === 'ended' && mapping.shown === 'open';
  const kind = toSentKind(record, mapping);
  switch (kind) {
    case 'event':
      return { call: 'event', body };
    case 'span':
      return { call: completes ? 'span.end' : 'span', body };
    case 'generation':
      return { call: completes ? 'generation.end' : 'generation', body };
    // There are no updates of these, and a span-update would turn them into spans: they are created a second time.
    case 'agent':
    case 'tool':
    case 'chain':
    case 'retriever':
    case 'evaluator':
    case 'embedding':
    case 'guardrail':
      return { call: 'observation', kind, body };
    default:
      return kind satisfies never;
  }
}

function toSentKind(
  { kind, model, usage }: LifecycleRecord,
  { observationTypes }: IngestionMapping,
): LifecycleRecord['kind'] {
  if (observationTypes === 'all' || kind === 'event' || kind === 'generation') return kind;
  // Only a generation keeps model and usage there.
  return model === undefined && usage === undefined ? 'span' : 'generation';
}

function toTraceBody(
  record: LifecycleRecord,
  { environment, release }: IngestionMapping,
): TraceBody {
  const { trace } = record;
  return {
    id: trace.traceId,
    timestamp: toDate(record.startTime, 'startTime'),
    name: cutText(trace.name, nameLimit),
    ...payload(record),
    ...(trace.conversationId !== undefined && { sessionId: trace.conversationId }),
    ...(trace.userId !== undefined && { userId: trace.userId }),
    ...(trace.tags !== undefined && { tags: [...trace.tags] }),
    ...(trace.version !== undefined && { version: trace.version }),
    ...(release !== undefined && { release }),
    ...(environment !== undefined && { environment }),
    metadata: record.metadata,
  };
}

function toObservationBody(
  record: LifecycleRecord,
  { environment }: IngestionMapping,
): ObservationBody {
  const { trace, parentId, statusMessage } = record;
  return {
    id: record.id,
    traceId: trace.traceId,
    ...(parentId !== undefined && { parentObservationId: parentId }),
    name: record.name,
    startTime: toDate(record.startTime, 'startTime'),
    ...(record.phase === 'ended' && { endTime: toDate(record.endTime, 'endTime') }),
    ...payload(record),
    level: record.level,
    ...(statusMessage !== undefined && { statusMessage }),
    ...(trace.version !== undefined && { version: trace.version }),
    ...(environment !== undefined && { environment }),
    metadata: record.metadata,
    ...modelFacts(record),
  };
}

function payload({ input, output }: LifecycleRecord): Pick<TraceBody, 'input' | 'output'> {
  return {
    ...(input !== undefined && { input: toSeen(input) }),
    ...(output !== undefined && { output: toSeen(output) }),
  };
}

// The server keeps the last truthy value, so 0 and false would be no output; their JSON text reads back as 0 and false.
function toSeen(value: JsonValue): JsonValue {
  return value === 0 || value === false ? String(value) : toVisible(value);
}

function modelFacts({
  completionStartTime,
  model,
  modelParameters,
  usage,
  cost,
  prompt,
}: LifecycleRecord): Partial<ObservationBody> {
  return {
    ...(completionStartTime !== undefined && {
      completionStartTime: toDate(completionStartTime, 'completionStartTime'),
    }),
    ...(model !== undefined && { model }),
    ...(modelParameters !== undefined && { modelParameters: toModelParameters(modelParameters) }),
    ...(usage !== undefined && { usageDetails: toUsageDetails(usage) }),
    ...(cost !== undefined && { costDetails: toCostDetails(cost) }),
    ...(prompt !== undefined && { promptName: prompt.name, promptVersion: prompt.version }),
  };
}

function toModelParameters(
  parameters: Readonly<Record<string, JsonValue>>,
): Record<string, ModelParameter> {
  const entries = Object.entries(parameters).map(([key, value]) => [key, toModelParameter(value)]);
  return Object.fromEntries(entries);
}

function toModelParameter(value: JsonValue): ModelParameter {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const isTextList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isTextList ? value : toText(value);
}
