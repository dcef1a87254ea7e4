import {
  beginMessage,
  type BlockWriter,
  createBlockWriter,
  reserve,
  rewind,
} from '../block-writer.ts';
import type { AttributeValue, OtlpSpan, SpanAttributes } from './map.ts';
import {
  fieldSize,
  framed,
  varintSize,
  wireType,
  writeBytes,
  writeTag,
  writeText,
  writeVarint,
} from './protobuf-writer.ts';

// Field numbers and types are those of opentelemetry-proto 1.x (trace/v1, common/v1); what a span of ours has not is
// not written, and a reader takes its default.
const internalKind = 1;
const errorCode = 2;

/** A span as a `ScopeSpans` message lists it: spans can be joined without being read again. */
export type EncodedSpan = Uint8Array<ArrayBuffer>;

/** Writes spans into memory of its own, one behind the other, which it uses again. */
export interface SpanEncoder {
  /** Good until `reuse()`. */
  encode(span: OtlpSpan): EncodedSpan;
  /** Nothing that was handed out is in use any more. */
  reuse(): void;
}

/** An encoder without any memory yet. */
export function createSpanEncoder(): SpanEncoder {
  const writer = createBlockWriter();
  // The spans of a trace come one after the other and say the same of it.
  const traceWriter = createBlockWriter(4 * 1024);
  let known: { readonly attributes: SpanAttributes; readonly bytes: Uint8Array } | undefined;

  function encodeTrace(attributes: SpanAttributes): Uint8Array {
    if (known?.attributes === attributes) return known.bytes;
    traceWriter.length = 0;
    writeAttributes(traceWriter, attributes);
    const bytes = traceWriter.bytes.subarray(0, traceWriter.length);
    known = { attributes, bytes };
    return bytes;
  }

  return {
    encode(span) {
      openSpan(writer, span);
      const trace = encodeTrace(span.traceAttributes);
      reserve(writer, trace.length);
      writeBytes(writer, trace);
      writeAttributes(writer, span.attributes);
      writeStatus(writer, span.status);
      writeBytes(writer, flags);
      return withHead(writer, 2);
    },
    reuse: () => rewind(writer),
  };
}

/** A span up to its attributes. */
function openSpan(writer: BlockWriter, span: OtlpSpan): void {
  beginMessage(writer);
  reserve(writer, headRoom);
  writer.length += headRoom;
  writeHex(writer, 1, span.traceId);
  writeHex(writer, 2, span.spanId);
  if (span.parentSpanId !== undefined) writeHex(writer, 4, span.parentSpanId);
  writeName(writer, span.name);
  writeTag(writer, 6, wireType.varint);
  writeVarint(writer, internalKind);
  writeTime(writer, 7, span.startTime);
  writeTime(writer, 8, span.endTime);
}

// A tag and the length of up to 16 KB, which is what most spans have.
const headRoom = 3;
// A tag and the length of up to 2^35 bytes.
const longestHead = 6;

/** What was written since `start`, after the room for its head, as a field. */
function withHead(writer: BlockWriter, field: number): EncodedSpan {
  reserve(writer, longestHead - headRoom);
  const { bytes, start, length: end } = writer;
  const contentStart = start + headRoom;
  const size = end - contentStart;
  const headSize = 1 + varintSize(size);
  // Moved, so that no gap is left between one span and the next.
  if (headSize !== headRoom) bytes.copyWithin(start + headSize, contentStart, end);
  writer.length = start;
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, size);
  writer.length += size;
  return bytes.subarray(start, writer.length);
}

function writeAttributes(writer: BlockWriter, attributes: SpanAttributes): void {
  // Not Object.entries: a pair per attribute is garbage.
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== undefined) writeAttribute(writer, key, value);
  }
}

function writeAttribute(writer: BlockWriter, key: string, value: AttributeValue): void {
  if (typeof value === 'string') writeTextAttribute(writer, key, value);
  else if (typeof value === 'number') writeNumberAttribute(writer, key, encodeNumber(value));
  else writeListAttribute(writer, key, value);
}

function writeTextAttribute(writer: BlockWriter, key: string, text: string): void {
  const textBytes = Buffer.byteLength(text);
  openAttribute(writer, key, fieldSize(textBytes));
  writeText(writer, 1, { text, textBytes });
}

