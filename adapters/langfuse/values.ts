import type { JsonValue } from '../../src/index.ts';

/** Whether it is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Blank text and `null` in a form that reads back as a value: both wires take them as "no output". */
export function toVisible(value: JsonValue): JsonValue {
  const isBlank = value === null || (typeof value === 'string' && value.trim() === '');
  return isBlank ? { value } : value;
}

/** A text as it is, everything else as JSON. */
export function toText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The first `limit` UTF-16 units of `text`; never half a surrogate pair, which would cost the server's whole batch. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? limit - 1 : limit);
}

// The range of Date.
const latestTimeMs = 8_640_000_000_000_000;

/** `timeMs` itself when it is a moment that a server can read; else throws a RangeError that names `field`. */
export function checkedTime(timeMs: number, field: string): number {
  if (timeMs >= 0 && timeMs <= latestTimeMs) return timeMs;
  throw new RangeError(`${field}: expected milliseconds since the epoch; got ${timeMs}`);
}

/** As a Date, which writes itself as ISO-8601 with milliseconds. */
export function toDate(timeMs: number, field: string): Date {
  return new Date(checkedTime(timeMs, field));
}
