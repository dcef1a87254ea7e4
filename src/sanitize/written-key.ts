/** A key written in text, and how it is quoted there. */
export interface WrittenKey {
  readonly name: string;
  /** The quote around the key, with the backslashes that nesting in other JSON text puts before it; '' without. */
  readonly quote: string;
  /** The quote just before an unquoted key, as in `-H "Cookie: …"`; '' without. */
  readonly opener: string;
  /** Where the value, or the blanks before it, start. */
  readonly valueStart: number;
  readonly separator: '=' | ':' | 'blank' | 'element';
}

const keyLengthLimit = 64;

/** Finds the places of a text where a key may end: `:`, `=`, a `--flag` before its value, an `<element>`. */
export const keySeparators: RegExp =
  /[:=]|--[A-Za-z][\w-]{1,63}[ \t]{1,8}(?=[^\s-])|<[A-Za-z][\w.-]{1,63}>/g;

/** What every match of the above starts with, as a pattern that costs little to search for. */
export const separatorHint = '[:=<]|--';

function isKeyCharacter(code: number): boolean {
  const lower = code | 32;
  return (
    (lower >= 97 && lower <= 122) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46 ||
    code === 36 ||
    code === 91 ||
    code === 93 ||
    code >= 128
  );
}

const backslash = 92;

/** A double or single quote, or a backtick. */
function isQuote(code: number): boolean {
  return code === 34 || code === 39 || code === 96;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** The quote that ends just before `end`, with its backslashes; '' when none does. */
function quoteBefore(text: string, end: number): string {
  if (!isQuote(text.charCodeAt(end - 1))) return '';
  let start = end - 1;
  while (start > 0 && end - start < 32 && text.charCodeAt(start - 1) === backslash) start -= 1;
  return text.slice(start, end);
}

function runStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < keyLengthLimit && isKeyCharacter(text.charCodeAt(start - 1))) {
    start -= 1;
  }
  return start;
}

function plainKey(text: string, end: number): Pick<WrittenKey, 'name' | 'opener'> | undefined {
  let start = runStart(text, end);
  // In JSON text a line break before the key is `\n`, whose letter is no part of it.
  if (text.charCodeAt(start - 1) === backslash && /[nrt]/.test(text.charAt(start))) start += 1;
  if (start >= end) return undefined;
  const name = text.slice(start, end);
  const isSecondWord = /^keys?$/i.test(name) && text.charAt(start - 1) === ' ';
  const from = isSecondWord ? runStart(text, start - 1) : start;
  return { name: text.slice(from, end), opener: quoteBefore(text, from) };
}

function keyBefore(text: string, index: number, separator: '=' | ':'): WrittenKey | undefined {
  let end = index;
  while (end > 0 && index - end < 8 && isBlank(text.charCodeAt(end - 1))) end -= 1;
  const quote = quoteBefore(text, end);
  const valueStart = index + 1;
  if (quote === '') {
    const plain = plainKey(text, end);
    return plain && { ...plain, quote, valueStart, separator };
  }
  const nameEnd = end - quote.length;
  const window = text.slice(Math.max(0, nameEnd - keyLengthLimit), nameEnd);
  const name = window.slice(window.lastIndexOf(quote.charAt(quote.length - 1)) + 1);
  return { name, quote, opener: '', valueStart, separator };
}

/** The key at a match of {@link keySeparators}, if there is one. */
export function readWrittenKey(text: string, match: RegExpExecArray): WrittenKey | undefined {
  const found = match[0];
  if (found === '=' || found === ':') return keyBefore(text, match.index, found);
  const valueStart = match.index + found.length;
  if (found.startsWith('<')) {
    return { name: found.slice(1, -1), quote: '', opener: '', valueStart, separator: 'element' };
  }
  return { name: found.trim(), quote: '', opener: '', valueStart, separator: 'blank' };
}
