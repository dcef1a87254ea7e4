/**
 * Bytes of protobuf, written one after the other into blocks that are used again. A message that was begun stays in one
 * piece; those that were finished are parts of the blocks.
 */
export interface ProtobufWriter {
  bytes: Buffer;
  length: number;
  /** Where the message that is being written starts; what stands before it is done. */
  start: number;
  /** Blocks of the usual size, those in use first. */
  readonly blocks: Buffer[];
  blocksInUse: number;
}

// A buffer for each message would be copied once more, and memory outside the heap is what makes V8 collect all of it:
// a request of 2 MB that was made anew each time cost more in collections than in writing.
const blockBytes = 256 * 1024;
const keptBlocks = 8;

export const wireType = { varint: 0, fixed64: 1, bytes: 2 } as const;

/** A writer with room for `bytes`; it gets more where it is reserved. */
export function createProtobufWriter(bytes = 0): ProtobufWriter {
  return { bytes: Buffer.allocUnsafe(bytes), length: 0, start: 0, blocks: [], blocksInUse: 0 };
}

/** Lets what was written so far be overwritten; keeps 2 MB at most. */
export function rewind(writer: ProtobufWriter): void {
  writer.blocks.length = Math.min(writer.blocks.length, keptBlocks);
  writer.blocksInUse = 0;
  writer.bytes = Buffer.alloc(0);
  writer.length = 0;
  writer.start = 0;
}

/** Makes room for `size` bytes more; moves the message that was begun to a new block when this one is full. */
export function reserve(writer: ProtobufWriter, size: number): void {
  const needed = writer.length + size;
  if (needed <= writer.bytes.length) return;
  const written = writer.length - writer.start;
  const next = nextBlock(writer, written + size);
  writer.bytes.copy(next, 0, writer.start, writer.length);
  writer.bytes = next;
  writer.start = 0;
  writer.length = written;
}

function nextBlock(writer: ProtobufWriter, size: number): Buffer {
  // Twice, or a long message would be moved for each of its parts.
  if (size > blockBytes) return Buffer.allocUnsafeSlow(2 * size);
  const known = writer.blocks[writer.blocksInUse];
  writer.blocksInUse += 1;
  if (known !== undefined) return known;
  const made = Buffer.allocUnsafeSlow(blockBytes);
  writer.blocks.push(made);
  return made;
}

export function writeBytes(writer: ProtobufWriter, content: Uint8Array): void {
  writer.bytes.set(content, writer.length);
  writer.length += content.length;
}

export function writeTag(writer: ProtobufWriter, field: number, type: number): void {
  // Every field number that is used here is below 16, so that a tag is one byte.
  writer.bytes[writer.length++] = (field << 3) | type;
}

export function writeVarint(writer: ProtobufWriter, value: number): void {
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
  writer: ProtobufWriter,
  field: number,
  { text, textBytes }: { readonly text: string; readonly textBytes: number },
): void {
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, textBytes);
  writer.length += writer.bytes.write(text, writer.length, textBytes);
}

/** A field that holds `content`: its tag, its length, and a copy of it. */
export function framed(field: number, content: Uint8Array): Buffer {
  const writer = createProtobufWriter(fieldSize(content.length));
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, content.length);
  writeBytes(writer, content);
  return writer.bytes;
}
