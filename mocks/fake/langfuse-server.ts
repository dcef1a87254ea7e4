import type { FakeRequest, FakeResponse, FakeTrace, WriteMode } from '../fake-langfuse.ts';
import { createEventTable } from './event-table.ts';
import type { EventTable } from './event-table.ts';
import type { Access } from './authentication.ts';
import { ingest } from './ingestion.ts';
import { hasLoneSurrogate, isRecord } from './json-value.ts';
import type { IngestionEvent } from './ingestion-schema.ts';
import { createLegacyTables } from './legacy-tables.ts';
import type { Delivery, LegacyTables } from './legacy-tables.ts';
import { acceptedAnswer, isDirect, refusalOf } from './otlp.ts';
import type { Capabilities } from './server-version.ts';
import { createSpanBridge } from './span-bridge.ts';
import { spanFactsOf } from './span-facts.ts';
import { spansOf, toEventRow, toRowMetadata } from './span-rows.ts';
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
export function createLangfuseServer(acknowledged: Acknowledged): LangfuseServer {
  const eventTable = createEventTable();
  const tables = createLegacyTables((write, atMs) => eventTable.stage(write, atMs));
  // A second set, of legacy events only, is what the traces of users' tests are made of.
  const ownTables = createLegacyTables(() => undefined);
  const bridge = createSpanBridge();
  const spans: ExportedSpan[] = [];

  function settledTables(): LegacyTables {
    tables.settle(Number.POSITIVE_INFINITY);
    return tables;
  }

  function storeEvents(events: readonly IngestionEvent[], delivery: Delivery): void {
    for (const each of [tables, ownTables]) {
      each.settle(delivery.nowMs);
      each.receive(events, delivery);
    }
  }

  function storeSpans(resourceSpans: unknown, { nowMs, to }: SpanDelivery): void {
    const facts = spanFactsOf(resourceSpans, nowMs);
    const exported = facts.map((fact) => ({
      row: toEventRow(fact, nowMs),
      metadata: toRowMetadata(fact),
    }));
    spans.push(...exported);
    if (to.includes('v4')) eventTable.insert(exported.map(({ row }) => row));
    if (!to.includes('v1')) return;
    tables.receive(bridge(facts, nowMs), { nowMs, delayMs: 0, isCopied: to.includes('copy') });
    tables.settle(nowMs);
  }

  return {
    legacyTables: settledTables,
    eventRows(nowMs) {
      settledTables();
      eventTable.copyUntil(nowMs);
      return eventTable.rows();
    },
    ingest(json, { writeMode, capabilities, nowMs, access, refuse }) {
      const { response, accepted, sent } = ingest(json, {
        access,
        isEventsOnly: writeMode === 'events_only',
        knowsNewerTypes: capabilities.newerEventTypes,
        refuse,
      });
      const isLost = hasLoneSurrogate(sent);
      acknowledged.ingestionEvents.push(...sent);
      if (!isLost) {
        const isCopied = writeMode === 'dual';
        storeEvents(accepted, { nowMs, delayMs: ingestionDelayMs, isCopied });
      }
      return response;
    },
    exportSpans(json, { writeMode, capabilities, nowMs, headers }) {
      const resourceSpans = isRecord(json) ? json['resourceSpans'] : undefined;
      const refusal = refusalOf(resourceSpans, { headers, capabilities });
      if (refusal !== undefined) return refusal;
      // Such text is acknowledged and then fails the insert of all rows that come with it.
      const isLost = hasLoneSurrogate(resourceSpans);
      acknowledged.otlpSpans.push(...spansOf(resourceSpans));
      if (!isLost) storeSpans(resourceSpans, { nowMs, to: targetsOf(writeMode, headers) });
      return acceptedAnswer();
    },
    traces() {
      ownTables.settle(Number.POSITIVE_INFINITY);
      return toTraces({ tables: ownTables, spans });
    },
  };
}

interface SpanDelivery {
  readonly nowMs: number;
  readonly to: readonly SpanTarget[];
}

/** `copy`: from the v1 tables to the v4 table, later. */
type SpanTarget = 'v1' | 'v4' | 'copy';

function targetsOf(writeMode: WriteMode, headers: FakeRequest['headers']): readonly SpanTarget[] {
  switch (writeMode) {
    case 'legacy':
      return ['v1'];
    case 'dual':
      return isDirect(headers) ? ['v1', 'v4'] : ['v1', 'copy'];
    case 'events_only':
      return ['v4'];
    default:
      return writeMode satisfies never;
  }
}
