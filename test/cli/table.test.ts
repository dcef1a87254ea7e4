import { styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { plain } from '../../adapters/cli/terminal/paint.ts';
import { cutText, toTableLines } from '../../adapters/cli/terminal/table.ts';

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

  it('has columns that styles do not shift', () => {
    const lines = toTableLines(
      [{ title: 'state' }, { title: 'x' }],
      [[{ text: 'ok', style: 'green' }, { text: '1' }]],
      (style, text) => styleText(style, text, { validateStream: false }),
    );

    expect(lines[2]).toBe('\u001b[32mok\u001b[39m    │ 1');
  });

  it('has columns that wide scripts do not shift', () => {
    const lines = toTableLines(
      [{ title: 'name' }, { title: 'x' }],
      [
        [{ text: '代理' }, { text: '1' }],
        [{ text: 'agent' }, { text: '2' }],
      ],
      plain,
    );

    expect(lines.slice(2)).toEqual(['代理  │ 1', 'agent │ 2']);
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
