import type { FakeRequest, FakeResponse, FakeTrace, WriteMode } from '../fake-langfuse.ts';
import { createEventTable } from './event-table.ts';
import type { EventTable } from './event-table.ts';
import type { Access } from './authentication.ts';
import { ingest } from './ingestion.ts';
import { parseEvent } from './ingestion-schema.ts';
import type { IngestionEvent } from './ingestion-schema.ts';
import { hasLoneSurrogate, isRecord } from './json-value.ts';
import { createLegacyTables } from './legacy-tables.ts';
import type { LegacyTables } from './legacy-tables.ts';
import { acceptedAnswer, isDirect, refusalOf } from './otlp.ts';
import type { Capabilities } from './server-version.ts';
import { createSeenTraces, toLegacyItems } from './span-events.ts';
import { spanFactsOf } from './span-facts.ts';
import type { SpanFacts } from './span-facts.ts';
import { spansOf, toEventRow } from './span-rows.ts';
import { toTraces } from './trace-view.ts';
import type { ExportedSpan } from './trace-view.ts';

// Recorded: a legacy event is looked at five seconds after it came; OTLP spans at once.
const ingestionDelayMs = 5000;

/** What a write needs to know. */
export interface WriteContext {
  readonly writeMode: WriteMode;
  readonly capabilities: Capabilities;
  readonly nowMs: number;
}

/** The state of a Langfuse project: what was written, and the tables that the reads see. */
export interface LangfuseServer {
  /** The v1 tables, settled. */
  legacyTables(): LegacyTables;
  /** The v4 table, with everything copied that is due by then. */
  eventRows(nowMs: number): ReturnType<EventTable['rows']>;
  ingest(json: unknown, context: WriteContext & IngestAccess): FakeResponse;
  exportSpans(json: unknown, context: WriteContext & Pick<FakeRequest, 'headers'>): FakeResponse;
  traces(): readonly FakeTrace[];
}

/** Where the server notes what it acknowledged, as it was sent. */
export interface Acknowledged {
  readonly ingestionEvents: unknown[];
  readonly otlpSpans: unknown[];
}

interface IngestAccess {
  readonly access: Access;
  readonly refuse: (item: unknown, index: number) => 400 | 500 | undefined;
}

/** An empty project. */
export function createLangfuseServer({ ingestionEvents, otlpSpans }: Acknowledged): LangfuseServer {
  const eventTable = createEventTable();
  const tables = createLegacyTables((write, atMs) => eventTable.stage(write, atMs));
  // A second set, of legacy events only, is what the traces of users' tests are made of.
  const ownTables = createLegacyTables(() => undefined);
  const seen = createSeenTraces();
  const spans: ExportedSpan[] = [];
  let itemCount = 0;
  // Fixed width: the blob store lists files by name, and these shall come in the order of arrival.
  const nextId = (): string => `otlp-${String((itemCount += 1)).padStart(9, '0')}`;

  function storeLegacy(facts: readonly SpanFacts[], { writeMode, nowMs, isCopied }: LegacyWriteContext): void {
    if (writeMode === 'events_only') return;
    const items = toLegacyItems(facts, { seen, nowMs, nextId });
    tables.receive(items.flatMap(parsedEvent), { nowMs, delayMs: 0, isCopied });
    tables.settle(nowMs);
  }

  return {
    legacyTables() {
      tables.settle(Number.POSITIVE_INFINITY);
      return tables;
    },
    eventRows(nowMs) {
      tables.settle(Number.POSITIVE_INFINITY);
      eventTable.copyUntil(nowMs);
      return eventTable.rows();
    },
    ingest(json, { writeMode, capabilities, nowMs, access, refuse }) {
      const knowsNewerTypes = capabilities.newerEventTypes;
      const isEventsOnly = writeMode === 'events_only';
      const outcome = ingest(json, { access, isEventsOnly, knowsNewerTypes, refuse });
      ingestionEvents.push(...outcome.sent);
      if (hasLoneSurrogate(outcome.sent)) return outcome.response;
      tables.settle(nowMs);
      const delivery = { nowMs, delayMs: ingestionDelayMs, isCopied: writeMode === 'dual' };
      tables.receive(outcome.accepted, delivery);
      ownTables.settle(nowMs);
      ownTables.receive(outcome.accepted, delivery);
      return outcome.response;
    },
    exportSpans(json, { writeMode, capabilities, nowMs, headers }) {
      const resourceSpans = isRecord(json) ? json['resourceSpans'] : undefined;
      const refusal = refusalOf(resourceSpans, { headers, capabilities });
      if (refusal !== undefined) return refusal;
      otlpSpans.push(...spansOf(resourceSpans));
      // Such text is acknowledged and then fails the insert of all rows that come with it.
      if (hasLoneSurrogate(resourceSpans)) return acceptedAnswer();
      const facts = spanFactsOf(resourceSpans, nowMs);
      const isAtOnce = writeMode === 'events_only' || (writeMode === 'dual' && isDirect(headers));
      const rows = facts.map((fact) => toEventRow(fact, nowMs));
      if (isAtOnce) eventTable.insert(rows);
      storeLegacy(facts, { writeMode, nowMs, isCopied: writeMode === 'dual' && !isAtOnce });
      spans.push(...facts.flatMap((fact, index) => toExported(fact, rows[index])));
      return acceptedAnswer();
    },
    traces() {
      ownTables.settle(Number.POSITIVE_INFINITY);
      return toTraces({ tables: ownTables, spans });
    },
  };
}

interface LegacyWriteContext {
  readonly writeMode: WriteMode;
  readonly nowMs: number;
  readonly isCopied: boolean;
}

// What the schema refuses is lost on the v1 side without a word, as on the real server.
function parsedEvent(item: unknown): readonly IngestionEvent[] {
  const parsed = parseEvent(item, () => true);
  return parsed.type === 'event' ? [parsed.event] : [];
}

function toExported(facts: SpanFacts, row: ExportedSpan['row'] | undefined): readonly ExportedSpan[] {
  if (row === undefined) return [];
  const metadata = { ...facts.instrumentation, ...facts.observationMetadata, ...facts.traceMetadata };
  return [{ row, metadata }];
}
