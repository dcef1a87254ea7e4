import { packageVersion, scopeName } from '../vocabulary.ts';
import type { AttributeValue, OtlpSpan } from './map.ts';

/**
 * Bytes of protobuf, written one after the other. Field numbers and types are those of opentelemetry-proto 1.x
 * (trace/v1, common/v1, collector/trace/v1); what a span of ours has not is not written, and a reader takes its default.
 */
interface Writer {
  bytes: Buffer;
  length: number;
  /** Where the field that is being written starts; what stands before it is done. */
  start: number;
}

// Spans are written one after the other into a block and handed out as parts of it: a buffer for each would be copied
// once more and cost the garbage collector more than the copy. A full block is left to its spans.
const blockBytes = 256 * 1024;
const block: Writer = { bytes: Buffer.allocUnsafeSlow(0), length: 0, start: 0 };

const wireType = { varint: 0, fixed64: 1, bytes: 2 } as const;

const internalKind = 1;
const errorCode = 2;

/** A span as a `ScopeSpans` message lists it: spans can be joined without being read again. */
export function encodeSpan(span: OtlpSpan): Uint8Array {
  const writer = block;
  writer.start = writer.length;
  reserve(writer, headRoom);
  writer.length += headRoom;
  writeHex(writer, 1, span.traceId);
  writeHex(writer, 2, span.spanId);
  if (span.parentSpanId !== undefined) writeHex(writer, 4, span.parentSpanId);
  writeText(writer, 5, span.name);
  writeTag(writer, 6, wireType.varint);
  writeVarint(writer, internalKind);
  writeTime(writer, 7, span.startTime);
  writeTime(writer, 8, span.endTime);
  // Not Object.entries: a pair per attribute is garbage.
  for (const key of Object.keys(span.attributes)) {
    const value = span.attributes[key];
    if (value !== undefined) writeAttribute(writer, key, value);
  }
  writeStatus(writer, span.status);
  writeBytes(writer, flags);
  return withHead(writer, 2);
}

// A tag and the length of up to 2^35 bytes.
const headRoom = 6;

/** What was written since `start`, after the room for its head, as a field. */
function withHead(writer: Writer, field: number): Uint8Array {
  const { bytes, length: end } = writer;
  const contentStart = writer.start + headRoom;
  const start = contentStart - 1 - varintSize(end - contentStart);
  writer.length = start;
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, end - contentStart);
  writer.length = end;
  return bytes.subarray(start, end);
}

const scope = framed(
  1,
  Buffer.concat([framed(1, Buffer.from(scopeName)), framed(2, Buffer.from(packageVersion))]),
);

// Without attributes: the server copies each of them into the metadata of every row.
const resource = framed(1, Buffer.alloc(0));

/** An `ExportTraceServiceRequest` with these spans. */
export function encodeRequest(spans: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let spanBytes = 0;
  for (const { byteLength } of spans) spanBytes += byteLength;
  const scopeSpans = head(2, scope.length + spanBytes);
  const resourceSpans = head(1, resource.length + scopeSpans.length + scope.length + spanBytes);
  return Buffer.concat([resourceSpans, resource, scopeSpans, scope, ...spans]);
}

/** The tag and the length of a field that holds `length` bytes. */
function head(field: number, length: number): Buffer {
  const writer: Writer = { bytes: Buffer.allocUnsafe(1 + varintSize(length)), length: 0, start: 0 };
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, length);
  return writer.bytes;
}

/** A field that holds `content`: its tag, its length, and a copy of it. */
function framed(field: number, content: Uint8Array): Buffer {
  const head = 1 + varintSize(content.length);
  const writer: Writer = { bytes: Buffer.allocUnsafe(head + content.length), length: 0, start: 0 };
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, content.length);
  writer.bytes.set(content, head);
  return writer.bytes;
}

function writeAttribute(writer: Writer, key: string, value: AttributeValue): void {
  if (typeof value === 'string') writeTextAttribute(writer, key, value);
  else if (typeof value === 'number') writeNumberAttribute(writer, key, encodeNumber(value));
  else writeListAttribute(writer, key, value);
}

function writeTextAttribute(writer: Writer, key: string, text: string): void {
  const textBytes = Buffer.byteLength(text);
  openAttribute(writer, key, fieldSize(textBytes));
  writeTag(writer, 1, wireType.bytes);
  writeVarint(writer, textBytes);
  writer.length += writer.bytes.write(text, writer.length, textBytes);
}

