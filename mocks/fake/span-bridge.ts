import { parseEvent } from './ingestion-schema.ts';
import type { IngestionEvent } from './ingestion-schema.ts';
import { createSeenTraces, toLegacyItems } from './span-events.ts';
import type { SpanFacts } from './span-facts.ts';

/** Turns the spans of an export into the legacy events from which the v1 tables are made. */
export interface SpanBridge {
  toEvents(facts: readonly SpanFacts[], nowMs: number): readonly IngestionEvent[];
  forget(traceIds: ReadonlySet<string>): void;
}

/** A bridge that has seen no trace yet. */
export function createSpanBridge(): SpanBridge {
  const seen = createSeenTraces();
  let itemCount = 0;
  // Fixed width: the blob store lists files by name, and these shall come in the order of arrival.
  const nextId = (): string => `otlp-${String((itemCount += 1)).padStart(9, '0')}`;

  return {
    toEvents: (facts, nowMs) =>
      toLegacyItems(facts, { seen, nowMs, nextId }).flatMap((item) => {
        // What the schema refuses is lost on the v1 side without a word, as on the real server.
        const parsed = parseEvent(item, () => true);
        return parsed.type === 'event' ? [parsed.event] : [];
      }),
    forget: (traceIds) => seen.forget(traceIds),
  };
}
