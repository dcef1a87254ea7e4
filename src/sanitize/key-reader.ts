import { boundText } from './bounded-text.ts';
import type { Redactor } from './redaction.ts';
import { rememberByKey } from './remember-by-key.ts';

/** How a key is written in a snapshot, and whether its value is a secret. */
export interface KeyFacts {
  readonly name: string;
  readonly isSecret: boolean;
}

/** Looks at a key of a host object. */
export type KeyReader = (key: string) => KeyFacts;

/** In UTF-16 units. */
const keyLength = 512;

/** Keys are text as well: redacted, well-formed, bounded to 512. */
export function createKeyReader(redactor: Redactor): KeyReader {
  return rememberByKey((key) => {
    const name = boundText(key, { limit: keyLength, redact: redactor.text });
    const isSecret = redactor.isSecretKey(key) || (name !== key && redactor.isSecretKey(name));
    return { name, isSecret };
  });
}
