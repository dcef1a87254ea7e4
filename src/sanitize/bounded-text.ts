import { formatCount } from './format-count.ts';
import { foldMedia, mediaLength } from './media-text.ts';
import { redactedMarker } from './secret-values.ts';

/** Read past the limit, so that a secret across the cut is recognised as one. In UTF-16 units. */
const margin = 4_096;
/** The end of what was read of a longer text: here a secret may have begun without being recognisable yet. */
const doubtfulEnd = 512;
const markerRoom = 64;
const chars = (kept: string): string => String.raw`\[truncated [\d,]+ \u2192 [\d,]+ ${kept}\]$`;
const truncatedText = new RegExp(chars('chars'));
const truncatedList = new RegExp(`^${chars('items')}`);

function truncationMarker(total: number, kept: number): string {
  return `[truncated ${formatCount(total)} → ${formatCount(kept)} chars]`;
}

/** The last element of an array that was cut. */
export function listTruncationMarker(total: number, kept: number): string {
  return `[truncated ${formatCount(total)} → ${formatCount(kept)} items]`;
}

/** True for the last element of an array that was cut before. */
export function isListTruncationMarker(value: unknown): boolean {
  return typeof value === 'string' && value.length <= markerRoom && truncatedList.test(value);
}

/**
 * Well-formed UTF-16: every lone surrogate becomes U+FFFD.
 * One of them makes a Langfuse server lose the whole batch it came in.
 */
export function toWellFormed(text: string): string {
  return (text as string & { toWellFormed: () => string }).toWellFormed();
}

/** A copy that shares no memory with the text it was cut from; well-formed as well. */
function detach(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** The first `length` units of well-formed text, splitting neither a character nor a redaction marker. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const marker = text.lastIndexOf(redactedMarker, length - 1);
  if (marker !== -1 && marker < length && marker + redactedMarker.length > length) {
    return text.slice(0, marker + redactedMarker.length);
  }
  const last = text.charCodeAt(length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? length - 1 : length);
}

/** A limit in UTF-16 units, and what redacts and makes well-formed. */
export interface TextBounds {
  readonly limit: number;
  readonly clean: (text: string) => string;
}

/** Text that has been cleaned, and how much of the source was never read. */
interface CleanHead {
  readonly text: string;
  readonly unread: number;
}

function cleanHead(source: string, { limit, clean }: TextBounds): CleanHead {
  if (source.length < mediaLength && source.length <= limit)
    return { text: clean(source), unread: 0 };
  const folded = foldMedia(source, limit + margin);
  return { text: clean(folded.text), unread: folded.unread };
}

/** How much of a cleaned head may be shown: of what was read, the end may hold the start of a secret. */
function showable(head: CleanHead): number {
  const isComplete = head.unread === 0 || head.text.endsWith(redactedMarker);
  return isComplete ? head.text.length : Math.max(0, head.text.length - doubtfulEnd);
}

/**
 * Redacted, well-formed, at most `limit` long; a longer text keeps its head and then says `[truncated 9,000 → 500 chars]`.
 * Reads no more than the limit and a margin, however long the text is.
 */
export function boundText(source: string, { limit, clean }: TextBounds): string {
  const isMarked =
    source.length > limit &&
    source.length <= limit + markerRoom + redactedMarker.length &&
    truncatedText.test(source.slice(-markerRoom));
  const head = cleanHead(source, { limit: isMarked ? source.length : limit, clean });
  const isWhole = head.unread === 0 && (isMarked || head.text.length <= limit);
  if (isWhole) return head.text;
  const kept = cut(head.text, Math.min(limit, showable(head)));
  return detach(kept + truncationMarker(source.length, kept.length));
}

/** As {@link boundText}, but the marker counts too: never longer than `limit`. For names, ids, tags, messages. */
export function boundLabel(source: string, bounds: TextBounds): string {
  const { limit } = bounds;
  const head = cleanHead(source, bounds);
  if (head.unread === 0 && head.text.length <= limit) return head.text;
  const room = limit - truncationMarker(source.length, limit).length;
  const available = Math.min(Math.max(room, 0), showable(head));
  const kept = cut(head.text, available);
  const marked = kept + truncationMarker(source.length, kept.length);
  return detach(marked.length <= limit ? marked : cut(head.text, limit).slice(0, limit));
}