function writeNumberAttribute(writer: Writer, key: string, value: Uint8Array): void {
  openAttribute(writer, key, value.length);
  writeBytes(writer, value);
}

function writeListAttribute(writer: Writer, key: string, texts: readonly string[]): void {
  let listBytes = 0;
  for (const text of texts) listBytes += fieldSize(fieldSize(Buffer.byteLength(text)));
  openAttribute(writer, key, fieldSize(listBytes));
  writeTag(writer, 5, wireType.bytes);
  writeVarint(writer, listBytes);
  for (const text of texts) {
    const textBytes = Buffer.byteLength(text);
    writeTag(writer, 1, wireType.bytes);
    writeVarint(writer, fieldSize(textBytes));
    writeTag(writer, 1, wireType.bytes);
    writeVarint(writer, textBytes);
    writer.length += writer.bytes.write(text, writer.length, textBytes);
  }
}

/** An attribute up to its `AnyValue` of `valueBytes`, for which it leaves room. */
function openAttribute(writer: Writer, key: string, valueBytes: number): void {
  const keyField = encodedKey(key);
  const size = keyField.length + fieldSize(valueBytes);
  reserve(writer, size + headRoom);
  writeTag(writer, 9, wireType.bytes);
  writeVarint(writer, size);
  writeBytes(writer, keyField);
  writeTag(writer, 2, wireType.bytes);
  writeVarint(writer, valueBytes);
}

/** What a field with `contentBytes` takes. */
function fieldSize(contentBytes: number): number {
  return 1 + varintSize(contentBytes) + contentBytes;
}

function encodeNumber(value: number): Uint8Array {
  const writer: Writer = { bytes: Buffer.allocUnsafe(11), length: 0, start: 0 };
  if (Number.isSafeInteger(value) && value >= 0) {
    writeTag(writer, 3, wireType.varint);
    writeVarint(writer, value);
  } else {
    writeTag(writer, 4, wireType.fixed64);
    writer.length = writer.bytes.writeDoubleLE(value, writer.length);
  }
  return writer.bytes.subarray(0, writer.length);
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
function writeStatus(writer: Writer, status: OtlpSpan['status']): void {
  const field = status.type === 'unset' ? unsetStatus : framed(15, errorStatus(status.message));
  reserve(writer, field.length + flags.length);
  writeBytes(writer, field);
}

function errorStatus(message = ''): Buffer {
  const code = Buffer.from([(3 << 3) | wireType.varint, errorCode]);
  return message === '' ? code : Buffer.concat([framed(2, Buffer.from(message)), code]);
}

function writeHex(writer: Writer, field: number, id: string): void {
  reserve(writer, 32);
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, id.length / 2);
  writer.length += writer.bytes.write(id, writer.length, 'hex');
}

function writeText(writer: Writer, field: number, text: string): void {
  const size = Buffer.byteLength(text);
  reserve(writer, size + 16);
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, size);
  writer.length += writer.bytes.write(text, writer.length, size);
}

const nanosecondsPerMs = 1_000_000;

function writeTime(writer: Writer, field: number, timeMs: number): void {
  reserve(writer, 16);
  writeTag(writer, field, wireType.fixed64);
  const whole = Math.floor(timeMs);
  const rest = Math.round((timeMs - whole) * nanosecondsPerMs);
  const time = BigInt(whole) * BigInt(nanosecondsPerMs) + BigInt(rest);
  writer.length = writer.bytes.writeBigUInt64LE(time, writer.length);
}

function writeBytes(writer: Writer, content: Uint8Array): void {
  writer.bytes.set(content, writer.length);
  writer.length += content.length;
}

function writeTag(writer: Writer, field: number, type: number): void {
  // Every field number that is used here is below 16, so that a tag is one byte.
  writer.bytes[writer.length++] = (field << 3) | type;
}

function writeVarint(writer: Writer, value: number): void {
  let rest = value;
  // Not by shifts: they are for 32 bits, and an integer attribute may have more.
  while (rest > 0x7f) {
    writer.bytes[writer.length++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  writer.bytes[writer.length++] = rest;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

function reserve(writer: Writer, size: number): void {
  const needed = writer.length + size;
  if (needed <= writer.bytes.length) return;
  const written = writer.length - writer.start;
  const next = Buffer.allocUnsafeSlow(Math.max(blockBytes, 2 * (written + size)));
  writer.bytes.copy(next, 0, writer.start, writer.length);
  writer.bytes = next;
  writer.start = 0;
  writer.length = written;
}
