/** A parsed JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for an object that is neither null nor an array. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list itself, or an empty one for everything else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text as it is, everything else as JSON: how Langfuse stores inputs, outputs and metadata values. */
export function toStoredText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** `Number(value)`, but NaN for an object or a list (which could throw). */
export function toNumber(value: unknown): number {
  return typeof value === 'object' && value !== null ? Number.NaN : Number(value);
}

/**
 * What a v1 read makes of stored text: parsed where it is JSON, the text itself otherwise. Numbers that JavaScript
 * cannot hold exactly stay text.
 */
export function parseStoredText(text: string): unknown {
  try {
    return JSON.parse(quoteUnsafeNumbers(text)) as unknown;
  } catch {
    return text;
  }
}

/** True when the text, or any text inside the value, keys included, holds half of a UTF-16 pair. */
export function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return loneSurrogate.test(value);
  if (Array.isArray(value)) return value.some(hasLoneSurrogate);
  if (!isRecord(value)) return false;
  return Object.entries(value).some(
    ([key, item]) => loneSurrogate.test(key) || hasLoneSurrogate(item),
  );
}

const loneSurrogate = /\p{Surrogate}/u;

const textOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

function quoteUnsafeNumbers(text: string): string {
  if (!/\d[\d.]{15,}|\d[eE]/.test(text)) return text;
  return text.replace(textOrNumber, (token) =>
    token.startsWith('"') || isExact(token) ? token : JSON.stringify(token),
  );
}

function isExact(token: string): boolean {
  const number = Number(token);
  if (!Number.isFinite(number)) return false;
  if (Number.isInteger(number) && !/[.eE]/.test(token)) return Number.isSafeInteger(number);
  return significantDigits(token) === significantDigits(String(number));
}

function significantDigits(token: string): string {
  return token
    .replace(/[eE].*$/, '')
    .replace(/^-?[0.]*/, '')
    .replace('.', '')
    .replace(/(?<!0)0+$/, '');
}

/** Milliseconds since the epoch as ISO 8601. */
export function toIso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
