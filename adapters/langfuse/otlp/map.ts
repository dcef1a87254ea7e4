import { createHash } from 'node:crypto';

import type { JsonValue, LifecycleRecord, TraceFacts } from '../../../src/index.ts';
import { toCostDetails, toUsageDetails } from '../usage-details.ts';
import { checkedTime, cutText, toDate, toText, toVisible } from '../values.ts';
import { attributes as names, nameLimit, startMarkerName } from '../vocabulary.ts';

/** A value that Langfuse reads from an attribute of ours; a list of anything but texts would become nonsense. */
export type AttributeValue = string | number | readonly string[];

/** Attributes by name. */
export type SpanAttributes = Readonly<Record<string, AttributeValue>>;

/** One OTLP span, before it is serialized. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Absent on a root; an all-zero id would count as a real parent. */
  readonly parentSpanId?: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  readonly endTime: number;
  /** What it says of its trace; for spans of one trace that come in a row it is the same object. */
  readonly traceAttributes: SpanAttributes;
  readonly attributes: SpanAttributes;
  /** The server takes an error status for the level where no level attribute says otherwise. */
  readonly status:
    | { readonly type: 'unset' }
    | { readonly type: 'error'; readonly message?: string };
}

/** What spans say of where they come from. */
export interface Origin {
  readonly environment?: string;
  readonly release?: string;
}

/** What every span says of its trace. */
export type TraceMap = (trace: TraceFacts) => SpanAttributes;

type Ended = Extract<LifecycleRecord, { phase: 'ended' }>;
type Attributes = Record<string, AttributeValue>;
/** Under construction. */
type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

/**
 * The complete span of an ended record. Rows of a trace inherit nothing from each other on a v4 server, so each carries
 * trace name, session, user and the rest. Throws when an id is not W3C: one bad id makes the server refuse the whole export.
 */
export function toSpan(record: Ended, toTraceAttributes: TraceMap): OtlpSpan {
  const { level, parentId, statusMessage } = record;
  // Assigned one by one: a span has about ten, and a spread for each would be the map's whole cost.
  const attributes: Attributes = { [names.type]: record.kind };
  // A level attribute beats the status code, so DEFAULT is left unsaid.
  if (level !== 'DEFAULT') attributes[names.level] = level;
  // An empty text would hide the status message.
  if (statusMessage !== undefined && statusMessage !== '')
    attributes[names.statusMessage] = statusMessage;
  putPayload(attributes, record);
  putMetadata(attributes, record.metadata);
  putModel(attributes, record);
  const span: Draft<OtlpSpan> = {
    traceId: checkedId(record.trace.traceId, traceIdForm),
    spanId: checkedId(record.id, spanIdForm),
    name: cutText(record.name, nameLimit),
    startTime: checkedTime(record.startTime, 'startTime'),
    endTime: checkedTime(record.endTime, 'endTime'),
    traceAttributes: toTraceAttributes(record.trace),
    attributes,
    status: toStatus(record),
  };
  if (parentId !== undefined) span.parentSpanId = checkedId(parentId, spanIdForm);
  return span;
}

function toStatus({ level, statusMessage }: Ended): OtlpSpan['status'] {
  if (level !== 'ERROR') return unset;
  return statusMessage === undefined
    ? { type: 'error' }
    : { type: 'error', message: statusMessage };
}

const unset: OtlpSpan['status'] = { type: 'unset' };

/**
 * The marker of a parent that is still open: an EVENT without duration below the future root, so that the trace has
 * its name, session and input at once. The root itself cannot be sent open: v4 keeps the first version. The marker has
 * the run's own start, because the v1 side of a dual server takes the trace's time from it, and the same id every time.
 */
