import { gunzipSync, gzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

import { parentName } from '../workload.ts';
import { readBraintrust, readLangSmith } from './foreign-bodies.ts';
import { readOtlpProtobuf } from './otlp-protobuf.ts';
import { type Sighting, startMarkerName } from './sighting.ts';

/** A request body as it came. */
export interface ReceivedBody {
  readonly path: string;
  readonly contentType: string;
  readonly encoding: string;
  readonly body: Buffer;
}

/** What arrived, in numbers. */
export interface Arrivals {
  readonly requests: number;
  /** As sent. */
  readonly wireBytes: number;
  /** After decompression. */
  readonly plainBytes: number;
  /** As if every request were compressed with gzip; one that came compressed counts as it came. */
  readonly gzipBytes: number;
  /** Parents of which anything came. */
  readonly parents: number;
  /** Parents with their output. */
  readonly completeParents: number;
  /** Observations below parents, with their output. */
  readonly children: number;
  /** Something that arrived says that it was truncated. */
  readonly saysTruncated: boolean;
}

/** Counts what bodies hold. */
export interface ArrivalCounter {
  /** Reads a body. */
  add(received: ReceivedBody): void;
  totals(): Arrivals;
}

export function createArrivalCounter(): ArrivalCounter {
  const parents = new Map<string, boolean>();
  const children = new Map<string, boolean>();
  let requests = 0;
  let wireBytes = 0;
  let plainBytes = 0;
  let gzipBytes = 0;
  let saysTruncated = false;

  return {
    add(received) {
      const plain = decompress(received);
      requests += 1;
      wireBytes += received.body.byteLength;
      plainBytes += plain.byteLength;
      saysTruncated ||= plain.includes('truncated');
      gzipBytes += received.encoding === '' ? gzipSync(plain).byteLength : received.body.byteLength;
      for (const { id, isParent, hasOutput } of read(received, plain)) {
        const seen = isParent ? parents : children;
        seen.set(id, hasOutput || seen.get(id) === true);
      }
    },
    totals: () => ({
      requests,
      wireBytes,
      plainBytes,
      gzipBytes,
      parents: parents.size,
      completeParents: countTrue(parents),
      children: countTrue(children),
      saysTruncated,
    }),
  };
}

function countTrue(seen: ReadonlyMap<string, boolean>): number {
  let count = 0;
  for (const isComplete of seen.values()) if (isComplete) count += 1;
  return count;
}

function decompress({ encoding, body }: ReceivedBody): Buffer {
  switch (encoding) {
    case 'gzip':
      return gunzipSync(body);
    case 'deflate':
      return inflateSync(body);
    case 'zstd':
      return zstdDecompressSync(body);
    default:
      return body;
  }
}

function read({ path, contentType }: ReceivedBody, plain: Buffer): Iterable<Sighting> {
  if (path.endsWith('/otel/v1/traces')) {
    return contentType.includes('protobuf')
      ? readOtlpProtobuf(plain)
      : readOtlpJson(JSON.parse(plain.toString()));
  }
  if (path.endsWith('/api/public/ingestion')) return readIngestion(JSON.parse(plain.toString()));
  if (path.endsWith('/logs3')) return readBraintrust(JSON.parse(plain.toString()));
  if (path.includes('/runs')) return readLangSmith(plain, contentType);
  return [];
}

interface OtlpJson {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpJsonSpan[] }[];
  }[];
}

interface OtlpJsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes?: readonly { readonly key: string }[];
}

function* readOtlpJson({ resourceSpans = [] }: OtlpJson): Generator<Sighting> {
  const scopes = resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans);
  for (const { traceId, spanId, parentSpanId = '', name, attributes = [] } of scopes.flatMap(
    ({ spans = [] }) => spans,
  )) {
    if (name === startMarkerName) continue;
    const hasOutput = attributes.some(({ key }) => key.endsWith('.output'));
    yield { id: `${traceId}/${spanId}`, isParent: parentSpanId === '', hasOutput };
  }
}

interface Ingestion {
  readonly batch: readonly {
    readonly type: string;
    readonly body: Readonly<Record<string, unknown>>;
  }[];
}

function* readIngestion({ batch }: Ingestion): Generator<Sighting> {
  for (const { type, body } of batch) {
    const hasOutput = body['output'] !== undefined && body['output'] !== null;
    const id = String(body['id']);
    // Ours has a root observation of the name of the run, which stands for the parent once more.
    if (type === 'trace-create') yield { id, isParent: true, hasOutput };
    else if (body['name'] !== parentName) yield { id, isParent: false, hasOutput };
  }
}
