import { asList, isRecord } from './json-value.ts';
import type { JsonRecord } from './json-value.ts';
import { toId } from './span-facts.ts';

/** Where an export goes; `copy`: from the v1 tables to the v4 table, later. */
export type SpanTarget = 'v1' | 'v4' | 'copy';

/**
 * What the server took of one trace with one request, as it was sent. Plain JSON: taken again by an empty server, with
 * everything else of its trace and in the same order, it makes the same rows.
 */
export type FakeWrite = WriteOfTrace &
  (
    | {
        readonly wire: 'ingestion';
        readonly events: readonly unknown[];
        readonly isCopied: boolean;
      }
    | {
        readonly wire: 'otlp';
        readonly resourceSpans: readonly unknown[];
        readonly to: readonly SpanTarget[];
      }
  );

interface WriteOfTrace {
  /** Empty for what belongs to no trace, for example the score of a session. */
  readonly traceId: string;
  /** When the server took it, milliseconds since the epoch. */
  readonly atMs: number;
}

/** The exports of single traces that make up this one, by trace id. */
export function spansByTrace(resourceSpans: unknown): ReadonlyMap<string, readonly JsonRecord[]> {
  const exports = new Map<string, JsonRecord[]>();
  for (const group of asList(resourceSpans).filter(isRecord)) {
    for (const [traceId, scopeSpans] of scopesByTrace(group)) {
      append(exports, traceId, { ...group, scopeSpans });
    }
  }
  return exports;
}

function scopesByTrace(group: JsonRecord): ReadonlyMap<string, readonly JsonRecord[]> {
  const scopes = new Map<string, JsonRecord[]>();
  for (const scope of asList(group['scopeSpans']).filter(isRecord)) {
    const spans = new Map<string, JsonRecord[]>();
    for (const span of asList(scope['spans']).filter(isRecord)) {
      append(spans, toId(span['traceId']), span);
    }
    for (const [traceId, own] of spans) append(scopes, traceId, { ...scope, spans: own });
  }
  return scopes;
}

/** Legacy events as they were sent, by trace id. Events without an entity id are left out, as the server drops them. */
export function eventsByTrace(
  sent: readonly unknown[],
  traceOfObservation: (observationId: string) => string | undefined,
): ReadonlyMap<string, readonly unknown[]> {
  const events = new Map<string, unknown[]>();
  for (const item of sent.filter(isRecord)) {
    const body = isRecord(item['body']) ? item['body'] : {};
    const id = textOf(body['id']);
    if (id === '') continue;
    append(events, traceOf(item['type'], { body, id, traceOfObservation }), item);
  }
  return events;
}

interface EventFacts {
  readonly body: JsonRecord;
  readonly id: string;
  readonly traceOfObservation: (observationId: string) => string | undefined;
}

function traceOf(type: unknown, { body, id, traceOfObservation }: EventFacts): string {
  if (type === 'trace-create') return id;
  const named = textOf(body['traceId']);
  return named === '' && type !== 'score-create' ? (traceOfObservation(id) ?? '') : named;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function append<Item>(groups: Map<string, Item[]>, key: string, item: Item): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, [item]);
  else known.push(item);
}
