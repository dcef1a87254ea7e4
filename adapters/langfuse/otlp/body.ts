import { constants, createGzip, gzipSync } from 'node:zlib';

import type { Compression } from '../config.ts';
import type { RequestBody } from '../exchange.ts';
import { ingestionVersion, ingestionVersionHeader } from '../vocabulary.ts';
import type { EncodedSpan } from './encode.ts';
import { encodeRequest } from './request.ts';

const chunkSize = 64 * 1024;
// The fastest level: level 6 makes texts a quarter smaller for two and a half times the CPU. The most memory takes 5% off.
const packing = { level: constants.Z_BEST_SPEED, memLevel: 9, chunkSize };

const headers = {
  'content-type': 'application/x-protobuf',
  [ingestionVersionHeader]: ingestionVersion,
};
const packedHeaders = { ...headers, 'content-encoding': 'gzip' };

/** A request of encoded spans as it travels; what takes long to compress is left to Node's thread pool. */
export async function toRequestBody(
  spans: readonly EncodedSpan[],
  compression: Compression,
): Promise<RequestBody> {
  const pieces = encodeRequest(spans);
  switch (compression) {
    case 'none':
      return { body: pieces, headers };
    case 'gzip':
      return { body: await pack(pieces), headers: packedHeaders };
    default:
      return compression satisfies never;
  }
}

// Up to a chunk takes about 0.1 ms, less CPU than handing it over, and far less than starting the threads for it.
function pack(pieces: readonly EncodedSpan[]): Promise<readonly Buffer<ArrayBuffer>[]> {
  let bytes = 0;
  for (const { byteLength } of pieces) bytes += byteLength;
  return bytes <= chunkSize
    ? Promise.resolve([gzipSync(Buffer.concat(pieces), packing)])
    : packInThread(pieces);
}

function packInThread(pieces: readonly EncodedSpan[]): Promise<readonly Buffer<ArrayBuffer>[]> {
  return new Promise((resolve, reject) => {
    const packed: Buffer<ArrayBuffer>[] = [];
    const gzip = createGzip(packing);
    gzip.on('data', (chunk) => packed.push(chunk));
    gzip.once('end', () => resolve(packed));
    gzip.once('error', reject);
    for (const piece of pieces) gzip.write(piece);
    gzip.end();
  });
}
