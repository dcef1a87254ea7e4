import { describe, expect, it } from 'vitest';

import { parsedJson } from '../../src/index.ts';

describe('a value that may be JSON', () => {
  it.each([
    ['an object', '{"city":"Oslo"}', { city: 'Oslo' }],
    ['a list, after white space', ' \n[1,2]', [1, 2]],
  ])('is what it says: %s', (_what, text, value) => {
    expect(parsedJson(text)).toEqual(value);
  });

  it.each([
    ['a number', '42'],
    ['a quoted text', '"Oslo"'],
    ['a text that only begins like JSON', '[draft] Oslo'],
    ['no text', { city: 'Oslo' }],
    ['nothing', undefined],
    ['more than a million characters', `["${'x'.repeat(1_000_000)}"]`],
  ])('is left as it is: %s', (_what, value) => {
    expect(parsedJson(value)).toBe(value);
  });
});
