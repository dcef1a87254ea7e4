import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, CalculationError } from '../../adapters/cli/demo/calculator.ts';

describe('calculate', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['8 - 2 - 1', 5],
    ['16 / 4 / 2', 2],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['7 % 4 + 0.5 * 2', 4],
    ['--3', 3],
    ['1.5e3', 1500],
    ['  42 ', 42],
  ])('takes %s as %d', (expression, value) => {
    expect(calculate(expression)).toBe(value);
  });

  it.each([
    ['', 'Expected a number, found the end.'],
    ['835 words / 200', 'found "words" at position 5'],
    ['(1 + 2', 'Expected ")", found the end.'],
    ['1 +', 'Expected a number, found the end.'],
    ['1 2', 'found "2" at position 3'],
    ['1 / 0', 'no finite value'],
    ['process.exit()', 'found "process" at position 1'],
    ['('.repeat(60), 'at most 50 levels'],
    ['1+'.repeat(300), 'at most 500 characters'],
  ])('refuses %s and says where', (expression, complaint) => {
    const attempt = (): number => calculate(expression);

    expect(attempt).toThrow(CalculationError);
    expect(attempt).toThrow(complaint);
  });

  it('agrees with arithmetic on any nesting of sums and products', () => {
    interface Term {
      readonly text: string;
      readonly value: number;
    }
    const leaf = fc
      .integer({ min: 0, max: 999 })
      .map((value): Term => ({ text: String(value), value }));
    const { term } = fc.letrec<{ term: Term }>((tie) => ({
      term: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(tie('term'), fc.constantFrom('+', '-', '*'), tie('term'))
          .map(([left, operator, right]): Term => ({
            text: `(${left.text} ${operator} ${right.text})`,
            value:
              operator === '+'
                ? left.value + right.value
                : operator === '-'
                  ? left.value - right.value
                  : left.value * right.value,
          })),
      ),
    }));

    fc.assert(
      fc.property(
        term.filter(({ text }) => text.length <= 500),
        ({ text, value }) => Object.is(calculate(text) + 0, value + 0),
      ),
    );
  });
});
