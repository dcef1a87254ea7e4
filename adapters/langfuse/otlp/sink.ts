import type { LifecycleRecord } from '../../../src/index.ts';
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
import { type Placed, type Preparation, prepareParcels, tellCut } from '../record-parcels.ts';
import { isObject } from '../values.ts';
import { paths } from '../vocabulary.ts';
import type { Wire, WireOutcome } from '../wire.ts';
import { toRequestBody } from './body.ts';
import { createSpanEncoder, type EncodedSpan, type SpanEncoder } from './encode.ts';
import { createTraceMap, type OtlpSpan, toSpan, toStartMarker } from './map.ts';
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
  // With the memory of the last `send` that is over, so that two at once do not share it.
  let idle: SpanEncoder | undefined;

  function spanOf(record: LifecycleRecord): OtlpSpan {
    return record.phase === 'ended'
      ? toSpan(record, toTraceAttributes)
      : toStartMarker(record, toTraceAttributes);
  }

  function prepare({ index, record }: Placed, encoder: SpanEncoder): Preparation<EncodedSpan> {
    // On an append-only wire an open observation cannot be sent; a parent has its marker, once.
    const isOpen = record.phase === 'open';
    if (isOpen && (record.role !== 'parent' || marked.has(record))) return { type: 'unneeded' };
    return toParcel(index, record, encoder.encode(spanOf(record)));
  }

  function cut(parcel: Parcel<EncodedSpan>, encoder: SpanEncoder): Parcel<EncodedSpan> {
    tellCut(parcel.record, connection);
    const record = cutPayload(parcel.record);
    return { ...toParcel(parcel.index, record, encoder.encode(spanOf(record))), form: 'cut' };
  }

  async function sendWith(
    encoder: SpanEncoder,
    records: readonly LifecycleRecord[],
    signal: AbortSignal,
  ): Promise<readonly WireOutcome[]> {
    const { parcels, decided } = await prepareParcels(inOrderOfWriting(records), (one) =>
      prepare(one, encoder),
    );
    const outcomes: WireOutcome[] = records.map(() => ({ type: 'retry' }));
    for (const { index, outcome } of decided) outcomes[index] = outcome;
    const context = { exchange: createOtlpExchange(connection, signal), connection };
    for (const batch of toBatches(parcels, batchLimitBytes)) {
      const settled = await postInParts(batch, {
        post: (part) => post(part, context),
        shrink: async (parcel) => (parcel.form === 'whole' ? cut(parcel, encoder) : undefined),
      });
      for (const [at, { index, record }] of batch.entries()) {
        const outcome = settled[at] ?? { type: 'retry' };
        outcomes[index] = outcome;
        if (outcome.type === 'delivered') marked.note(record);
      }
    }
    return outcomes;
  }

  return {
    name: 'otlp',
    async send(records, { signal }) {
      const encoder = idle ?? createSpanEncoder();
      idle = undefined;
      const outcomes = await sendWith(encoder, records, signal);
      // Kept for the next batch, but not while everything waits for a server that is away.
      if (outcomes.every(({ type }) => type !== 'retry')) {
        encoder.reuse();
        idle = encoder;
      }
      return outcomes;
    },
  };
}

function createOtlpExchange(connection: Connection, signal: AbortSignal): Exchange {
  return createExchange(connection, { path: paths.otlp, successStatuses: [200], signal });
}

/**
 * Within a request those of a trace one after the other: its texts repeat, and what comes soon after takes gzip less room
 * and time. What goes into which request stays as it was asked for, parents first.
 */
function inOrderOfWriting(records: readonly LifecycleRecord[]): readonly Placed[] {
  const weighed = records.map((record, index) => ({ index, record, bytes: record.size }));
  return toBatches(weighed, batchLimitBytes).flatMap(byTrace);
}

function byTrace(placed: readonly Placed[]): readonly Placed[] {
  const traces = new Map<string, Placed[]>();
  for (const entry of placed) {
    const { traceId } = entry.record.trace;
    const known = traces.get(traceId);
    if (known === undefined) traces.set(traceId, [entry]);
    else known.push(entry);
  }
  return [...traces.values()].flat();
}

interface PostContext {
  readonly exchange: Exchange;
  readonly connection: Connection;
}

async function post(
  parcels: readonly Parcel<EncodedSpan>[],
  { exchange, connection }: PostContext,
): Promise<PostResult> {
  const bytes = parcels.reduce((sum, parcel) => sum + parcel.bytes, 0);
  if (bytes > requestLimitBytes) {
    const message = `${bytes} bytes are more than the ${requestLimitBytes} of a request`;
    return { type: 'at-fault', cause: 'too-large', message };
  }
  const { compression } = connection.settings;
  const spans = parcels.map(({ content }) => content);
  const answered = await exchange.post(await toRequestBody(spans, compression));
  const verdict =
    answered.type === 'refused'
      ? await exchange.explainRefusal(answered, await toRequestBody([], compression))
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

function toParcel(
  index: number,
  record: LifecycleRecord,
  content: EncodedSpan,
): Parcel<EncodedSpan> {
  return { index, record, content, bytes: content.byteLength, form: 'whole' };
}
