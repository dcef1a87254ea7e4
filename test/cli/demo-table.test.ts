import { describe, expect, it } from 'vitest';
import { plain } from '../../adapters/cli/demo/paint.ts';
import { cutText, toTableLines } from '../../adapters/cli/demo/table.ts';

describe('toTableLines', () => {
  it('pads every column to its widest cell, numbers to the right', () => {
    const lines = toTableLines(
      [{ title: 'name' }, { title: 'count', align: 'right' }],
      [
        [{ text: 'a' }, { text: '7' }],
        [{ text: 'longer' }, { text: '123456' }],
      ],
      plain,
    );

    expect(lines).toEqual([
      'name   │  count',
      '───────┼───────',
      'a      │      7',
      'longer │ 123456',
    ]);
  });

  it('pads before it paints, so that styles do not shift columns', () => {
    const lines = toTableLines(
      [{ title: 'state' }, { title: 'x' }],
      [[{ text: 'ok', style: 'green' }, { text: '1' }]],
      (style, text) => `<${style}>${text}</>`,
    );

    expect(lines[2]).toBe('<green>ok   </> │ 1');
  });

  it('cuts what is wider than its column may be', () => {
    const lines = toTableLines([{ title: 'text', maxWidth: 6 }], [[{ text: 'abcdefgh' }]], plain);

    expect(lines[2]).toBe('abcde…');
  });
});

describe('cutText', () => {
  it('makes one line of any text and never leaves half a character', () => {
    expect(cutText('a\n  b\tc', 10)).toBe('a b c');
    expect(cutText('ab😀cd', 4).isWellFormed()).toBe(true);
    expect(cutText('abc', 0)).toBe('…');
  });
});
