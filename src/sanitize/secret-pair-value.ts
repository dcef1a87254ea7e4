import { redactedMarker } from './secret-values.ts';
import type { WrittenKey } from './written-key.ts';

/** The part of a text to replace. */
export interface SecretValue {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** These tell that there is no secret, as in objects, or are a type in code and not a value. */
const harmless =
  /^(?:null|none|nil|undefined|true|false|string|str|number|boolean|bool|unknown|any)$/i;
const authorizationScheme = /^(?:bearer|basic|token|apikey|negotiate|ntlm|bot)$/i;
const authorizationWithParameters = /^(?:digest|oauth|hawk|signature|mutual|scram-|aws4-)/i;

// A backslash ends an unquoted value only where it starts an escape of the JSON text around it.
const word = /[^\s"'`<>\\]+(?:\\(?![nrtu"'\\])[^\s"'`<>\\]*)*/y;
const field = /[^\s"'`&;<>\\]+(?:\\(?![nrtu"'\\])[^\s"'`&;<>\\]*)*/y;
// Cookie values may be quoted: `a="b"`. Any other quote ends a line that stands in a quoted text.
const line = /(?:[^="\r\n\\]+|="[^"\r\n]*"|=|\\(?![nr"]))+/y;
// `password: string = "…"`: the value stands behind the type.
const typeAnnotation = /(?:string|str|any|unknown)[ \t]*=[ \t]*/y;
const blanks = /[ \t]*/y;
const moreSeparator = /[=>]*[ \t]*/y;
const openingQuote = /(?:[A-Za-z]{1,2}(?=["']))?(\\*)("""|'''|["'`])/y;

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

function endOf(pattern: RegExp, text: string, index: number): number {
  return index + (matchAt(pattern, text, index)?.[0].length ?? 0);
}

const truncation = String.raw`\[truncated(?: [\d,]+ \u2192 [\d,]+ chars\])?`;
const redactedOrCut = new RegExp(String.raw`^(?:\[redacted\](?:${truncation})?|${truncation})$`);
const cutHere = new RegExp(truncation, 'y');

function isRedacted(value: string): boolean {
  return value.length < 80 && redactedOrCut.test(value);
}

/** Punctuation after an unquoted value belongs to the text around it. */
function withoutPunctuation(value: string): string {
  if (value.startsWith(redactedMarker)) {
    return redactedMarker + withoutPunctuation(value.slice(redactedMarker.length));
  }
  let end = value.length;
  while (end > 0 && ',;)]}'.includes(value.charAt(end - 1))) end -= 1;
  return value.slice(0, end);
}

/** How a string starts: its quote, and how many backslashes stand before that. */
interface Opening {
  readonly quote: string;
  readonly level: number;
}

function backslashesBefore(text: string, index: number): number {
  let count = 0;
  while (text.charCodeAt(index - 1 - count) === 92) count += 1;
  return count;
}

/**
 * Where the content of a JSON string ends that was opened with `level` backslashes before its quote; -1 if nowhere.
 * Text nested n times in JSON has 2^n - 1 of them; inside, quotes have more, by a multiple of twice that plus two.
 */
function contentEnd(text: string, start: number, opening: Opening): number {
  const { quote, level } = opening;
  for (let at = text.indexOf(quote, start); at !== -1; at = text.indexOf(quote, at + 1)) {
    const count = Math.min(backslashesBefore(text, at), at - start);
    // Fewer backslashes than at the opening: here the text around the string ends.
    if (count < level) return at - count;
    if (count % (2 * (level + 1)) === level) return at - level;
  }
  return -1;
}

function quotedValue(text: string, start: number, opening: Opening): SecretValue | undefined {
  const close = contentEnd(text, start, opening);
  // A text that was cut inside the value has no closing quote: then all of it is the secret.
  let end = close === -1 ? text.length : close;
  // An apostrophe may pose as a quote, so its value ends with the line.
  const lineEnd = opening.quote === "'" ? text.slice(start, end).search(/[\r\n]/) : -1;
  if (lineEnd !== -1) end = start + lineEnd;
  const value = text.slice(start, end);
  if (value === '' || isRedacted(value)) return undefined;
  return { start, end, replacement: redactedMarker };
}

function bracketedEnd(text: string, start: number): number {
  const marks = /["{}[\]]/g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '"') {
      const level = backslashesBefore(text, mark.index);
      const end = contentEnd(text, mark.index + 1, { quote: '"', level });
      if (end === -1) return text.length;
      marks.lastIndex = text.indexOf('"', end) + 1;
    } else {
      depth += mark[0] === '{' || mark[0] === '[' ? 1 : -1;
      if (depth === 0) return marks.lastIndex;
    }
  }
  return text.length;
}

function lineValue(text: string, start: number, key: WrittenKey): SecretValue | undefined {
  let end = endOf(line, text, start);
  if (key.opener !== '') {
    const close = contentEnd(text, start, {
      quote: key.opener.slice(-1),
      level: key.opener.length - 1,
    });
    if (close !== -1) end = close;
  }
  if (end <= start || isRedacted(text.slice(start, end).trim())) return undefined;
  return { start, end, replacement: redactedMarker };
}

function elementValue(text: string, key: WrittenKey): SecretValue | undefined {
  const start = key.valueStart;
  const end = text.indexOf('<', start);
  if (end <= start || !text.startsWith(`</${key.name}`, end)) return undefined;
  return isRedacted(text.slice(start, end))
    ? undefined
    : { start, end, replacement: redactedMarker };
}

function wordValue(text: string, start: number, key: WrittenKey): SecretValue | undefined {
  const pattern = key.separator === '=' ? field : word;
  const first = withoutPunctuation(matchAt(pattern, text, start)?.[0] ?? '');
  if (first === '' || harmless.test(first)) return undefined;
  if (authorizationWithParameters.test(first)) return lineValue(text, start, key);
  if (authorizationScheme.test(first)) {
    const next = endOf(blanks, text, start + first.length);
    const isNext = next > start + first.length;
    const credentials = isNext ? withoutPunctuation(matchAt(pattern, text, next)?.[0] ?? '') : '';
    if (isRedacted(credentials)) return undefined;
    if (credentials !== '') {
      return { start: next, end: next + credentials.length, replacement: redactedMarker };
    }
  }
  const end = start + first.length;
  return isRedacted(first) ? undefined : { start, end, replacement: redactedMarker };
}

function unquotedValue(text: string, start: number, key: WrittenKey): SecretValue | undefined {
  const isMarker = text.startsWith(redactedMarker, start) || endOf(cutHere, text, start) > start;
  if (!isMarker && /[{[]/.test(text.charAt(start))) {
    return { start, end: bracketedEnd(text, start), replacement: redactedMarker };
  }
  if (/cookie/i.test(key.name) && key.separator === ':') return lineValue(text, start, key);
  return wordValue(text, start, key);
}

/** Finds the secret after a key, or undefined when there is none, or only what is redacted already. */
export function readSecretValue(text: string, key: WrittenKey): SecretValue | undefined {
  if (key.separator === 'element') return elementValue(text, key);
  if (text.charAt(key.valueStart) === ':') return undefined;
  const afterSeparator = endOf(moreSeparator, text, endOf(blanks, text, key.valueStart));
  const start = endOf(typeAnnotation, text, afterSeparator);
  const opening = matchAt(openingQuote, text, start);
  if (opening !== null) {
    const [all, backslashes = '', quote = '"'] = opening;
    return quotedValue(text, start + all.length, { quote, level: backslashes.length });
  }
  const value = unquotedValue(text, start, key);
  if (value === undefined || key.quote === '') return value;
  return { ...value, replacement: `${key.quote}${redactedMarker}${key.quote}` };
}
