import { beginMessage, type BlockWriter, inPieces, reserve, writeUtf8 } from '../block-writer.ts';
import { packageName, packageVersion } from '../vocabulary.ts';

/** The JSON of an event as bytes, behind the comma that parts it from the one before. */
export type EventBytes = Uint8Array<ArrayBuffer>;

const opening = '{"batch":[';
const comma = ',';

/** Writes an event for a batch. */
export function writeEvent(writer: BlockWriter, json: string): EventBytes {
  const jsonBytes = Buffer.byteLength(json);
  beginMessage(writer);
  reserve(writer, comma.length + jsonBytes);
  writeUtf8(writer, comma, comma.length);
  writeUtf8(writer, json, jsonBytes);
  return writer.bytes.subarray(writer.start, writer.length);
}

/**
 * A batch as it travels, in pieces. To stringify it would encode everything a second time, and a text of all of it would be
 * copied, checked and encoded by what sends it.
 */
export function toBatchBody(
  events: readonly { readonly bytes: EventBytes }[],
): readonly Uint8Array<ArrayBuffer>[] {
  const metadata = {
    sdk_name: packageName,
    sdk_version: packageVersion,
    batch_size: events.length,
  };
  const listed = events.map(({ bytes }, index) =>
    index === 0 ? bytes.subarray(comma.length) : bytes,
  );
  return [
    Buffer.from(opening),
    ...inPieces(listed),
    Buffer.from(`],"metadata":${JSON.stringify(metadata)}}`),
  ];
}
