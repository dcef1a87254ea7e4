import type { LifecycleRecord } from '../../../src/index.ts';
import type { Compression } from '../config.ts';
import type { Connection } from '../connection.ts';
import { cutPayload } from '../cut-payload.ts';
import { createExchange, type Exchange } from '../exchange.ts';
import {
  type Parcel,
  postInParts,
  type PostResult,
  settleAll,
  toBatches,
  toUntakenResult,
} from '../parcels.ts';
import { type Placed, prepareParcels, tellCut } from '../record-parcels.ts';
import { isObject } from '../values.ts';
import { paths } from '../vocabulary.ts';
import type { Wire, WireOutcome } from '../wire.ts';
import { type BodyWriter, createBodyWriter } from './body.ts';
import { createSpanEncoder, type SpanEncoder } from './encode.ts';
import { createTraceMap, toSpan, toStartMarker } from './map.ts';
import { createMarkedRuns } from './marked-runs.ts';

// Langfuse documents 5 MB for a request on Cloud; uncompressed, because what unpacks it has a limit too.
const requestLimitBytes = 3_500_000;
// What requests are filled up to.
const batchLimitBytes = 2_000_000;

/** The OTLP wire: `POST /api/public/otel/v1/traces`, protobuf, each span once and complete. */
export function createOtlpWire(connection: Connection): Wire {
  const { environment, release } = connection.settings;
  const toTraceAttributes = createTraceMap({
    ...(environment !== undefined && { environment }),
    ...(release !== undefined && { release }),
  });
  const marked = createMarkedRuns();
  // Of the last `send` that is over, so that two at once do not share it.
  let idle: Memory | undefined;

  function prepare(
    { index, record }: Placed,
    encoder: SpanEncoder,
  ): Parcel<Uint8Array> | WireOutcome {
    if (record.phase === 'ended') {
      return toParcel(index, record, encoder.encode(toSpan(record, toTraceAttributes)));
    }
    // On an append-only wire an open observation cannot be sent; a parent has its marker, once.
    if (record.role !== 'parent' || marked.has(record)) return { type: 'unneeded' };
    return toParcel(index, record, encoder.encode(toStartMarker(record, toTraceAttributes)));
  }

  function shrink(
    parcel: Parcel<Uint8Array>,
    encoder: SpanEncoder,
  ): Parcel<Uint8Array> | undefined {
    if (parcel.form === 'cut') return undefined;
    tellCut(parcel.record, connection);
    const smaller = prepare({ index: parcel.index, record: cutPayload(parcel.record) }, encoder);
    return 'content' in smaller ? { ...smaller, form: 'cut' } : undefined;
  }

  async function sendWith(
    { encoder, toBody }: Memory,
    records: readonly LifecycleRecord[],
    signal: AbortSignal,
  ): Promise<readonly WireOutcome[]> {
    const placed = records.map((record, index) => ({ index, record }));
    const { parcels, decided } = await prepareParcels(placed, (one) => prepare(one, encoder));
    const outcomes = new Map<number, WireOutcome>(
      decided.map(({ index, outcome }) => [index, outcome]),
    );
    const context = { exchange: createOtlpExchange(connection, signal), connection, toBody };
    for (const batch of toBatches(parcels, batchLimitBytes)) {
      const grouped = byTrace(batch);
      const settled = await postInParts(grouped, {
        post: (part) => post(part, context),
        shrink: (parcel) => shrink(parcel, encoder),
      });
      for (const [at, { index, record }] of grouped.entries()) {
        const outcome = settled[at] ?? { type: 'retry' };
        outcomes.set(index, outcome);
        if (outcome.type === 'delivered') marked.note(record);
      }
    }
    return placed.map(({ index }) => outcomes.get(index) ?? { type: 'retry' });
  }

  return {
    name: 'otlp',
    async send(records, { signal }) {
      const memory = idle ?? createMemory(connection.settings.compression);
      idle = undefined;
      const outcomes = await sendWith(memory, records, signal);
      // Kept for the next batch, but not while everything waits for a server that is away.
      if (outcomes.every(({ type }) => type !== 'retry')) {
        memory.encoder.reuse();
        idle = memory;
      }
      return outcomes;
    },
  };
}

/** What a batch is written into. */
interface Memory {
  readonly encoder: SpanEncoder;
  readonly toBody: BodyWriter;
}

function createMemory(compression: Compression): Memory {
  return { encoder: createSpanEncoder(), toBody: createBodyWriter(compression) };
}

function createOtlpExchange(connection: Connection, signal: AbortSignal): Exchange {
  return createExchange(connection, { path: paths.otlp, successStatuses: [200], signal });
}

/**
 * The same parcels, those of a trace one after the other: its texts repeat, and what comes soon after takes gzip less room and
 * time.
 */
function byTrace<Content>(parcels: readonly Parcel<Content>[]): readonly Parcel<Content>[] {
  const traces = new Map<string, Parcel<Content>[]>();
  for (const parcel of parcels) {
    const { traceId } = parcel.record.trace;
    const known = traces.get(traceId);
    if (known === undefined) traces.set(traceId, [parcel]);
    else known.push(parcel);
  }
  return [...traces.values()].flat();
}

interface PostContext {
  readonly exchange: Exchange;
  readonly connection: Connection;
  readonly toBody: BodyWriter;
}

async function post(
  parcels: readonly Parcel<Uint8Array>[],
  { exchange, connection, toBody }: PostContext,
): Promise<PostResult> {
  const bytes = parcels.reduce((sum, parcel) => sum + parcel.bytes, 0);
  if (bytes > requestLimitBytes) {
    const message = `${bytes} bytes are more than the ${requestLimitBytes} of a request`;
    return { type: 'at-fault', cause: 'too-large', message };
  }
  const answered = await exchange.post(await toBody(parcels.map(({ content }) => content)));
  const verdict =
    answered.type === 'refused'
      ? await exchange.explainRefusal(answered, await toBody([]))
      : answered;
  if (verdict.type !== 'taken') return toUntakenResult(verdict, parcels);
  connection.recovered();
  tellRefusedSpans(verdict.json, connection);
  return settleAll(parcels, { type: 'delivered' });
}

// Langfuse refuses an export as a whole or not at all; a Collector may say how many spans it left out, but not which.
function tellRefusedSpans(
  { partialSuccess }: Readonly<Record<string, unknown>>,
  connection: Connection,
): void {
  const refused = isObject(partialSuccess) ? Number(partialSuccess['rejectedSpans'] ?? 0) : 0;
  if (!(refused > 0)) return;
  connection.tell({
    code: 'rejected',
    severity: 'error',
    message: `${connection.settings.baseUrl}${paths.otlp} took an export of the last runs without ${refused} of its spans, and did not say which: they are lost. Look at what stands before Langfuse.`,
  });
}

function toParcel(index: number, record: LifecycleRecord, content: Uint8Array): Parcel<Uint8Array> {
  return { index, record, content, bytes: content.byteLength, form: 'whole' };
}
