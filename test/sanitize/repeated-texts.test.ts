import { describe, expect, it } from 'vitest';
import { createSanitizer } from '../../src/sanitize.ts';
import { collectGarbageUntil } from '../garbage.ts';
import { shapedSecrets } from './made-up-secrets.ts';

const { snapshot } = createSanitizer();
const prose = 'The parcel is on its way and will be there in the evening. '.repeat(4);

/** Prose that ends with the word, as long as all others. */
function endingWith(word: string): string {
  return `${prose.slice(0, prose.length - word.length - 1)} ${word}`;
}

function heapUsed(): number {
  return process.memoryUsage().heapUsed;
}

/** What is left after a few collections. */
async function heapInUse(): Promise<number> {
  let asked = 0;
  await collectGarbageUntil(() => {
    asked += 1;
    return asked > 30;
  });
  return heapUsed();
}

describe('a text that comes again', () => {
  it('is the same each time, with and without a secret', () => {
    const secret = shapedSecrets['openai'] ?? '';
    const texts = [prose, endingWith(secret), prose, endingWith('password: hunter2'), prose];

    const copies = texts.map((text) => snapshot(text).value);

    expect(copies).toEqual([
      prose,
      endingWith(secret).replace(secret, '[redacted]'),
      prose,
      endingWith('password: hunter2').replace('hunter2', '[redacted]'),
      prose,
    ]);
  });

  it.each(Object.entries(shapedSecrets))(
    'hides a secret behind a text of the same length that has none: %s',
    (_format, secret) => {
      snapshot(prose);

      const first = snapshot(endingWith(secret)).value;
      const second = snapshot(endingWith(secret)).value;

      expect(first).not.toContain(secret);
      expect(second).toBe(first);
    },
  );

  it('weighs the same each time', () => {
    const text = `“${prose}”`;

    const sizes = [text, text, endingWith('x'), text].map((value) => snapshot(value).size);

    expect(sizes).toEqual([
      Buffer.byteLength(text) + 2,
      Buffer.byteLength(text) + 2,
      prose.length + 2,
      Buffer.byteLength(text) + 2,
    ]);
  });

  it('is held once, however often it was copied', async () => {
    const copies: unknown[] = [];
    const limit = (await heapInUse()) + 1_500_000;

    for (let round = 0; round < 20_000; round += 1) {
      copies.push(snapshot(Buffer.from(prose).toString()).value);
    }
    await collectGarbageUntil(() => heapUsed() < limit);

    expect(heapUsed()).toBeLessThan(limit);
    expect(copies).toHaveLength(20_000);
  });

  it('keeps nothing alive that it was cut out of', async () => {
    const limit = (await heapInUse()) + 5_000_000;

    for (let round = 0; round < 20; round += 1) {
      snapshot(`${round}${'y'.repeat(2_000_000)}`.slice(0, 500 + round));
    }
    await collectGarbageUntil(() => heapUsed() < limit);

    expect(heapUsed()).toBeLessThan(limit);
  });
});
