import { describe, expect, it } from 'vitest';

import { readFirstText, readKeys } from '../../src/index.ts';

describe('a value that somebody else made', () => {
  it('gives the first of its fields that is a text with something in it', () => {
    const value = { first: ' ', second: 7, third: 'here', fourth: 'too late' };

    expect(readFirstText(value, ['first', 'second', 'third', 'fourth'])).toBe('here');
    expect(readFirstText(value, ['first', 'fifth'])).toBeUndefined();
    expect(readFirstText('no object', ['first'])).toBeUndefined();
  });

  it('gives the names of its own fields, and none when it has none or refuses', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();

    expect(readKeys({ city: 'Oslo', [Symbol('hidden')]: 1 })).toEqual(['city']);
    expect([undefined, null, 'text', proxy].map(readKeys)).toEqual([[], [], [], []]);
  });
});