function writeNumberAttribute(writer: BlockWriter, key: string, value: Uint8Array): void {
  openAttribute(writer, key, value.length);
  writeBytes(writer, value);
}

function writeListAttribute(writer: BlockWriter, key: string, texts: readonly string[]): void {
  let listBytes = 0;
  for (const text of texts) listBytes += fieldSize(fieldSize(Buffer.byteLength(text)));
  openAttribute(writer, key, fieldSize(listBytes));
  writeTag(writer, 5, wireType.bytes);
  writeVarint(writer, listBytes);
  for (const text of texts) {
    const textBytes = Buffer.byteLength(text);
    writeTag(writer, 1, wireType.bytes);
    writeVarint(writer, fieldSize(textBytes));
    writeText(writer, 1, { text, textBytes });
  }
}

/** An attribute up to its `AnyValue` of `valueBytes`, for which it leaves room. */
function openAttribute(writer: BlockWriter, key: string, valueBytes: number): void {
  const keyField = encodedKey(key);
  const size = keyField.length + fieldSize(valueBytes);
  reserve(writer, size + longestHead);
  writeTag(writer, 9, wireType.bytes);
  writeVarint(writer, size);
  writeBytes(writer, keyField);
  writeTag(writer, 2, wireType.bytes);
  writeVarint(writer, valueBytes);
}

function encodeNumber(value: number): Uint8Array {
  const number = createBlockWriter(11);
  if (Number.isSafeInteger(value) && value >= 0) {
    writeTag(number, 3, wireType.varint);
    writeVarint(number, value);
  } else {
    writeTag(number, 4, wireType.fixed64);
    number.length = number.bytes.writeDoubleLE(value, number.length);
  }
  return number.bytes.subarray(0, number.length);
}

const keys = new Map<string, Buffer>();
const keptKeys = 2_000;

/** Attribute keys come again and again; those of metadata are the program's, so that only so many are kept. */
function encodedKey(key: string): Buffer {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const made = framed(1, Buffer.from(key));
  if (keys.size < keptKeys) keys.set(key, made);
  return made;
}

// Sampled, and the parent is known to be of this process: field 16, a fixed32, as OpenTelemetry's exporters write it.
const flags = Buffer.from([0x85, 0x01, 0x01, 0x01, 0x00, 0x00]);
// Code 0, said although it is the default, as in the JSON form.
const unsetStatus = framed(15, Buffer.from([(3 << 3) | wireType.varint, 0]));

/** Leaves room for the flags, which follow. */
function writeStatus(writer: BlockWriter, status: OtlpSpan['status']): void {
  const field = status.type === 'unset' ? unsetStatus : framed(15, errorStatus(status.message));
  reserve(writer, field.length + flags.length);
  writeBytes(writer, field);
}

function errorStatus(message = ''): Buffer {
  const code = Buffer.from([(3 << 3) | wireType.varint, errorCode]);
  return message === '' ? code : Buffer.concat([framed(2, Buffer.from(message)), code]);
}

function writeHex(writer: BlockWriter, field: number, id: string): void {
  reserve(writer, 32);
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, id.length / 2);
  writer.length += writer.bytes.write(id, writer.length, 'hex');
}

/** Leaves room for the kind, which follows. */
function writeName(writer: BlockWriter, text: string): void {
  const textBytes = Buffer.byteLength(text);
  reserve(writer, textBytes + 16);
  writeText(writer, 5, { text, textBytes });
}

const nanosecondsPerMs = 1_000_000;

function writeTime(writer: BlockWriter, field: number, timeMs: number): void {
  reserve(writer, 16);
  writeTag(writer, field, wireType.fixed64);
  const whole = Math.floor(timeMs);
  const rest = Math.round((timeMs - whole) * nanosecondsPerMs);
  // In two halves, neither of which is ever above 2^53: a BigInt for each time would be garbage.
  const upper = Math.floor(whole / 2 ** 20) * nanosecondsPerMs;
  const lower = (upper % 2 ** 12) * 2 ** 20 + (whole % 2 ** 20) * nanosecondsPerMs + rest;
  const high = Math.floor(upper / 2 ** 12) + Math.floor(lower / 2 ** 32);
  writer.length = writer.bytes.writeUInt32LE(lower % 2 ** 32, writer.length);
  writer.length = writer.bytes.writeUInt32LE(high, writer.length);
}
