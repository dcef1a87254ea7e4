import type { Contender } from './contender.ts';
import { createFloor, type FloorEncoder, type FloorSpan } from './floor.ts';

// Lengths are written as varints of fixed width, which are valid, so that a message needs no second pass.
const lengthBytes = 4;

interface Writer {
  readonly buffer: Buffer;
  readonly at: number;
  reserve(bytes: number): void;
  byte(value: number): void;
  bytes(field: number, value: Buffer): void;
  text(field: number, value: string): void;
  fixed64(field: number, value: bigint): void;
  /** Opens a message of field `field`; the result closes it. */
  open(field: number): number;
  close(mark: number): void;
  reset(): void;
}

function createWriter(): Writer {
  let buffer = Buffer.allocUnsafe(1 << 20);
  let at = 0;

  function writeLength(mark: number, length: number): void {
    buffer[mark] = (length & 0x7f) | 0x80;
    buffer[mark + 1] = ((length >> 7) & 0x7f) | 0x80;
    buffer[mark + 2] = ((length >> 14) & 0x7f) | 0x80;
    buffer[mark + 3] = (length >> 21) & 0x7f;
  }

  const writer: Writer = {
    get buffer() {
      return buffer;
    },
    get at() {
      return at;
    },
    reserve(bytes) {
      if (at + bytes <= buffer.length) return;
      const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
      buffer.copy(larger, 0, 0, at);
      buffer = larger;
    },
    byte(value) {
      buffer[at] = value;
      at += 1;
    },
    bytes(field, value) {
      writer.byte((field << 3) | 2);
      writer.byte(value.length);
      value.copy(buffer, at);
      at += value.length;
    },
    text(field, value) {
      writer.reserve(value.length * 3 + 8);
      const mark = writer.open(field);
      at += buffer.write(value, at);
      writer.close(mark);
    },
    fixed64(field, value) {
      writer.byte((field << 3) | 1);
      buffer.writeBigUInt64LE(value, at);
      at += 8;
    },
    open(field) {
      writer.byte((field << 3) | 2);
      at += lengthBytes;
      return at - lengthBytes;
    },
    close(mark) {
      writeLength(mark, at - mark - lengthBytes);
    },
    reset() {
      at = 0;
    },
  };
  return writer;
}

function writeSpan(writer: Writer, span: FloorSpan): void {
  writer.reserve(256);
  const message = writer.open(2);
  writer.bytes(1, span.traceId);
  writer.bytes(2, span.spanId);
  if (span.parentSpanId !== undefined) writer.bytes(4, span.parentSpanId);
  writer.text(5, span.name);
  writer.byte((6 << 3) | 0);
  writer.byte(1);
  writer.fixed64(7, BigInt(span.startTime) * 1_000_000n);
  writer.fixed64(8, BigInt(span.endTime) * 1_000_000n);
  for (const [key, value] of span.attributes) {
    writer.reserve(64);
    const attribute = writer.open(9);
    writer.text(1, key);
    const anyValue = writer.open(2);
    writer.text(1, value);
    writer.close(anyValue);
    writer.close(attribute);
  }
  writer.close(message);
}

function createProtobufEncoder(): FloorEncoder {
  const writer = createWriter();
  let frame: readonly number[] = [];

  function openFrame(): void {
    const resource = writer.open(1);
    const scope = writer.open(2);
    frame = [scope, resource];
  }

  return {
    contentType: 'application/x-protobuf',
    add(span) {
      if (writer.at === 0) openFrame();
      writeSpan(writer, span);
    },
    get size() {
      return writer.at;
    },
    take() {
      for (const mark of frame) writer.close(mark);
      const body = Buffer.from(writer.buffer.subarray(0, writer.at));
      writer.reset();
      return body;
    },
  };
}

/** OTLP/protobuf by hand, each observation encoded as it ends. */
export const floorProtobuf: Contender = {
  does: 'writes each span as OTLP/protobuf into one buffer when it ends; a request every second or 2 MB',
  doesNot: 'compress, retry, bound what waits, catch anything',
  start: (target) => Promise.resolve(createFloor(target, createProtobufEncoder())),
};
