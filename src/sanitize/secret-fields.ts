import { readMember } from './host-values.ts';
import type { KeyReader } from './key-reader.ts';

/** Whether a secret is there says nothing about it: null, undefined and booleans stay. */
export function isSecretValue(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'boolean';
}

/** Model output lists its tokens as `{ token: 'Hel', logprob: -0.3 }`: that token is text. */
export function isSecretField(object: object, key: string, value: unknown): boolean {
  if (key !== 'token') return true;
  const isScored = 'logprob' in object;
  return !(isScored || (typeof value === 'object' && value !== null && 'logprob' in value));
}

/** Header and variable lists: `{ name: 'authorization', value: … }`. */
export function namesSecret(keys: KeyReader, object: object, key: string): boolean {
  if (key !== 'value') return false;
  return ['name', 'key'].some((sibling) => {
    const name = Object.hasOwn(object, sibling) ? readMember(object, sibling, 'name') : undefined;
    return typeof name === 'string' && keys.read(name).isSecret;
  });
}
