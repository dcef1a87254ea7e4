import { asList, isRecord, toNumber, toStoredText } from './json-value.ts';

/** Attributes as plain JavaScript values. */
export type Attributes = Readonly<Record<string, unknown>>;

/** The plain values of an OTLP attribute list; the last of two equal keys wins. */
export function toAttributes(list: unknown): Attributes {
  const entries = asList(list)
    .filter(isRecord)
    .map(({ key, value }) => [toStoredText(key), toPlainValue(value)]);
  return Object.fromEntries(entries) as Attributes;
}

/** The first of these attributes that is set and not empty, 0 or false. */
function firstSet(attributes: Attributes, keys: readonly string[]): unknown {
  return keys.map((key) => attributes[key]).find(Boolean);
}

/** The same, as text: what is no text becomes JSON. */
export function firstText(attributes: Attributes, keys: readonly string[]): string | undefined {
  const value = firstSet(attributes, keys);
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The attribute's text as parsed JSON; undefined where there is none. */
export function jsonOf(attributes: Attributes, key: string): unknown {
  const value = attributes[key];
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

// Maps and bytes stay in their OTLP form, as JSON text.
function toPlainValue(value: unknown): unknown {
  if (!isRecord(value)) return JSON.stringify(value ?? {});
  if (value['stringValue'] !== undefined) return value['stringValue'];
  if (value['doubleValue'] !== undefined) return toDouble(value['doubleValue']);
  if (value['boolValue'] !== undefined) return value['boolValue'];
  const array = value['arrayValue'];
  if (isRecord(array) && Array.isArray(array['values'])) return array['values'].map(toPlainValue);
  const integer = value['intValue'];
  if (integer !== undefined && !Number.isNaN(toNumber(integer))) return toNumber(integer);
  return JSON.stringify(value);
}

function toDouble(value: unknown): unknown {
  return typeof value === 'string' && Number.isFinite(Number(value)) ? Number(value) : value;
}
