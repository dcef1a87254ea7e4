import type { FakeTrace } from '../fake-trace.ts';
import type { IngestionEvent } from './ingestion-schema.ts';
import { createLegacyTables, type Delivery } from './legacy-tables.ts';
import { type ExportedSpan, toTrace } from './trace-view.ts';

/**
 * The traces that the tests of users look at, made of what came and of nothing that a server derives from it: legacy events
 * alone, and every span as it was exported.
 */
export interface OwnTraces {
  receive(events: readonly IngestionEvent[], delivery: Delivery): void;
  add(spans: readonly ExportedSpan[]): void;
  /** The trace that a legacy observation belongs to. */
  readonly traceOfObservation: (id: string) => string | undefined;
  /** The earliest first. */
  readonly traces: () => readonly FakeTrace[];
  readonly trace: (traceId: string) => FakeTrace | undefined;
  forget(traceIds: ReadonlySet<string>): void;
}

/** No traces yet. */
export function createOwnTraces(): OwnTraces {
  const tables = createLegacyTables(() => undefined);
  const spans = new Map<string, ExportedSpan[]>();

  function settled(): typeof tables {
    tables.settle(Number.POSITIVE_INFINITY);
    return tables;
  }

  function traceOf(id: string): FakeTrace {
    return toTrace(id, {
      record: tables.traces.get(id),
      records: tables.observationsOf(id),
      spans: spans.get(id) ?? [],
    });
  }

  return {
    receive(events, delivery) {
      tables.settle(delivery.nowMs);
      tables.receive(events, delivery);
    },
    add(exported) {
      for (const span of exported) {
        const known = spans.get(span.row.traceId);
        if (known === undefined) spans.set(span.row.traceId, [span]);
        else known.push(span);
      }
    },
    traceOfObservation: (id) => settled().observations.get(id)?.traceId,
    traces() {
      const { traces, observations } = settled();
      const ofObservations = [...observations.values()].map(({ traceId }) => traceId);
      const ids = new Set([...traces.keys(), ...ofObservations, ...spans.keys()]);
      return Array.from(ids, traceOf).toSorted(
        (one, other) => Date.parse(one.timestamp) - Date.parse(other.timestamp),
      );
    },
    trace(id) {
      const { traces } = settled();
      const isKnown = traces.has(id) || tables.observationsOf(id).length > 0 || spans.has(id);
      return isKnown ? traceOf(id) : undefined;
    },
    forget(traceIds) {
      tables.forget(traceIds);
      for (const traceId of traceIds) spans.delete(traceId);
    },
  };
}
