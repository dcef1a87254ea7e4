import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { createSanitizer } from '../../src/sanitize.ts';

describe('options', () => {
  it('adds keys: strings as whole keys in any spelling, patterns as they are', () => {
    const { snapshot } = createSanitizer({ keys: ['customerPin', /^x-internal-/] });

    const copy = snapshot({
      customer_pin: 1,
      'CUSTOMER-PIN': 2,
      customerPinCount: 3,
      'x-internal-id': 4,
      password: 5,
      note: 'customerPin: 1234 x-internal-id=4 city=Paris',
    });

    expect(copy.value).toEqual({
      customer_pin: '[redacted]',
      'CUSTOMER-PIN': '[redacted]',
      customerPinCount: 3,
      'x-internal-id': '[redacted]',
      password: '[redacted]',
      note: 'customerPin: [redacted] x-internal-id=[redacted] city=Paris',
    });
  });

  it('finds an added key in text by any of its spellings', () => {
    const { snapshot } = createSanitizer({ keys: ['customerPin'] });

    expect(snapshot('customer_pin=1234').value).toBe('customer_pin=[redacted]');
  });

  it('finds an added key of two words in prose', () => {
    const { snapshot } = createSanitizer({ keys: { replace: ['client key'] } });

    expect(snapshot('The client key: 1234').value).toBe('The client key: [redacted]');
  });

  it('replaces keys', () => {
    const { snapshot } = createSanitizer({ keys: { replace: ['pin'] } });

    expect(snapshot({ pin: 1, password: 'a', text: 'pin=1 password=a' }).value).toEqual({
      pin: '[redacted]',
      password: 'a',
      text: 'pin=[redacted] password=a',
    });
  });

  it('adds and replaces value patterns', () => {
    const added = createSanitizer({ values: [/\b\d{4}-\d{4}\b/] });
    const replaced = createSanitizer({ values: { replace: [/\b\d{4}-\d{4}\b/g] } });
    const source = '1234-5678, 1234-5678, https://a:b@host';

    expect(added.snapshot(source).value).toBe('[redacted], [redacted], https://[redacted]@host');
    expect(replaced.snapshot(source).value).toBe('[redacted], [redacted], https://a:b@host');
  });

  it('gives the same answer every time to patterns with a state', () => {
    const { snapshot } = createSanitizer({ keys: [/^pin$/g], values: [/abc/y, /q*/] });

    for (let round = 0; round < 3; round += 1) {
      expect(snapshot({ pin: 1, text: 'an abc' }).value).toEqual({
        pin: '[redacted]',
        text: 'an [redacted]',
      });
    }
  });

  it('redacts nothing when switched off, and still bounds', () => {
    const { snapshot, text } = createSanitizer({ redact: false, limits: { maxStringLength: 10 } });

    expect(snapshot({ password: 'hunter2', long: 'x'.repeat(20) }).value).toEqual({
      password: 'hunter2',
      long: `${'x'.repeat(10)}[truncated 20 → 10 chars]`,
    });
    expect(text('token=abc', 50)).toBe('token=abc');
  });

  it('takes limits of zero', () => {
    const { snapshot } = createSanitizer({
      limits: { maxDepth: 0, maxEntries: 0, maxStringLength: 0, maxTotalSize: 0 },
    });

    expect(snapshot({ a: 1 }).value).toMatch(/^\[truncated/);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'a negative limit',
      { limits: { maxDepth: -1 } },
      /sanitize\.limits\.maxDepth.*from 0 to 256.*-1/,
    ],
    ['a fraction', { limits: { maxEntries: 1.5 } }, /maxEntries.*1\.5/],
    ['infinity', { limits: { maxTotalSize: Infinity } }, /maxTotalSize.*Infinity/],
    ['text for a number', { limits: { maxStringLength: '5' } }, /maxStringLength.*string/],
    ['a depth that overflows', { limits: { maxDepth: 100_000 } }, /maxDepth.*256/],
    ['an unknown limit', { limits: { depth: 1 } }, /sanitize\.limits.*"depth"/],
    ['a value that is no pattern', { values: ['abc'] }, /sanitize\.values\[0\].*string/],
    ['a key that is no key', { keys: ['password', 5] }, /sanitize\.keys\[1\].*5/],
    ['an empty key', { keys: ['  '] }, /sanitize\.keys\[0\]/],
    ['a key without a list', { keys: 'password' }, /sanitize\.keys.*array/],
    ['a replacement without a list', { keys: { replace: 'a' } }, /sanitize\.keys.*string/],
    ['redact: true', { redact: true }, /sanitize\.redact.*false/],
    ['an unknown option', { mask: () => 'x' }, /sanitize.*"mask"/],
    ['no object', 5, /sanitize: expected an object, received 5/],
  ])('refuses %s and says what to do', (_kind, options, message) => {
    // What a caller without types might pass.
    const create = (): unknown => Reflect.apply(createSanitizer, undefined, [options]);

    expect(create).toThrow(ConfigError);
    expect(create).toThrow(message);
  });
});
