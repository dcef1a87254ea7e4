import { type Sighting, startMarkerName } from './sighting.ts';

interface Field {
  readonly number: number;
  /** Empty for numbers. */
  readonly bytes: Buffer;
}

/** Reads the spans of an export in protobuf, by field numbers, apart from what any contender writes with. */
export function* readOtlpProtobuf(body: Buffer): Generator<Sighting> {
  for (const resource of fieldsOf(body)) {
    for (const scope of nested(resource.bytes, 2)) {
      for (const span of nested(scope, 2)) {
        const sighting = readSpan(span);
        if (sighting !== undefined) yield sighting;
      }
    }
  }
}

function readSpan(span: Buffer): Sighting | undefined {
  let traceId = '';
  let spanId = '';
  let isParent = true;
  let hasOutput = false;
  for (const { number, bytes } of fieldsOf(span)) {
    if (number === 1) traceId = bytes.toString('hex');
    else if (number === 2) spanId = bytes.toString('hex');
    else if (number === 4) isParent = bytes.length === 0;
    else if (number === 5 && bytes.toString() === startMarkerName) return undefined;
    else if (number === 9) hasOutput ||= keyOf(bytes).endsWith('.output');
  }
  return { id: `${traceId}/${spanId}`, isParent, hasOutput };
}

function keyOf(attribute: Buffer): string {
  for (const key of nested(attribute, 1)) return key.toString();
  return '';
}

function* nested(message: Buffer, number: number): Generator<Buffer> {
  for (const field of fieldsOf(message)) if (field.number === number) yield field.bytes;
}

const none = Buffer.alloc(0);

function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;

  function varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = message[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  }

  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        varint();
        yield { number, bytes: none };
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        yield { number, bytes: message.subarray(at, at + length) };
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new Error(`An export holds a field of type ${tag % 8}, which protobuf has not.`);
    }
  }
}
