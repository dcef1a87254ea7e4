import { formatCount } from './format-count.ts';

/** Data URLs and base64 from this length on are media: their bytes help nobody in a trace. In UTF-16 units. */
export const mediaLength = 2_048;
/** A run of that length cannot hide between samples taken this far apart. */
const stride = 64;
/** Megabytes of base64 are not read to their end: what is in them is not kept anyway. In UTF-16 units. */
const exactLength = 262_144;
const samplesPerRun = mediaLength / stride - 1;

const encodedPart = new RegExp(`[A-Za-z0-9+/_-]{0,${exactLength}}`, 'y');
const encodedRun = /[A-Za-z0-9+/_-]*={0,2}/y;
const dataUrlHead = /data:(?:[\w.+-]{1,64}\/[\w.+-]{1,64})?(?:;[\w.+=-]{1,64}){0,4};base64,$/;
const longestDataUrlHead = 400;

/** The start of a text with its media replaced by markers. */
export interface FoldedText {
  readonly text: string;
  /** How many units of the source come after what `text` stands for. */
  readonly unread: number;
}

function isEncoded(code: number): boolean {
  const lower = code | 32;
  return (
    (lower >= 97 && lower <= 122) ||
    (code >= 48 && code <= 57) ||
    code === 43 ||
    code === 45 ||
    code === 47 ||
    code === 95
  );
}

/** Base64 of bytes uses most of its alphabet soon; a long word, a hex dump or a repeated letter does not. */
function looksLikeBytes(sample: string): boolean {
  const isMixed = /[a-z]/.test(sample) && /[A-Z]/.test(sample) && /\d/.test(sample);
  return isMixed && new Set(sample).size >= 24;
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** The first long run of base64 characters that starts before `until`. Samples, so it costs little on other text. */
function nextRun(source: string, from: number, until: number): Run | undefined {
  let seen = 0;
  for (let at = from; at < source.length && at - seen * stride < until; at += stride) {
    seen = isEncoded(source.charCodeAt(at)) ? seen + 1 : 0;
    if (seen < samplesPerRun) continue;
    let start = at - (samplesPerRun - 1) * stride;
    while (start > from && isEncoded(source.charCodeAt(start - 1))) start -= 1;
    const end = endOfRun(source, start);
    if (end - start >= mediaLength) return { start, end };
    at = Math.max(at, end);
    seen = 0;
  }
  return undefined;
}

/** Where the run ends. Behind its first part only samples are read, which may take a short gap for a part of it. */
function endOfRun(source: string, start: number): number {
  let end = matchEnd(encodedPart, source, start);
  if (end - start === exactLength) {
    while (end + stride < source.length && isEncoded(source.charCodeAt(end + stride)))
      end += stride;
  }
  return matchEnd(encodedRun, source, end);
}

function matchEnd(pattern: RegExp, source: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(source) ? pattern.lastIndex : start;
}

function toMarker(
  source: string,
  run: Run,
): { readonly start: number; readonly text: string } | undefined {
  const before = source.slice(Math.max(0, run.start - longestDataUrlHead), run.start);
  const head = dataUrlHead.exec(before)?.[0];
  if (head === undefined && !looksLikeBytes(source.slice(run.start, run.start + 1_024))) {
    return undefined;
  }
  const start = run.start - (head?.length ?? 0);
  const kind = head === undefined ? 'base64' : head.slice(0, -1);
  return { start, text: `[${kind}, ${formatCount(run.end - run.start)} chars]` };
}

/** Replaces media by markers such as `[data:image/png;base64, 120,000 chars]`, until `wanted` units are there. */
export function foldMedia(source: string, wanted: number): FoldedText {
  let text = '';
  let read = 0;
  let from = 0;
  while (text.length < wanted && source.length - from >= mediaLength) {
    const run = nextRun(source, from, read + wanted - text.length);
    if (run === undefined) break;
    const marker = toMarker(source, run);
    if (marker !== undefined && marker.start >= read) {
      text += source.slice(read, marker.start) + marker.text;
      read = run.end;
    }
    from = run.end;
  }
  const end = Math.min(source.length, read + Math.max(0, wanted - text.length));
  return {
    text: read === 0 && end === source.length ? source : text + source.slice(read, end),
    unread: source.length - end,
  };
}
