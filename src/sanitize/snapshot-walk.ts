import { boundText, toWellFormed } from './bounded-text.ts';
import type { KeyReader } from './key-reader.ts';
import type { Redactor } from './redaction.ts';

/** Bounds of one snapshot, all whole numbers. */
export interface SanitizeLimits {
  /** Levels of objects within objects; 32 by default, 256 at most. */
  readonly maxDepth: number;
  /** Entries of one object, array, map or set; 1,000 by default. */
  readonly maxEntries: number;
  /** Length of one string in UTF-16 units; 262,144 by default. */
  readonly maxStringLength: number;
  /** The whole snapshot as JSON in UTF-8 bytes, approximately: escapes are not counted. 1,000,000 by default. */
  readonly maxTotalSize: number;
}

/** What a snapshot is taken with; made once, used for every value. */
export interface SnapshotRules {
  readonly limits: SanitizeLimits;
  readonly redactor: Redactor;
  readonly keys: KeyReader;
}

/** One snapshot being taken. */
export interface Walk extends SnapshotRules {
  remaining: number;
  depth: number;
  readonly ancestors: object[];
}

/** Null, and what JSON has no better word for in an array. */
export function visitNull(walk: Walk): null {
  walk.remaining -= 4;
  return null;
}

/** Numbers as JSON has them; NaN and the infinities by name. */
export function visitNumber(walk: Walk, value: number): number | string {
  if (!Number.isFinite(value)) return visitText(walk, String(value));
  walk.remaining -= Number.isInteger(value) && Math.abs(value) < 1e8 ? 6 : 20;
  // JSON has no negative zero.
  return value === 0 ? 0 : value;
}

const shortText = 64;
const unfoldedText = 2_048;

/** Text, redacted, well-formed and within what is left of the snapshot. */
export function visitText(walk: Walk, text: string): string {
  const { maxStringLength } = walk.limits;
  const isSmall =
    text.length < unfoldedText &&
    text.length <= maxStringLength &&
    text.length * 3 <= walk.remaining;
  const small = isSmall ? toWellFormed(walk.redactor.text(text)) : undefined;
  const copy =
    small !== undefined && small.length <= maxStringLength
      ? small
      : boundText(text, {
          limit: Math.min(maxStringLength, affordableLength(walk, text)),
          redact: walk.redactor.text,
        });
  walk.remaining -= 2 + (copy.length < shortText ? copy.length : Buffer.byteLength(copy));
  return copy;
}

/** The part of the text that still fits, were it all like its head. */
function affordableLength(walk: Walk, text: string): number {
  const head = text.slice(0, Math.max(0, walk.remaining));
  if (head.length * 3 <= walk.remaining) return head.length;
  const bytesPerUnit = Buffer.byteLength(head) / Math.max(1, head.length);
  return Math.floor(Math.max(0, walk.remaining) / Math.max(1, bytesPerUnit));
}

/** Our own words, which are short and hold no secret: never cut, as they say that something else was. */
export function visitMarker(walk: Walk, marker: string): string {
  walk.remaining -= marker.length + 2;
  return marker;
}
