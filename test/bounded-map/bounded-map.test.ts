import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createBoundedMap } from '../../src/index.ts';
import { collectGarbage } from '../garbage.ts';

function filled(maximum: number, ...keys: readonly string[]) {
  const map = createBoundedMap<string, string>(maximum);
  for (const key of keys) map.set(key, key.toUpperCase());
  return map;
}

describe('a bounded map', () => {
  it('holds as many entries as it may and gives none back', () => {
    const map = filled(2, 'a');

    expect(map.set('b', 'B')).toBeUndefined();
    expect([...map.values()]).toEqual(['A', 'B']);
  });

  it('gives back the value that was set longest ago when one too many comes', () => {
    const map = filled(2, 'a', 'b');

    expect(map.set('c', 'C')).toBe('A');
    expect([...map.values()]).toEqual(['B', 'C']);
    expect(map.has('a')).toBe(false);
  });

  it('takes a known key that is set again for the newest', () => {
    const map = filled(2, 'a', 'b');

    expect(map.set('a', 'A again')).toBeUndefined();
    expect(map.set('c', 'C')).toBe('B');
    expect(map.get('a')).toBe('A again');
  });

  it('does not count a look for a use', () => {
    const map = filled(2, 'a', 'b');

    map.get('a');

    expect(map.set('c', 'C')).toBe('A');
  });

  it('makes room by what is taken', () => {
    const map = filled(2, 'a', 'b');

    expect(map.take('a')).toBe('A');
    expect(map.take('a')).toBeUndefined();
    expect(map.set('c', 'C')).toBeUndefined();
    expect(map.size).toBe(2);
  });

  it('goes on after it was emptied', () => {
    const map = filled(1, 'a', 'b');

    map.clear();

    expect(map.size).toBe(0);
    expect(map.set('c', 'C')).toBeUndefined();
    expect(map.set('d', 'D')).toBe('C');
  });

  it('forgets in the order of setting, whatever was set, taken and emptied before', () => {
    const key = fc.integer({ min: 0, max: 6 });
    const action = fc.oneof(
      fc.record({ type: fc.constant('set' as const), key }),
      fc.record({ type: fc.constant('take' as const), key }),
      fc.record({ type: fc.constant('clear' as const), key }),
    );

    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(action, { maxLength: 60 }),
        (max, actions) => {
          const map = createBoundedMap<number, number>(max);
          let expected: readonly number[] = [];
          for (const { type, key: chosen } of actions) {
            const others = expected.filter((known) => known !== chosen);
            if (type === 'set') {
              expected = [...others, chosen].slice(-max);
              map.set(chosen, chosen);
            } else if (type === 'take') {
              expected = others;
              map.take(chosen);
            } else {
              expected = [];
              map.clear();
            }
            expect([...map.values()]).toEqual(expected);
          }
        },
      ),
    );
  });

  it('costs no more when it holds ten thousand than when it holds ten', () => {
    const costOf = (maximum: number): number => {
      const map = createBoundedMap<number, number>(maximum);
      const started = performance.now();
      for (let key = 0; key < 50_000; key += 1) map.set(key, key);
      return performance.now() - started;
    };
    const least = (maximum: number) => Math.min(...[1, 2, 3].map(() => costOf(maximum)));

    // With a fresh iterator for each it is a hundred times as much.
    expect(least(10_000)).toBeLessThan(15 * least(10));
  });

  it('holds no memory for entries that came and were taken', () => {
    const map = createBoundedMap<number, number>(10_000);
    for (let key = 0; key < 50; key += 1) map.set(-key, key);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;

    for (let key = 1; key <= 500_000; key += 1) {
      map.set(key, key);
      map.take(key);
    }
    collectGarbage();
    const grown = process.memoryUsage().heapUsed - before;

    // It was 45 bytes for each of them, 22 MB.
    expect(grown).toBeLessThan(4_000_000);
    expect(map.size).toBe(50);
  });
});
