/**
 * Decodes an OTLP `ExportTraceServiceRequest` (opentelemetry/proto/trace/v1) to its JSON form: ids as hex, times and
 * 64-bit integers as decimal text. Throws a RangeError on bytes that are no such message; unknown fields are skipped.
 */
export function decodeExportRequest(bytes: Uint8Array): unknown {
  return decodeMessage(bytes, exportRequest);
}

type Decode = (field: Field) => unknown;

interface FieldSpec {
  readonly name: string;
  readonly decode: Decode;
  readonly isList?: true;
}

type MessageSpec = Readonly<Record<number, FieldSpec>>;

type Field =
  | { readonly type: 'number'; readonly value: bigint }
  | { readonly type: 'bytes'; readonly value: Uint8Array };

const text: Decode = (field) => new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(field));
const hex: Decode = (field) => Buffer.from(bytesOf(field)).toString('hex');
const base64: Decode = (field) => Buffer.from(bytesOf(field)).toString('base64');
const decimal: Decode = (field) => String(numberOf(field));
const signedDecimal: Decode = (field) => String(BigInt.asIntN(64, numberOf(field)));
const integer: Decode = (field) => Number(BigInt.asIntN(32, numberOf(field)));
const flag: Decode = (field) => numberOf(field) !== 0n;
const double: Decode = (field) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, numberOf(field));
  return view.getFloat64(0);
};

const one = (name: string, decode: Decode): FieldSpec => ({ name, decode });
// The spec is asked for late, because attribute values nest.
const message = (name: string, spec: () => MessageSpec): FieldSpec =>
  one(name, (field) => decodeMessage(bytesOf(field), spec()));
const messages = (name: string, spec: () => MessageSpec): FieldSpec => ({
  ...message(name, spec),
  isList: true,
});

const anyValue: MessageSpec = {
  1: one('stringValue', text),
  2: one('boolValue', flag),
  3: one('intValue', signedDecimal),
  4: one('doubleValue', double),
  5: message('arrayValue', () => ({ 1: messages('values', () => anyValue) })),
  6: message('kvlistValue', () => ({ 1: messages('values', () => keyValue) })),
  7: one('bytesValue', base64),
};

const keyValue: MessageSpec = { 1: one('key', text), 2: message('value', () => anyValue) };

const attributes = messages('attributes', () => keyValue);

const spanEvent: MessageSpec = {
  1: one('timeUnixNano', decimal),
  2: one('name', text),
  3: attributes,
};

const spanLink: MessageSpec = { 1: one('traceId', hex), 2: one('spanId', hex), 4: attributes };

const status: MessageSpec = { 2: one('message', text), 3: one('code', integer) };

const span: MessageSpec = {
  1: one('traceId', hex),
  2: one('spanId', hex),
  3: one('traceState', text),
  4: one('parentSpanId', hex),
  5: one('name', text),
  6: one('kind', integer),
  7: one('startTimeUnixNano', decimal),
  8: one('endTimeUnixNano', decimal),
  9: attributes,
  11: messages('events', () => spanEvent),
  13: messages('links', () => spanLink),
  15: message('status', () => status),
  16: one('flags', integer),
};

const scope: MessageSpec = { 1: one('name', text), 2: one('version', text), 3: attributes };

const scopeSpans: MessageSpec = {
  1: message('scope', () => scope),
  2: messages('spans', () => span),
  3: one('schemaUrl', text),
};

const resourceSpans: MessageSpec = {
  1: message('resource', () => ({ 1: attributes })),
  2: messages('scopeSpans', () => scopeSpans),
  3: one('schemaUrl', text),
};

const exportRequest: MessageSpec = { 1: messages('resourceSpans', () => resourceSpans) };

function decodeMessage(bytes: Uint8Array, spec: MessageSpec): Readonly<Record<string, unknown>> {
  const single = new Map<string, unknown>();
  // A list that was not sent is an empty one; all else that was not sent is left out.
  const lists = new Map<string, unknown[]>(
    Object.values(spec)
      .filter(({ isList }) => isList)
      .map(({ name }) => [name, []]),
  );
  const reader = createReader(bytes);
  while (!reader.isDone()) {
    const { number, field } = reader.next();
    const known = spec[number];
    if (known === undefined) continue;
    const value = known.decode(field);
    const list = lists.get(known.name);
    if (list === undefined) single.set(known.name, value);
    else list.push(value);
  }
  return Object.fromEntries([...single, ...lists]);
}

interface Reader {
  isDone(): boolean;
  next(): { readonly number: number; readonly field: Field };
}

function createReader(bytes: Uint8Array): Reader {
  let offset = 0;

  function take(length: number): Uint8Array {
    if (length > bytes.byteLength - offset)
      throw new RangeError('Protobuf: the message ends too early.');
    offset += length;
    return bytes.subarray(offset - length, offset);
  }

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = take(1)[0] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('Protobuf: a number is longer than ten bytes.');
  }

  return {
    isDone: () => offset >= bytes.byteLength,
    next() {
      const tag = Number(varint());
      const number = Math.floor(tag / 8);
      if (number === 0) throw new RangeError('Protobuf: there is no field 0.');
      switch (tag % 8) {
        case 0:
          return { number, field: { type: 'number', value: varint() } };
        case 1:
          return { number, field: { type: 'number', value: littleEndian(take(8)) } };
        case 2:
          return { number, field: { type: 'bytes', value: take(Number(varint())) } };
        case 5:
          return { number, field: { type: 'number', value: littleEndian(take(4)) } };
        default:
          throw new RangeError(`Protobuf: field ${number} has an unknown wire type.`);
      }
    },
  };
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bytesOf(field: Field): Uint8Array {
  if (field.type !== 'bytes') throw new RangeError('Protobuf: expected bytes, got a number.');
  return field.value;
}

function numberOf(field: Field): bigint {
  if (field.type !== 'number') throw new RangeError('Protobuf: expected a number, got bytes.');
  return field.value;
}
