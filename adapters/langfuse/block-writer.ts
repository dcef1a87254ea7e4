/**
 * Memory that messages are written into, one behind the other, and that is used again. A message that was begun stays in
 * one piece; those that were finished are parts of the blocks.
 */
export interface BlockWriter {
  bytes: Buffer<ArrayBuffer>;
  length: number;
  /** Where the message that is being written starts; what stands before it is done. */
  start: number;
  /** Blocks of the usual size, those in use first. */
  readonly blocks: Buffer<ArrayBuffer>[];
  blocksInUse: number;
}

// A buffer for each message would be copied once more, and memory outside the heap is what makes V8 collect all of it:
// a request of 2 MB that was made anew each time cost more in collections than in writing.
// Blocks are as large as that because gzip takes a trip to its thread and back for each piece that it is given.
const blockBytes = 1024 * 1024;
const keptBlocks = 2;

/** A writer with room for `bytes`; it gets more where it is reserved. */
export function createBlockWriter(bytes = 0): BlockWriter {
  return { bytes: Buffer.allocUnsafe(bytes), length: 0, start: 0, blocks: [], blocksInUse: 0 };
}

/** Lets what was written so far be overwritten; keeps 2 MB at most. */
export function rewind(writer: BlockWriter): void {
  writer.blocks.length = Math.min(writer.blocks.length, keptBlocks);
  writer.blocksInUse = 0;
  writer.bytes = Buffer.alloc(0);
  writer.length = 0;
  writer.start = 0;
}

/** Begins a message; what was written before it does not move any more. */
export function beginMessage(writer: BlockWriter): void {
  writer.start = writer.length;
}

/** Makes room for `size` bytes more; moves the message that was begun to a new block when this one is full. */
export function reserve(writer: BlockWriter, size: number): void {
  const needed = writer.length + size;
  if (needed <= writer.bytes.length) return;
  const written = writer.length - writer.start;
  const next = nextBlock(writer, written + size);
  writer.bytes.copy(next, 0, writer.start, writer.length);
  writer.bytes = next;
  writer.start = 0;
  writer.length = written;
}

function nextBlock(writer: BlockWriter, size: number): Buffer<ArrayBuffer> {
  // Twice, or a long message would be moved for each of its parts.
  if (size > blockBytes) return Buffer.allocUnsafeSlow(2 * size);
  const known = writer.blocks[writer.blocksInUse];
  writer.blocksInUse += 1;
  if (known !== undefined) return known;
  const made = Buffer.allocUnsafeSlow(blockBytes);
  writer.blocks.push(made);
  return made;
}

/** A text of `textBytes` bytes of UTF-8, for which there is room. */
export function writeUtf8(writer: BlockWriter, text: string, textBytes: number): void {
  writer.length += writer.bytes.write(text, writer.length, textBytes);
}

/** Messages in their order, without a copy: those that stand one behind the other in memory are one piece. */
export function inPieces(
  messages: readonly Uint8Array<ArrayBuffer>[],
): readonly Uint8Array<ArrayBuffer>[] {
  const pieces: { readonly buffer: ArrayBuffer; readonly start: number; end: number }[] = [];
  for (const { buffer, byteOffset: start, byteLength } of messages) {
    const last = pieces.at(-1);
    if (last?.buffer === buffer && last.end === start) last.end += byteLength;
    else pieces.push({ buffer, start, end: start + byteLength });
  }
  return pieces.map(({ buffer, start, end }) => new Uint8Array(buffer, start, end - start));
}
