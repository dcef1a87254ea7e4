import { createHash } from 'node:crypto';

import type { JsonValue, LifecycleRecord, TraceFacts } from '../../../src/index.ts';
import { toCostDetails, toUsageDetails } from '../usage-details.ts';
import { checkedTime, cutText, toDate, toText, toVisible } from '../values.ts';
import { attributes as names, nameLimit, startMarkerName } from '../vocabulary.ts';

/** A value that Langfuse reads from an attribute of ours; a list of anything but texts would become nonsense. */
export type AttributeValue = string | number | string[];

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
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** The server takes an error status for the level where no level attribute says otherwise. */
  readonly status:
    | { readonly type: 'unset' }
    | { readonly type: 'error'; readonly message?: string };
}

/** What the map needs to know besides the record. */
export interface OtlpMapping {
  readonly environment?: string;
  readonly release?: string;
}

type Ended = Extract<LifecycleRecord, { phase: 'ended' }>;
type Attributes = Record<string, AttributeValue>;

/**
 * The complete span of an ended record. Rows of a trace inherit nothing from each other on a v4 server, so each carries
 * trace name, session, user and the rest. Throws when an id is not W3C: one bad id makes the server refuse the whole export.
 */
export function toSpan(record: Ended, mapping: OtlpMapping): OtlpSpan {
  const { level, parentId, statusMessage } = record;
  const isError = level === 'ERROR';
  return {
    ...checkedIds(record),
    ...(parentId !== undefined && { parentSpanId: checkedId(parentId, spanIdForm) }),
    name: cutText(record.name, nameLimit),
    startTime: checkedTime(record.startTime, 'startTime'),
    endTime: checkedTime(record.endTime, 'endTime'),
    attributes: {
      ...traceAttributes(record.trace, mapping),
      [names.type]: record.kind,
      // A level attribute beats the status code, so DEFAULT is left unsaid.
      ...(level !== 'DEFAULT' && { [names.level]: level }),
      // An empty text would hide the status message.
      ...(statusMessage !== undefined &&
        statusMessage !== '' && { [names.statusMessage]: statusMessage }),
      ...payload(record),
      ...metadata(record.metadata),
      ...modelAttributes(record),
    },
    status: isError
      ? { type: 'error', ...(statusMessage !== undefined && { message: statusMessage }) }
      : { type: 'unset' },
  };
}

/**
 * The marker of a parent that is still open: an EVENT without duration below the future root, so that the trace has
 * its name, session and input at once. The root itself cannot be sent open: v4 keeps the first version. The marker has
 * the run's own start, because the v1 side of a dual server takes the trace's time from it, and the same id every time.
 */
export function toStartMarker(record: LifecycleRecord, mapping: OtlpMapping): OtlpSpan {
  const { traceId, spanId } = checkedIds(record);
  const startTime = checkedTime(record.startTime, 'startTime');
  const { input } = record;
  return {
    traceId,
    spanId: markerId(spanId),
    parentSpanId: spanId,
    name: startMarkerName,
    startTime,
    endTime: startTime,
    attributes: {
      ...traceAttributes(record.trace, mapping),
      [names.type]: 'event',
      ...(input !== undefined && {
        [names.input]: toText(toVisible(input)),
        // For the v1 side of a dual server, which shows the trace's own input; v4 drops it.
        [names.traceInput]: toText(toVisible(input)),
      }),
      ...metadata({ ...record.metadata, status: 'in_progress' }),
    },
    status: { type: 'unset' },
  };
}

const traceIdForm = /^(?!0+$)[0-9a-f]{32}$/;
const spanIdForm = /^(?!0+$)[0-9a-f]{16}$/;

function checkedIds({ trace, id }: LifecycleRecord): { traceId: string; spanId: string } {
  return {
    traceId: checkedId(trace.traceId, traceIdForm),
    spanId: checkedId(id, spanIdForm),
  };
}

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

function traceAttributes(trace: TraceFacts, { environment, release }: OtlpMapping): Attributes {
  return {
    [names.traceName]: cutText(trace.name, nameLimit),
    ...(trace.conversationId !== undefined && { [names.sessionId]: trace.conversationId }),
    ...(trace.userId !== undefined && { [names.userId]: trace.userId }),
    ...(trace.tags !== undefined && { [names.traceTags]: [...trace.tags] }),
    ...(trace.version !== undefined && { [names.version]: trace.version }),
    ...(environment !== undefined && { [names.environment]: environment }),
    ...(release !== undefined && { [names.release]: release }),
  };
}

function payload({ input, output }: LifecycleRecord): Attributes {
  return {
    ...(input !== undefined && { [names.input]: toText(toVisible(input)) }),
    ...(output !== undefined && { [names.output]: toText(toVisible(output)) }),
  };
}

// The server takes metadata of these names for the session, the user and the tags of the trace.
const claimedKeys: ReadonlySet<string> = new Set([
  'langfuse_session_id',
  'langfuse_user_id',
  'langfuse_tags',
]);

function metadata(entries: Readonly<Record<string, JsonValue>>): Attributes {
  const flat: Attributes = {};
  for (const [key, value] of Object.entries(entries)) {
    const name = claimedKeys.has(key) ? `metadata_${key}` : key;
    flat[`${names.metadata}${name}`] = toText(value);
  }
  return flat;
}

// Usage, cost and parameters must be texts that hold a JSON object; every other form is lost without a word.
function modelAttributes({
  completionStartTime,
  model,
  modelParameters,
  usage,
  cost,
  prompt,
}: LifecycleRecord): Attributes {
  return {
    ...(completionStartTime !== undefined && {
      [names.completionStartTime]: toDate(completionStartTime, 'completionStartTime').toISOString(),
    }),
    ...(model !== undefined && { [names.model]: model }),
    ...(modelParameters !== undefined && {
      [names.modelParameters]: JSON.stringify(modelParameters),
    }),
    ...(usage !== undefined && { [names.usageDetails]: JSON.stringify(toUsageDetails(usage)) }),
    ...(cost !== undefined && { [names.costDetails]: JSON.stringify(toCostDetails(cost)) }),
    ...(prompt !== undefined && {
      [names.promptName]: prompt.name,
      [names.promptVersion]: prompt.version,
    }),
  };
}
