import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

import type { Compression } from '../config.ts';
import type { RequestBody } from '../exchange.ts';
import { ingestionVersion, ingestionVersionHeader } from '../vocabulary.ts';
import { createRequestMemory, encodeRequest } from './request.ts';

const compress = promisify(gzip);
// The fastest level: level 6 makes texts a quarter smaller for two and a half times the CPU.
const packing = { level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 };

const headers = {
  'content-type': 'application/x-protobuf',
  [ingestionVersionHeader]: ingestionVersion,
};
const packedHeaders = { ...headers, 'content-encoding': 'gzip' };

/** Makes a request of encoded spans as it travels. One at a time. */
export type BodyWriter = (spans: readonly Uint8Array[]) => Promise<RequestBody>;

/** Compressing is done by Node's thread pool. */
export function createBodyWriter(compression: Compression): BodyWriter {
  switch (compression) {
    case 'none':
      // Memory of its own: nobody says when the last byte of it was read.
      return (spans) => Promise.resolve({ body: encodeRequest(spans), headers });
    case 'gzip': {
      const join = createRequestMemory();
      return async (spans) => ({
        body: await compress(join(spans), packing),
        headers: packedHeaders,
      });
    }
    default:
      return compression satisfies never;
  }
}