export function toStartMarker(record: LifecycleRecord, toTraceAttributes: TraceMap): OtlpSpan {
  const spanId = checkedId(record.id, spanIdForm);
  const startTime = checkedTime(record.startTime, 'startTime');
  const { input } = record;
  const attributes: Attributes = { [names.type]: 'event' };
  if (input !== undefined) {
    const text = toText(toVisible(input));
    attributes[names.input] = text;
    // For the v1 side of a dual server, which shows the trace's own input; v4 drops it.
    attributes[names.traceInput] = text;
  }
  putMetadata(attributes, { ...record.metadata, status: 'in_progress' });
  return {
    traceId: checkedId(record.trace.traceId, traceIdForm),
    spanId: markerId(spanId),
    parentSpanId: spanId,
    name: startMarkerName,
    startTime,
    endTime: startTime,
    traceAttributes: toTraceAttributes(record.trace),
    attributes,
    status: unset,
  };
}

const traceIdForm = /^(?!0+$)[0-9a-f]{32}$/;
const spanIdForm = /^(?!0+$)[0-9a-f]{16}$/;

function checkedId(id: string, form: RegExp): string {
  if (form.test(id)) return id;
  const digits = form === traceIdForm ? 32 : 16;
  throw new TypeError(
    `expected an id of ${digits} lower-case hex digits, not all zero; got ${JSON.stringify(id)}`,
  );
}

function markerId(rootId: string): string {
  return createHash('sha256').update(`${rootId}/${startMarkerName}`).digest('hex').slice(0, 16);
}

/** Makes the attributes of a trace once for all of its spans that come in a row. */
export function createTraceMap(origin: Origin): TraceMap {
  let last: { readonly trace: TraceFacts; readonly attributes: SpanAttributes } | undefined;
  return (trace) => {
    if (last?.trace !== trace) last = { trace, attributes: toTraceAttributes(trace, origin) };
    return last.attributes;
  };
}

function toTraceAttributes(trace: TraceFacts, { environment, release }: Origin): SpanAttributes {
  const { conversationId, userId, tags, version } = trace;
  const attributes: Attributes = { [names.traceName]: cutText(trace.name, nameLimit) };
  if (conversationId !== undefined) attributes[names.sessionId] = conversationId;
  if (userId !== undefined) attributes[names.userId] = userId;
  if (tags !== undefined) attributes[names.traceTags] = tags;
  if (version !== undefined) attributes[names.version] = version;
  if (environment !== undefined) attributes[names.environment] = environment;
  if (release !== undefined) attributes[names.release] = release;
  return attributes;
}

function putPayload(attributes: Attributes, { input, output }: LifecycleRecord): void {
  if (input !== undefined) attributes[names.input] = toText(toVisible(input));
  if (output !== undefined) attributes[names.output] = toText(toVisible(output));
}

// The server takes metadata of these names for the session, the user and the tags of the trace.
const claimedKeys: ReadonlySet<string> = new Set([
  'langfuse_session_id',
  'langfuse_user_id',
  'langfuse_tags',
]);

function putMetadata(attributes: Attributes, entries: Readonly<Record<string, JsonValue>>): void {
  for (const key of Object.keys(entries)) {
    const value = entries[key];
    const name = claimedKeys.has(key) ? `metadata_${key}` : key;
    if (value !== undefined) attributes[`${names.metadata}${name}`] = toText(value);
  }
}

// Usage, cost and parameters must be texts that hold a JSON object; every other form is lost without a word.
function putModel(attributes: Attributes, record: LifecycleRecord): void {
  const { completionStartTime, model, modelParameters, usage, cost, prompt } = record;
  if (completionStartTime !== undefined) {
    const time = toDate(completionStartTime, 'completionStartTime');
    attributes[names.completionStartTime] = time.toISOString();
  }
  if (model !== undefined) attributes[names.model] = model;
  if (modelParameters !== undefined)
    attributes[names.modelParameters] = JSON.stringify(modelParameters);
  if (usage !== undefined) attributes[names.usageDetails] = JSON.stringify(toUsageDetails(usage));
  if (cost !== undefined) attributes[names.costDetails] = JSON.stringify(toCostDetails(cost));
  if (prompt !== undefined) {
    attributes[names.promptName] = prompt.name;
    attributes[names.promptVersion] = prompt.version;
  }
}
