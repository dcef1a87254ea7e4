import { type BlockWriter, createBlockWriter, writeUtf8 } from '../block-writer.ts';

export const wireType = { varint: 0, fixed64: 1, bytes: 2 } as const;

export function writeBytes(writer: BlockWriter, content: Uint8Array): void {
  writer.bytes.set(content, writer.length);
  writer.length += content.length;
}

export function writeTag(writer: BlockWriter, field: number, type: number): void {
  // Every field number that is used here is below 16, so that a tag is one byte.
  writer.bytes[writer.length++] = (field << 3) | type;
}

export function writeVarint(writer: BlockWriter, value: number): void {
  let rest = value;
  // Not by shifts: they are for 32 bits, and an integer attribute may have more.
  while (rest > 0x7f) {
    writer.bytes[writer.length++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  writer.bytes[writer.length++] = rest;
}

/** Bytes that a varint takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** What a field with `contentBytes` takes. */
export function fieldSize(contentBytes: number): number {
  return 1 + varintSize(contentBytes) + contentBytes;
}

/** A text whose bytes were counted, as a field for which there is room. */
export function writeText(
  writer: BlockWriter,
  field: number,
  { text, textBytes }: { readonly text: string; readonly textBytes: number },
): void {
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, textBytes);
  writeUtf8(writer, text, textBytes);
}

/** A field that holds `content`: its tag, its length, and a copy of it. */
export function framed(field: number, content: Uint8Array): Buffer<ArrayBuffer> {
  const writer = createBlockWriter(fieldSize(content.length));
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, content.length);
  writeBytes(writer, content);
  return writer.bytes;
}
