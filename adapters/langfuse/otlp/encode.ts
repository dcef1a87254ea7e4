import { packageVersion, scopeName } from '../vocabulary.ts';
import type { AttributeValue, OtlpSpan } from './map.ts';

/**
 * Bytes of protobuf, written one after the other. Field numbers and types are those of opentelemetry-proto 1.x
 * (trace/v1, common/v1, collector/trace/v1); what a span of ours has not is not written, and a reader takes its default.
 */
interface Writer {
  bytes: Buffer;
  length: number;
}

// Encoding is synchronous, so that one buffer serves every span; it grows to the largest one.
const scratch: Writer = { bytes: Buffer.allocUnsafeSlow(64 * 1024), length: 0 };

const wireType = { varint: 0, fixed64: 1, bytes: 2 } as const;

const internalKind = 1;
const errorCode = 2;

/** A span as a `ScopeSpans` message lists it: spans can be joined without being read again. */
export function encodeSpan(span: OtlpSpan): Uint8Array {
  const writer = scratch;
  writer.length = 0;
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
  return framed(2, writer.bytes.subarray(0, writer.length));
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
  const writer: Writer = { bytes: Buffer.allocUnsafe(1 + varintSize(length)), length: 0 };
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, length);
  return writer.bytes;
}

/** A field that holds `content`: its tag, its length, and a copy of it. */
function framed(field: number, content: Uint8Array): Buffer {
  const head = 1 + varintSize(content.length);
  const writer: Writer = { bytes: Buffer.allocUnsafe(head + content.length), length: 0 };
  writeTag(writer, field, wireType.bytes);
  writeVarint(writer, content.length);
  writer.bytes.set(content, head);
  return writer.bytes;
}

function writeAttribute(writer: Writer, key: string, value: AttributeValue): void {
  if (typeof value === 'string') writeTextAttribute(writer, key, value);
  else writeOtherAttribute(writer, key, encodeValue(value));
}

/** The hot path: nearly every attribute is a text. */
function writeTextAttribute(writer: Writer, key: string, text: string): void {
  const textBytes = Buffer.byteLength(text);
  const valueBytes = 1 + varintSize(textBytes) + textBytes;
  const keyField = encodedKey(key);
  const size = keyField.length + 1 + varintSize(valueBytes) + valueBytes;
  reserve(writer, size + 16);
  writeTag(writer, 9, wireType.bytes);
  writeVarint(writer, size);
  writeBytes(writer, keyField);
  writeTag(writer, 2, wireType.bytes);
  writeVarint(writer, valueBytes);
  writeTag(writer, 1, wireType.bytes);
  writeVarint(writer, textBytes);
  writer.length += writer.bytes.write(text, writer.length, textBytes);
}

function writeOtherAttribute(writer: Writer, key: string, value: Uint8Array): void {
  const keyField = encodedKey(key);
  const valueField = framed(2, value);
  reserve(writer, keyField.length + valueField.length + 16);
  writeTag(writer, 9, wireType.bytes);
  writeVarint(writer, keyField.length + valueField.length);
  writeBytes(writer, keyField);
  writeBytes(writer, valueField);
}

/** An `AnyValue`. */
function encodeValue(value: AttributeValue): Uint8Array {
  if (typeof value === 'string') return framed(1, Buffer.from(value));
  if (Array.isArray(value)) {
    const entries = value.map((entry) => framed(1, framed(1, Buffer.from(entry))));
    return framed(5, Buffer.concat(entries));
  }
  const writer: Writer = { bytes: Buffer.allocUnsafe(11), length: 0 };
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
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, writer.bytes.length * 2));
  writer.bytes.copy(larger, 0, 0, writer.length);
  writer.bytes = larger;
}
