import type { FakeRequest, FakeResponse } from '../fake-exchange.ts';
import type { FakeTrace } from '../fake-trace.ts';
import { createEventTable } from './event-table.ts';
import type { EventTable } from './event-table.ts';
import type { Access } from './authentication.ts';
import { ingest } from './ingestion.ts';
import type { IngestionOutcome } from './ingestion.ts';
import { hasLoneSurrogate, isRecord } from './json-value.ts';
import { createLegacyTables } from './legacy-tables.ts';
import type { Delivery, LegacyTables } from './legacy-tables.ts';
import { refusalOfExport } from './otlp-validation.ts';
import { acceptedAnswer, isDirect, refusalOf } from './otlp.ts';
import { createOwnTraces } from './own-traces.ts';
import type { Capabilities, WriteMode } from './server-version.ts';
import { createSpanBridge } from './span-bridge.ts';
import { spanFactsOf } from './span-facts.ts';
import { spansOf, toEventRow, toRowMetadata } from './span-rows.ts';
import { eventsByTrace, spansByTrace } from './writes.ts';
import type { FakeWrite, SpanTarget } from './writes.ts';

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
  trace(traceId: string): FakeTrace | undefined;
  /** Stores what an earlier server took; false, and nothing is stored, for what none can have taken. */
  replay(write: FakeWrite): boolean;
  /** Drops these traces with all that belongs to them; empty text stands for what belongs to no trace. */
  forget(traceIds: ReadonlySet<string>): void;
}

/** Who hears what the server acknowledged, as it was sent. */
export interface ServerObserver {
  onIngestionEvents(events: readonly unknown[]): void;
  onOtlpSpans(spans: readonly unknown[]): void;
  /** Called after something was stored; `toWrites` costs a pass over it. */
  onStored(toWrites: () => readonly FakeWrite[]): void;
}

interface IngestAccess {
  readonly access: Access;
  readonly refuse: (item: unknown, index: number) => 400 | 500 | undefined;
}

/** An empty project. */
export function createLangfuseServer(observer: ServerObserver): LangfuseServer {
  const eventTable = createEventTable();
  const tables = createLegacyTables((write, atMs) => eventTable.stage(write, atMs));
  const ownTraces = createOwnTraces();
  const bridge = createSpanBridge();

  function settledTables(): LegacyTables {
    tables.settle(Number.POSITIVE_INFINITY);
    return tables;
  }

  function storeEvents(
    { accepted, sent }: Pick<IngestionOutcome, 'accepted' | 'sent'>,
    { nowMs, isCopied }: Omit<Delivery, 'delayMs'>,
  ): void {
    const delivery = { nowMs, delayMs: ingestionDelayMs, isCopied };
    tables.settle(nowMs);
    for (const store of [tables, ownTraces]) store.receive(accepted, delivery);
    observer.onStored(() =>
      Array.from(eventsByTrace(sent, ownTraces.traceOfObservation), ([traceId, events]) => {
        return { traceId, atMs: nowMs, wire: 'ingestion', events, isCopied };
      }),
    );
  }

  function storeSpans(resourceSpans: unknown, { nowMs, to }: SpanDelivery): void {
    const facts = spanFactsOf(resourceSpans, nowMs);
    const exported = facts.map((fact) => ({
      row: toEventRow(fact, nowMs),
      metadata: toRowMetadata(fact),
    }));
    ownTraces.add(exported);
    if (to.includes('v4')) eventTable.insert(exported.map(({ row }) => row));
    if (to.includes('v1')) {
      const events = bridge.toEvents(facts, nowMs);
      tables.receive(events, { nowMs, delayMs: 0, isCopied: to.includes('copy') });
      tables.settle(nowMs);
    }
    observer.onStored(() =>
      Array.from(spansByTrace(resourceSpans), ([traceId, own]) => {
        return { traceId, atMs: nowMs, wire: 'otlp', resourceSpans: own, to };
      }),
    );
  }

  function replay(write: FakeWrite): boolean {
    switch (write.wire) {
      case 'ingestion': {
        const { accepted, sent } = ingest({ batch: write.events }, anythingOnce);
        const isWhole = sent.length === write.events.length && !hasLoneSurrogate(sent);
        const { atMs: nowMs, isCopied } = write;
        if (isWhole) storeEvents({ accepted, sent }, { nowMs, isCopied });
        return isWhole;
      }
      case 'otlp': {
        const { resourceSpans, atMs: nowMs, to } = write;
        const isWhole =
          refusalOfExport(resourceSpans) === undefined && !hasLoneSurrogate(resourceSpans);
        if (isWhole) storeSpans(resourceSpans, { nowMs, to });
        return isWhole;
      }
      default:
        return write satisfies never;
    }
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
      observer.onIngestionEvents(sent);
      if (isLost || accepted.length === 0) return response;
      storeEvents({ accepted, sent }, { nowMs, isCopied: writeMode === 'dual' });
      return response;
    },
    exportSpans(json, { writeMode, capabilities, nowMs, headers }) {
      const resourceSpans = isRecord(json) ? json['resourceSpans'] : undefined;
      const refusal = refusalOf(resourceSpans, { headers, capabilities });
      if (refusal !== undefined) return refusal;
      // Such text is acknowledged and then fails the insert of all rows that come with it.
      const isLost = hasLoneSurrogate(resourceSpans);
      observer.onOtlpSpans(spansOf(resourceSpans));
      if (isLost) return acceptedAnswer();
      storeSpans(resourceSpans, { nowMs, to: targetsOf(writeMode, headers) });
      return acceptedAnswer();
    },
    traces: ownTraces.traces,
    trace: ownTraces.trace,
    replay,
    forget(traceIds) {
      for (const store of [tables, ownTraces, eventTable, bridge]) store.forget(traceIds);
    },
  };
}

// What was taken once is taken again, whatever this server is.
const anythingOnce = {
  access: { type: 'project' },
  isEventsOnly: false,
  knowsNewerTypes: true,
  refuse: () => undefined,
} as const;

interface SpanDelivery {
  readonly nowMs: number;
  readonly to: readonly SpanTarget[];
}

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
