import { randomUUID } from 'node:crypto';

import type { LifecycleRecord } from '../../../src/index.ts';
import type { BlockWriter } from '../block-writer.ts';
import { toDate } from '../values.ts';
import { type EventBytes, writeEvent } from './body.ts';
import type { IngestionEncoder } from './encoder.ts';
import { type IngestionMapping, toClientCalls } from './map.ts';
import type { Stamps } from './stamps.ts';

/** One event as it travels. */
export interface Envelope {
  /** New for every try: the server loses the first of two events that share one. */
  readonly id: string;
  readonly bytes: EventBytes;
}

/** What turns a record into envelopes. */
export interface Sealing {
  readonly encode: IngestionEncoder;
  /** What they are written into. */
  readonly writer: BlockWriter;
  readonly stamps: Stamps;
  readonly mapping: Omit<IngestionMapping, 'shown'>;
  readonly nowMs: number;
}

/**
 * The envelopes of a record, stamped with when it happened: its start while it is open, its end after that. Other work may
 * have its turn between them.
 */
export function* toEnvelopes(
  record: LifecycleRecord,
  { encode, writer, stamps, mapping, nowMs }: Sealing,
): Generator<void, readonly Envelope[]> {
  const calls = toClientCalls(record, {
    ...mapping,
    shown: stamps.isShown(record.id) ? 'open' : 'no',
  });
  const timeMs = record.phase === 'ended' ? record.endTime : record.startTime;
  const envelopes: Envelope[] = [];
  for (const call of calls) {
    if (envelopes.length > 0) yield;
    const { type, body } = encode(call);
    const entity = type === 'trace-create' ? record.trace.traceId : record.id;
    const timestamp = toDate(stamps.next(entity, { timeMs, nowMs }), 'timestamp');
    const id = randomUUID();
    const bytes = writeEvent(writer, JSON.stringify({ id, type, timestamp, body }));
    envelopes.push({ id, bytes });
  }
  return envelopes;
}

/** Remembers what the server has acknowledged of a record. */
export function acknowledge(record: LifecycleRecord, stamps: Stamps): void {
  const entities = record.role === 'parent' ? [record.id, record.trace.traceId] : [record.id];
  for (const entity of entities) {
    if (record.phase === 'open') stamps.markShown(entity);
    else stamps.forget(entity);
  }
}
