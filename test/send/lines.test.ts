import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, type LinePosition, readLines } from '../../adapters/cli/send/lines.ts';

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(
  text: string,
  {
    size = 7,
    maxBytes = 1_000,
    from,
  }: { readonly size?: number; readonly maxBytes?: number; readonly from?: LinePosition } = {},
): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const options = { maxBytes, ...(from !== undefined && { from }) };
  for await (const line of readLines(inChunks(text, size), options)) lines.push(line);
  return lines;
}

describe('the lines of a stream', () => {
  it('have their numbers and their places in bytes', async () => {
    expect(await linesOf('one\r\nzwei Käfer\n\nlast')).toEqual([
      { type: 'text', number: 1, offset: 0, end: 5, text: 'one' },
      { type: 'text', number: 2, offset: 5, end: 17, text: 'zwei Käfer' },
      { type: 'text', number: 3, offset: 17, end: 18, text: '' },
      { type: 'text', number: 4, offset: 18, end: 22, text: 'last' },
    ]);
  });

  it('go on counting from where the reading begins', async () => {
    const [line] = await linesOf('more\n', { from: { offset: 100, line: 9 } });

    expect(line).toMatchObject({ number: 10, offset: 100, end: 105 });
  });

  it('are passed over when they are too long, and the next one is read', async () => {
    const lines = await linesOf(`${'x'.repeat(50)}\nshort\n`, { maxBytes: 10 });

    expect(lines).toEqual([
      { type: 'too-long', number: 1, offset: 0, end: 51 },
      { type: 'text', number: 2, offset: 51, end: 57, text: 'short' },
    ]);
  });

  it('do not carry the byte order mark of the file', async () => {
    const [line] = await linesOf('\uFEFF{}\n');

    expect(line).toMatchObject({ text: '{}', offset: 0, end: 6 });
  });

  it('are the same however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 20 })),
        fc.integer({ min: 1, max: 30 }),
        async (texts, size) => {
          const whole = texts.map((text) => text.replaceAll(/[\n\uFEFF]/g, '')).join('\n');

          expect(await linesOf(whole, { size })).toEqual(await linesOf(whole, { size: 100_000 }));
        },
      ),
    );
  });
});
