import { boundText } from './bounded-text.ts';
import type { KeyReader } from './key-reader.ts';
import { type CleanText, longestRemembered } from './remember-clean.ts';

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
  /** Gives a text well-formed and without its secrets. */
  readonly clean: (text: string) => string;
  /** The same for a text that may come again. */
  readonly cleanAgain: (text: string) => CleanText;
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

/** A shorter text is searched as fast as it is recognised, and about as long in UTF-8. In UTF-16 units. */
const shortText = 64;

/** Text, redacted, well-formed and within what is left of the snapshot. */
export function visitText(walk: Walk, text: string): string {
  const { maxStringLength } = walk.limits;
  const fits = text.length <= maxStringLength && text.length * 3 <= walk.remaining;
  if (fits && text.length < shortText) {
    const copy = walk.clean(text);
    if (copy.length <= maxStringLength) return weighed(walk, copy, copy.length);
  } else if (fits && text.length < longestRemembered) {
    const copy = walk.cleanAgain(text);
    if (copy.text.length <= maxStringLength) return weighed(walk, copy.text, copy.bytes);
  }
  const limit = Math.min(maxStringLength, affordableLength(walk, text));
  const copy = boundText(text, { limit, clean: walk.clean });
  return weighed(walk, copy, Buffer.byteLength(copy));
}

function weighed(walk: Walk, copy: string, bytes: number): string {
  walk.remaining -= 2 + bytes;
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
