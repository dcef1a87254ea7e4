import { formatCount } from './format-count.ts';
import type { JsonValue } from '../json.ts';

/** An object under construction. */
export type JsonRecord = Record<string, JsonValue>;

const markerKey = '[truncated]';

/**
 * Adds an entry; a name that is taken gets a number, as when two keys were redacted.
 * Never runs a setter and never changes a prototype, whatever the name.
 */
export function putEntry(record: JsonRecord, name: string, value: JsonValue): void {
  if (!(name in record)) {
    record[name] = value;
    return;
  }
  const free = Object.hasOwn(record, name) ? freeName(record, name) : name;
  Object.defineProperty(record, free, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

function freeName(record: JsonRecord, name: string): string {
  // Entries only ever grow in number, so starting near it keeps many equal names cheap.
  let number = 2;
  while (Object.hasOwn(record, `${name} (${number})`)) number *= 2;
  for (let step = number / 4; step >= 1; step /= 2) {
    if (!Object.hasOwn(record, `${name} (${number - step})`)) number -= step;
  }
  return `${name} (${number})`;
}

/** Says in the object itself that entries are missing; returns its length as JSON. */
export function putRecordMarker(
  record: JsonRecord,
  { total, kept }: { readonly total: number | undefined; readonly kept: number },
): number {
  const known = total === undefined ? `more than ${formatCount(kept)}` : formatCount(total);
  const text = `${known} → ${formatCount(kept)} keys`;
  putEntry(record, markerKey, text);
  return markerKey.length + text.length + 6;
}

/** True for the keys of an object that was cut to `limit` before. */
export function hasRecordMarker(keys: readonly string[], limit: number): boolean {
  return keys.length === limit + 1 && keys.at(-1) === markerKey;
}
