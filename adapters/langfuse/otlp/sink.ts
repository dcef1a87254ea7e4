import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import type { Connection } from '../connection.ts';
import { cutPayload } from '../cut-payload.ts';
import { createExchange, type Exchange, type RequestBody } from '../exchange.ts';
import {
  type Parcel,
  postInParts,
  type PostResult,
  settleAll,
  toBatches,
  toUntakenResult,
} from '../parcels.ts';
import { type Placed, prepareParcels, tellCut } from '../record-parcels.ts';
import { isObject } from '../verdict.ts';
import { ingestionVersion, ingestionVersionHeader, paths } from '../vocabulary.ts';
import type { Wire, WireOutcome } from '../wire.ts';
import { type OtlpSpan, toSpan, toStartMarker } from './map.ts';
import { createMarkedRuns } from './marked-runs.ts';
import { loadSerializer, type TraceSerializer } from './serializer.ts';

// Langfuse documents 5 MB for a request on Cloud; uncompressed, because what unpacks it has a limit too.
const requestLimitBytes = 3_500_000;
// What requests are filled up to by estimate; the true size is known only after serializing.
const batchLimitBytes = 2_000_000;

const compress = promisify(gzip);

/**
 * The OTLP wire: `POST /api/public/otel/v1/traces`, each span once and complete. Loads OpenTelemetry's serializer at
 * the first `send`.
 */
export function createOtlpWire(connection: Connection): Wire {
  const { environment, release } = connection.settings;
  const mapping = {
    ...(environment !== undefined && { environment }),
    ...(release !== undefined && { release }),
  };
  const marked = createMarkedRuns();
  let serialize: TraceSerializer | undefined;

  function prepare({ index, record }: Placed): Parcel<OtlpSpan> | WireOutcome {
    if (record.phase === 'ended') {
      const content = toSpan(record, mapping);
      return { index, record, content, bytes: estimatedBytes(content), form: 'whole' };
    }
    // On an append-only wire an open observation cannot be sent; a parent has its marker, once.
    if (record.role !== 'parent' || marked.has(record)) return { type: 'unneeded' };
    const content = toStartMarker(record, mapping);
    return { index, record, content, bytes: estimatedBytes(content), form: 'whole' };
  }

  function shrink(parcel: Parcel<OtlpSpan>): Parcel<OtlpSpan> | undefined {
    if (parcel.form === 'cut') return undefined;
    tellCut(parcel.record, connection);
    const smaller = prepare({ index: parcel.index, record: cutPayload(parcel.record) });
    return 'content' in smaller ? { ...smaller, form: 'cut' } : undefined;
  }

  return {
    name: 'otlp',
    async send(records, { signal }) {
      const serializer = (serialize ??= await loadSerializer());
      const placed = records.map((record, index) => ({ index, record }));
      const { parcels, decided } = await prepareParcels(placed, prepare);
      const outcomes = new Map<number, WireOutcome>(
        decided.map(({ index, outcome }) => [index, outcome]),
      );
      const exchange = createExchange(connection, {
        path: paths.otlp,
        successStatuses: [200],
        signal,
      });
      for (const batch of toBatches(parcels, batchLimitBytes)) {
        const settled = await postInParts(batch, {
          post: (part) => post(part, { exchange, connection, serialize: serializer }),
          shrink,
        });
        for (const [at, { index, record }] of batch.entries()) {
          const outcome = settled[at] ?? { type: 'retry' };
          outcomes.set(index, outcome);
          if (outcome.type === 'delivered') marked.note(record);
        }
      }
      return placed.map(({ index }) => outcomes.get(index) ?? { type: 'retry' });
    },
  };
}

interface PostContext {
  readonly exchange: Exchange;
  readonly connection: Connection;
  readonly serialize: TraceSerializer;
}

async function post(
  parcels: readonly Parcel<OtlpSpan>[],
  { exchange, connection, serialize }: PostContext,
): Promise<PostResult> {
  const bytes = serialize(parcels.map(({ content }) => content));
  if (bytes.byteLength > requestLimitBytes) {
    const message = `${bytes.byteLength} bytes are more than the ${requestLimitBytes} of a request`;
    return { type: 'at-fault', cause: 'too-large', message };
  }
  const answered = await exchange.post(await toRequest(bytes));
  const verdict =
    answered.type === 'refused'
      ? await exchange.explainRefusal(answered, await toRequest(serialize([])))
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

async function toRequest(bytes: Uint8Array<ArrayBuffer>): Promise<RequestBody> {
  return {
    body: new Uint8Array(await compress(bytes)),
    headers: { 'content-encoding': 'gzip', [ingestionVersionHeader]: ingestionVersion },
  };
}

const spanFrameBytes = 500;
const attributeFrameBytes = 50;

// Lengths in UTF-16 units plus what JSON adds around them; quotes inside and other alphabets make it more.
function estimatedBytes({ attributes, name }: OtlpSpan): number {
  let bytes = spanFrameBytes + name.length;
  for (const [key, value] of Object.entries(attributes)) {
    const length = typeof value === 'string' ? value.length : String(value).length;
    bytes += key.length + length + attributeFrameBytes;
  }
  return bytes;
}
