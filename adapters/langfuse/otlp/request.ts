import { createBlockWriter, inPieces } from '../block-writer.ts';
import { packageVersion, scopeName } from '../vocabulary.ts';
import type { EncodedSpan } from './encode.ts';
import { framed, varintSize, wireType, writeTag, writeVarint } from './protobuf-writer.ts';

const scope = framed(
  1,
  Buffer.concat([framed(1, Buffer.from(scopeName)), framed(2, Buffer.from(packageVersion))]),
);

// Without attributes: the server copies each of them into the metadata of every row.
const resource = framed(1, Buffer.alloc(0));

/**
 * An `ExportTraceServiceRequest` (opentelemetry-proto 1.x, collector/trace/v1) with spans that were encoded before, in
 * pieces: spans are not copied, and those that stand one behind the other in memory are one piece.
 */
export function encodeRequest(spans: readonly EncodedSpan[]): readonly EncodedSpan[] {
  let spanBytes = 0;
  for (const { byteLength } of spans) spanBytes += byteLength;
  const scopeSpans = head(2, scope.length + spanBytes);
  const resourceSpans = head(1, resource.length + scopeSpans.length + scope.length + spanBytes);
  return [Buffer.concat([resourceSpans, resource, scopeSpans, scope]), ...inPieces(spans)];
}

/** The tag and the length of a field that holds `length` bytes. */
function head(field: number, length: number): Buffer {
  const writer = createBlockWriter(1 + varintSize(length));
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, length);
  return writer.bytes;
}
