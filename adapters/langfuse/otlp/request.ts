import { packageVersion, scopeName } from '../vocabulary.ts';
import {
  createProtobufWriter,
  framed,
  varintSize,
  wireType,
  writeTag,
  writeVarint,
} from './protobuf-writer.ts';

const scope = framed(
  1,
  Buffer.concat([framed(1, Buffer.from(scopeName)), framed(2, Buffer.from(packageVersion))]),
);

// Without attributes: the server copies each of them into the metadata of every row.
const resource = framed(1, Buffer.alloc(0));

/** An `ExportTraceServiceRequest` (opentelemetry-proto 1.x, collector/trace/v1) with spans that were encoded before. */
export function encodeRequest(spans: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const parts = withHeads(spans);
  return Buffer.concat(parts);
}

/** Joins spans in memory of its own, which it uses again: what it returns is good until the next call. */
export function createRequestMemory(): typeof encodeRequest {
  let memory = Buffer.alloc(0);
  return (spans) => {
    const parts = withHeads(spans);
    let size = 0;
    for (const { byteLength } of parts) size += byteLength;
    if (size > memory.byteLength) memory = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (const part of parts) {
      memory.set(part, at);
      at += part.byteLength;
    }
    return memory.subarray(0, size);
  };
}

function withHeads(spans: readonly Uint8Array[]): readonly Uint8Array[] {
  let spanBytes = 0;
  for (const { byteLength } of spans) spanBytes += byteLength;
  const scopeSpans = head(2, scope.length + spanBytes);
  const resourceSpans = head(1, resource.length + scopeSpans.length + scope.length + spanBytes);
  return [resourceSpans, resource, scopeSpans, scope, ...spans];
}

/** The tag and the length of a field that holds `length` bytes. */
function head(field: number, length: number): Buffer {
  const writer = createProtobufWriter(1 + varintSize(length));
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, length);
  return writer.bytes;
}
