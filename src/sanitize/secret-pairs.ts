import type { SecretKeyTest } from './secret-keys.ts';
import { readSecretValue } from './secret-pair-value.ts';
import { keySeparators, readWrittenKey } from './written-key.ts';

/** Model output comes as `{"token": "Hel", "logprob": -0.3}`: that token is text. */
function isModelToken(text: string, name: string, valueEnd: number): boolean {
  return name === 'token' && text.slice(valueEnd, valueEnd + 24).includes('logprob');
}

/**
 * Redacts what stands after a secret's key in text: JSON (also nested as text in JSON), headers, query and form
 * fields, `.env` and YAML lines, `--flag value`, `<element>value</element>`. Linear in the text's length.
 */
export function redactSecretPairs(text: string, isSecretKey: SecretKeyTest): string {
  const separators = new RegExp(keySeparators);
  const parts: string[] = [];
  let copied = 0;
  for (let match = separators.exec(text); match !== null; match = separators.exec(text)) {
    const key = readWrittenKey(text, match);
    if (key === undefined || !isSecretKey(key.name)) continue;
    const value = readSecretValue(text, key);
    if (value === undefined || isModelToken(text, key.name, value.end)) continue;
    parts.push(text.slice(copied, value.start), value.replacement);
    copied = value.end;
    separators.lastIndex = value.end;
  }
  return copied === 0 ? text : parts.join('') + text.slice(copied);
}
