import { beforeAll, describe, expect, it, vi } from 'vitest';

import { hostileTexts } from './hostile-texts.ts';
import { patternsIn, shippedPatterns } from './patterns.ts';

/**
 * Lengths that are tried one after the other, and milliseconds that a linear pattern is far from: at 16,000 characters one
 * takes less than a millisecond, a quadratic one hundreds. A pattern that takes longer at a short length would not come
 * back from a long one.
 */
const ladder = [
  { length: 24, limitMs: 20 },
  { length: 400, limitMs: 20 },
  { length: 2_000, limitMs: 50 },
  { length: 16_000, limitMs: 150 },
] as const;

/** Faster than this at 2,000 characters, it is linear, and the longest texts need not be tried. */
const surelyLinearMs = 0.3;

/** The text that takes the pattern too long; undefined when its work grows with the length. */
function findCostlyText(pattern: RegExp): string | undefined {
  const searching = toSearching(pattern);
  let slowestMs = 0;
  for (const { length, limitMs } of ladder) {
    if (length === 16_000 && slowestMs < surelyLinearMs) return undefined;
    slowestMs = 0;
    for (const text of hostileTexts(pattern, length)) {
      const tookMs = timeOf(searching, text);
      if (tookMs > limitMs) return text;
      slowestMs = Math.max(slowestMs, tookMs);
    }
  }
  return undefined;
}

// As it would be searched for in a text, and again behind each match.
function toSearching({ source, flags }: RegExp): RegExp {
  return new RegExp(source, /[gy]/.test(flags) ? flags : `${flags}g`);
}

/** The fastest of three times, because the machine has other things to do as well. */
function timeOf(pattern: RegExp, text: string): number {
  let fastestMs = Infinity;
  for (let round = 0; round < 3 && fastestMs > surelyLinearMs; round += 1) {
    const before = performance.now();
    text.replace(pattern, '');
    fastestMs = Math.min(fastestMs, performance.now() - before);
  }
  return fastestMs;
}

// They are only ever given a number as text, which has at most 25 characters.
const ofNumbers = new Set(['/\\B(?=(?:\\d{3})+$)/g']);

const literals = shippedPatterns();

describe('a regular expression of the shipped code', () => {
  it.each(
    literals
      .filter(({ pattern }) => !ofNumbers.has(String(pattern)))
      .map(({ place, pattern }) => [place, String(pattern), pattern] as const),
  )('%s works no longer than its text is long: %s', (_place, _text, pattern) => {
    expect(findCostlyText(pattern)).toBeUndefined();
  });

  it.each([
    ['exponential', /^(\w+\s?)+$/],
    ['cubic', /a*a*a*b/],
    ['quadratic', /\s+$/],
  ])('that is %s is found', (_how, pattern) => {
    expect(findCostlyText(pattern)).toBeDefined();
  });

  it('is found where it stands, and a division is none', () => {
    const code = [
      "const half = total / 2 / (count[0] / 3); // it's /no/ pattern",
      'const found = /a[/"]b\\/c/gi.test(text) ? `${one}/two/` : "/three/";',
      'return /x{2}/.exec(text);',
    ].join('\n');

    const found = patternsIn(code, 'made-up.ts').map(({ place, pattern }) => [
      place,
      String(pattern),
    ]);

    expect(found).toEqual([
      ['made-up.ts:2', '/a[/"]b\\/c/gi'],
      ['made-up.ts:3', '/x{2}/'],
    ]);
  });
});

describe('a regular expression that the sanitizer puts together', () => {
  const built: RegExp[] = [];

  beforeAll(async () => {
    const Recording = new Proxy(RegExp, {
      construct(target, given, newTarget) {
        const made: RegExp = Reflect.construct(target, given, newTarget);
        if (/\/src\/sanitize/.test(new Error('who asks?').stack ?? '')) built.push(made);
        return made;
      },
    });
    vi.stubGlobal('RegExp', Recording);
    const { createSanitizer } = await import('../../src/sanitize.ts');
    createSanitizer({ keys: ['my key'], values: [/ticket-\d+/] });
    vi.unstubAllGlobals();
  });

  it('works no longer than its text is long', () => {
    expect(built.length).toBeGreaterThan(10);
    expect(built.filter((pattern) => findCostlyText(pattern) !== undefined)).toEqual([]);
  });
});
