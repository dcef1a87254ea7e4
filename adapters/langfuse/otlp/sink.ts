import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

import type { LifecycleRecord } from '../../../src/index.ts';
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
import { encodeRequest, encodeSpan } from './encode.ts';
import { toSpan, toStartMarker } from './map.ts';
import { createMarkedRuns } from './marked-runs.ts';

// Langfuse documents 5 MB for a request on Cloud; uncompressed, because what unpacks it has a limit too.
const requestLimitBytes = 3_500_000;
// What requests are filled up to.
const batchLimitBytes = 2_000_000;

const compress = promisify(gzip);
// The fastest level: level 6 makes texts a seventh smaller for five times the CPU.
const compression = { level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 };

/** The OTLP wire: `POST /api/public/otel/v1/traces`, protobuf, each span once and complete. */
export function createOtlpWire(connection: Connection): Wire {
  const { environment, release } = connection.settings;
  const mapping = {
    ...(environment !== undefined && { environment }),
    ...(release !== undefined && { release }),
  };
  const marked = createMarkedRuns();

  function prepare({ index, record }: Placed): Parcel<Uint8Array> | WireOutcome {
    if (record.phase === 'ended') {
      return toParcel(index, record, encodeSpan(toSpan(record, mapping)));
    }
    // On an append-only wire an open observation cannot be sent; a parent has its marker, once.
    if (record.role !== 'parent' || marked.has(record)) return { type: 'unneeded' };
    return toParcel(index, record, encodeSpan(toStartMarker(record, mapping)));
  }

  function shrink(parcel: Parcel<Uint8Array>): Parcel<Uint8Array> | undefined {
    if (parcel.form === 'cut') return undefined;
    tellCut(parcel.record, connection);
    const smaller = prepare({ index: parcel.index, record: cutPayload(parcel.record) });
    return 'content' in smaller ? { ...smaller, form: 'cut' } : undefined;
  }

  return {
    name: 'otlp',
    async send(records, { signal }) {
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
          post: (part) => post(part, { exchange, connection }),
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
}

async function post(
  parcels: readonly Parcel<Uint8Array>[],
  { exchange, connection }: PostContext,
): Promise<PostResult> {
  const bytes = encodeRequest(parcels.map(({ content }) => content));
  if (bytes.byteLength > requestLimitBytes) {
    const message = `${bytes.byteLength} bytes are more than the ${requestLimitBytes} of a request`;
    return { type: 'at-fault', cause: 'too-large', message };
  }
  const answered = await exchange.post(await toRequest(bytes));
  const verdict =
    answered.type === 'refused'
      ? await exchange.explainRefusal(answered, await toRequest(encodeRequest([])))
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
    body: await compress(bytes, compression),
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      [ingestionVersionHeader]: ingestionVersion,
    },
  };
}

function toParcel(index: number, record: LifecycleRecord, content: Uint8Array): Parcel<Uint8Array> {
  return { index, record, content, bytes: content.byteLength, form: 'whole' };
}
