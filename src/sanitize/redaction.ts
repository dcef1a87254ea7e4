import { toWellFormed } from './bounded-text.ts';
import { commonKeyWords, createKeyHint } from './key-hint.ts';
import { rememberByKey } from './remember-by-key.ts';
import { createSecretKeyTest, isCommonSecretKey, longestWord } from './secret-keys.ts';
import type { SecretKeyTest } from './secret-keys.ts';
import { redactSecretPairs } from './secret-pairs.ts';
import { separatorHint } from './written-key.ts';
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

function toKeyHint(keys: Choice<string | RegExp>): (text: string) => boolean {
  const words = keys.base === 'common' ? [...commonKeyWords] : [];
  for (const key of keys.items) {
    // What a pattern matches cannot be searched for beforehand: then every key in the text is looked at.
    const word = typeof key === 'string' ? longestWord(key) : '';
    if (word === '') return () => true;
    words.push(word);
  }
  return createKeyHint(words);
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

const surrogate = /[\ud800-\udfff]/;

/** What nothing of this is in needs no other look, and most texts are such; undefined when each must be looked at. */
function toFirstLook(values: Choice<RegExp>): RegExp | undefined {
  if (values.items.length > 0) return undefined;
  const shapes = values.base === 'common' ? [secretShapeHint] : [];
  return new RegExp([separatorHint, surrogate.source, ...shapes].join('|'));
}

/** Patterns of the host are run as they are: they have to be linear themselves. */
export function createRedactor(options: RedactionOptions = {}): Redactor {
  const keys = toChoice(options.keys);
  const values = toChoice(options.values);
  const base = keys.base === 'common' ? isCommonSecretKey : () => false;
  const isSecretKey = rememberByKey(createSecretKeyTest(keys.items, base));
  const mayHoldKeys = toKeyHint(keys);
  const ownShapes = toOwnShapes(values.items);
  const firstLook = toFirstLook(values);
  return {
    isSecretKey,
    text: (text) => {
      if (firstLook !== undefined && !firstLook.test(text)) return text;
      let clean = values.base === 'common' ? redactSecretShapes(text) : text;
      if (values.items.length > 0) clean = ownShapes(clean);
      if (mayHoldKeys(clean)) clean = redactSecretPairs(clean, isSecretKey);
      return surrogate.test(clean) ? toWellFormed(clean) : clean;
    },
  };
}
