import { boundText } from './bounded-text.ts';
import type { Redactor } from './redaction.ts';
import { longestKey, rememberByKey } from './remember-by-key.ts';

/** How a key is written in a snapshot, and whether its value is a secret. */
export interface KeyFacts {
  readonly name: string;
  readonly isSecret: boolean;
}

/** Looks at keys of host objects. */
export interface KeyReader {
  readonly read: (key: string) => KeyFacts;
  /** Whether each of the keys of an object is written as it is and needs no look at its value, nor at what it inherits. */
  readonly areOrdinary: (keys: readonly string[]) => boolean;
}

/** In UTF-16 units. */
const keyLength = 512;

/** Keys are text as well: redacted, well-formed, bounded to 512. */
export function createKeyReader(redactor: Redactor): KeyReader {
  const read = rememberByKey((key: string): KeyFacts => {
    const name = boundText(key, { limit: keyLength, clean: redactor.text });
    const isSecret = redactor.isSecretKey(key) || (name !== key && redactor.isSecretKey(name));
    return { name, isSecret };
  });
  const isOrdinary = (key: string): boolean => {
    const { name, isSecret } = read(key);
    return name === key && !isSecret && key !== 'value' && !(key in Object.prototype);
  };
  return { read, areOrdinary: rememberLists((keys) => keys.every(isOrdinary)) };
}

const longestList = 31;

/** Remembers lists for which `test` was true: rows and messages come with the same keys again. */
function rememberLists(test: (keys: readonly string[]) => boolean): KeyReader['areOrdinary'] {
  const lists: (readonly string[])[] = [];
  return (keys) => {
    if (keys.length > longestList) return test(keys);
    const slot = slotOf(keys);
    if (isSameList(keys, lists[slot])) return true;
    const isTrue = test(keys);
    if (isTrue && keys.every(({ length }) => length <= longestKey)) lists[slot] = keys;
    return isTrue;
  };
}

/** Where the list is remembered: what is looked at costs next to nothing, and tells the usual short lists apart. */
function slotOf(keys: readonly string[]): number {
  const first = keys[0]?.length ?? 0;
  const last = keys.at(-1)?.length ?? 0;
  return keys.length * 64 + (first % 8) * 8 + (last % 8);
}

function isSameList(keys: readonly string[], known: readonly string[] | undefined): boolean {
  if (known?.length !== keys.length) return false;
  for (let index = 0; index < keys.length; index += 1)
    if (keys[index] !== known[index]) return false;
  return true;
}
