import { toWellFormed } from './bounded-text.ts';
import { rememberByKey } from './remember-by-key.ts';
import { createSecretKeyTest, isCommonSecretKey, longestWord } from './secret-keys.ts';
import type { SecretKeyTest } from './secret-keys.ts';
import { redactSecretPairs } from './secret-pairs.ts';
import { countSeparators, separatorHint } from './written-key.ts';
import { redactedMarker, redactSecretShapes, secretShapeHint } from './secret-values.ts';

/** What to redact: names of keys, and shapes of values. `replace` drops the built-in list. */
export interface RedactionOptions {
  readonly keys?:
    | readonly (string | RegExp)[]
    | { readonly replace: readonly (string | RegExp)[] }
    | undefined;
  readonly values?: readonly RegExp[] | { readonly replace: readonly RegExp[] } | undefined;
}

/** Finds secrets by the name of their key and by their own shape. Pure; never throws on the built-in lists. */
export interface Redactor {
  readonly isSecretKey: SecretKeyTest;
  /** The same text, well-formed, with each secret in it replaced by `[redacted]`. */
  readonly text: (text: string) => string;
}

/** Finds nothing: for hosts that switch redaction off. */
export const noRedaction: Redactor = { isSecretKey: () => false, text: toWellFormed };

// One of: pass pwd otp, key token cookie, cred secret, auth, bearer, csrf xsrf verifier, jwt. Each is found by a letter
// that is rare in texts, with a look around from there: a third of the time of a search for the words themselves.
const commonKeyHint =
  'p(?:ass|wd|(?<=otp))|k(?:ey|(?<=tok)en|(?<=cook)ie)|c(?:red|(?<=sec)ret)|u(?<=au)th|bearer|f(?:(?<=[cx]srf)|(?<=verif)ier)|jwt';

interface Choice<T> {
  readonly items: readonly T[];
  readonly base: 'common' | 'none';
}

function toChoice<T>(
  option: readonly T[] | { readonly replace: readonly T[] } | undefined,
): Choice<T> {
  if (option === undefined) return { items: [], base: 'common' };
  if ('replace' in option) return { items: option.replace, base: 'none' };
  return { items: option, base: 'common' };
}

function toKeyHint(keys: Choice<string | RegExp>): RegExp | undefined {
  const words: string[] = keys.base === 'common' ? [commonKeyHint] : [];
  for (const key of keys.items) {
    // What a pattern matches cannot be searched for beforehand: then every key in the text is looked at.
    const word = typeof key === 'string' ? longestWord(key) : '';
    if (word === '') return undefined;
    words.push(word);
  }
  return new RegExp(words.length === 0 ? '(?!)' : words.join('|'), 'iu');
}

function toOwnShapes(values: readonly RegExp[]): (text: string) => string {
  const patterns = values.map(
    ({ source, flags }) => new RegExp(source, `${flags.replaceAll(/[gy]/g, '')}g`),
  );
  return (text) =>
    patterns.reduce(
      (clean, pattern) => clean.replace(pattern, (match) => (match === '' ? '' : redactedMarker)),
      text,
    );
}

/** Up to so many keys are looked at one by one, which is cheaper than a search for the words of all of them. */
const fewSeparators = 12;

function mayHoldPairs(text: string, keyHint: RegExp | undefined): boolean {
  const count = countSeparators(text, fewSeparators);
  if (count === 0) return false;
  return count < fewSeparators || keyHint === undefined || keyHint.test(text);
}

/** What nothing of this is in needs no other look, and most texts are such; undefined when each must be looked at. */
function toFirstLook(values: Choice<RegExp>): RegExp | undefined {
  if (values.items.length > 0) return undefined;
  const surrogates = String.raw`[\ud800-\udfff]`;
  const shapes = values.base === 'common' ? [secretShapeHint] : [];
  return new RegExp([separatorHint, surrogates, ...shapes].join('|'));
}

/** Patterns of the host are run as they are: they have to be linear themselves. */
export function createRedactor(options: RedactionOptions = {}): Redactor {
  const keys = toChoice(options.keys);
  const values = toChoice(options.values);
  const base = keys.base === 'common' ? isCommonSecretKey : () => false;
  const isSecretKey = rememberByKey(createSecretKeyTest(keys.items, base));
  const keyHint = toKeyHint(keys);
  const ownShapes = toOwnShapes(values.items);
  const firstLook = toFirstLook(values);
  return {
    isSecretKey,
    text: (text) => {
      if (firstLook !== undefined && !firstLook.test(text)) return text;
      let clean = values.base === 'common' ? redactSecretShapes(text) : text;
      if (values.items.length > 0) clean = ownShapes(clean);
      if (mayHoldPairs(clean, keyHint)) clean = redactSecretPairs(clean, isSecretKey);
      return toWellFormed(clean);
    },
  };
}
