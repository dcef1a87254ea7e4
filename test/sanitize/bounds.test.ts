import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSanitizer } from '../../src/sanitize.ts';
import { shapedSecrets } from './made-up-secrets.ts';

const { snapshot, text } = createSanitizer();

describe('long text', () => {
  it('keeps the head and says how long the text was', () => {
    const copy = snapshot('x'.repeat(5_242_880));

    expect(copy.value).toBe(`${'x'.repeat(262_144)}[truncated 5,242,880 → 262,144 chars]`);
  });

  it('leaves text of exactly the limit alone', () => {
    const source = 'x'.repeat(262_144);

    expect(snapshot(source).value).toBe(source);
  });

  it('never splits a surrogate pair', () => {
    const { snapshot: short } = createSanitizer({ limits: { maxStringLength: 10 } });

    expect(short(`123456789😀${'x'.repeat(50)}`).value).toBe('123456789[truncated 61 → 9 chars]');
  });

  it.each(Object.entries(shapedSecrets))(
    'shows no part of %s that crosses the cut',
    (_name, secret) => {
      const { snapshot: short } = createSanitizer({ limits: { maxStringLength: 1_000 } });
      const shown: string[] = [];
      for (let visible = 1; visible < secret.length; visible += 1) {
        const filling = 'word '.repeat(200).slice(0, 1_000 - visible - 1);
        shown.push(JSON.stringify(short(`${filling} ${secret} ${'tail '.repeat(3_000)}`).value));
      }

      expect(shown.filter((value) => value.includes(secret.slice(0, 12)))).toEqual([]);
      expect(shown.every((value) => value.length < 1_100)).toBe(true);
    },
  );

  it('shows nothing of what it did not read to the end, even when redaction made room', () => {
    const { snapshot: short } = createSanitizer({ limits: { maxStringLength: 1_000 } });
    const secret = shapedSecrets['github personal'] ?? '';
    const passwords = `password="${'p'.repeat(1_100)}" `.repeat(4);
    // The reader stops at 5,096 characters, eight into the secret.
    const source =
      `${passwords}${'word '.repeat(300)}`.slice(0, 5_087) + ` ${secret} tail`.repeat(50);

    const copy = JSON.stringify(short(source).value);

    expect(copy).toMatch(/^"password=\\"\[redacted\]\\" .*word/);
    expect(copy).not.toContain('ghp');
    expect(copy).toMatch(/\[truncated [\d,]+ → [\d,]+ chars\]"$/);
  });

  it('shows a redaction marker whole or not at all', () => {
    const { snapshot: short } = createSanitizer({ limits: { maxStringLength: 100 } });
    for (let length = 70; length <= 100; length += 1) {
      const filling = 'word '.repeat(30).slice(0, length - 1);

      const copy = JSON.stringify(short(`${filling} token=hunter2 ${'tail '.repeat(20)}`).value);

      expect(copy.replaceAll(/\[redacted\]|\[truncated [^\]]+\]/g, '')).not.toMatch(/[[\]]/);
    }
  });

  it('shares no memory with the text it was cut from', () => {
    const { snapshot: short } = createSanitizer({ limits: { maxStringLength: 20 } });
    const keep: unknown[] = [];
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 20; round += 1) {
      keep.push(short(`${round}${'y'.repeat(20_000_000)}`));
    }

    const grown = process.memoryUsage().heapUsed - before;

    expect(keep).toHaveLength(20);
    expect(grown).toBeLessThan(200_000_000);
  });
});

describe('media', () => {
  const image = randomBytes(90_000).toString('base64');

  it('is named and counted, whatever stands around it', () => {
    const url = `data:image/png;base64,${image}`;

    expect(snapshot(url).value).toBe('[data:image/png;base64, 120,000 chars]');
    expect(snapshot(`see ${url} there`).value).toBe(
      'see [data:image/png;base64, 120,000 chars] there',
    );
    expect(snapshot(JSON.stringify({ data: image, type: 'image/png' })).value).toBe(
      '{"data":"[base64, 120,000 chars]","type":"image/png"}',
    );
  });

  it('does not use up the room of the text behind it', () => {
    const source = JSON.stringify({ data: image.repeat(50), question: 'what is this?' });

    expect(snapshot(source).value).toBe(
      '{"data":"[base64, 6,000,000 chars]","question":"what is this?"}',
    );
  });

  it('is not mistaken: short icons, long words and hex stay', () => {
    const icon = `data:image/gif;base64,${image.slice(0, 200)}`;
    const hex = randomBytes(2_000).toString('hex');

    expect(snapshot([icon, 'x'.repeat(5_000), hex]).value).toEqual([icon, 'x'.repeat(5_000), hex]);
  });
});

describe('wide and deep values', () => {
  it('cuts arrays and sets, and says so in the last element', () => {
    const list = Array.from({ length: 5_000 }, (_, index) => index);

    for (const value of [list, new Set(list)]) {
      const copy = snapshot(value).value;

      expect(copy).toHaveLength(1_001);
      expect(copy).toHaveProperty('999', 999);
      expect(copy).toHaveProperty('1000', '[truncated 5,000 → 1,000 items]');
    }
  });

  it('cuts objects and maps, and says so in a key', () => {
    const entries = Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index] as const);

    for (const value of [Object.fromEntries(entries), new Map(entries)]) {
      const copy = snapshot(value).value;

      expect(Object.keys(copy ?? {})).toHaveLength(1_001);
      expect(copy).toHaveProperty(['[truncated]'], '5,000 → 1,000 keys');
    }
  });

  it('cuts at the depth', () => {
    const { snapshot: shallow } = createSanitizer({ limits: { maxDepth: 2 } });

    expect(shallow({ a: { b: { c: 1 } }, d: [[], 1] }).value).toEqual({
      a: { b: '[truncated: depth 2]' },
      d: ['[truncated: depth 2]', 1],
    });
  });

  it('copies 32 levels by default, and survives a million', () => {
    let value: unknown = 'bottom';
    for (let level = 0; level < 1_000_000; level += 1) value = [value];

    const copy = JSON.stringify(snapshot(value).value);

    expect(copy).toBe(`${'['.repeat(32)}"[truncated: depth 32]"${']'.repeat(32)}`);
  });

  it('bounds the whole, with markers where something is missing', () => {
    const { snapshot: small } = createSanitizer({ limits: { maxTotalSize: 2_000 } });
    const rows = Array.from({ length: 100 }, (_, index) => ({ index, body: 'word '.repeat(20) }));

    const copy = small({ rows, more: 1 });

    const json = JSON.stringify(copy.value);
    expect(json.length).toBeLessThan(2_400);
    expect(json).toMatch(/\[truncated 100 → \d+ items\]/);
    expect(json).toContain('"[truncated]":"2 → 1 keys"');
  });

  it('counts bytes, not characters, for the whole', () => {
    const { snapshot: small } = createSanitizer({ limits: { maxTotalSize: 3_000 } });

    const copy = small('漢'.repeat(5_000));

    expect(Buffer.byteLength(JSON.stringify(copy.value))).toBeLessThan(3_200);
  });

  it('stops a getter that always returns something new', () => {
    const endless = (): object => ({
      get left() {
        return endless();
      },
      get right() {
        return endless();
      },
    });

    const copy = snapshot(endless());

    expect(JSON.stringify(copy.value).length).toBeLessThan(1_100_000);
  });

  it('measures what it made', () => {
    const value = {
      question: 'How much is it?',
      list: [1, 2, 3],
      nested: { ok: true, none: null },
    };

    const copy = snapshot(value);

    const actual = JSON.stringify(value).length;
    expect(copy.size).toBeGreaterThan(actual * 0.8);
    expect(copy.size).toBeLessThan(actual * 1.3);
  });
});

describe('labels', () => {
  it.each<[unknown, string]>([
    ['name', 'name'],
    [7, '7'],
    [7n, '7'],
    [undefined, ''],
    [null, ''],
    [true, 'true'],
    [{ a: 1 }, '{"a":1}'],
    [new TypeError('gone'), 'TypeError: gone'],
    ['token=abc', 'token=[redacted]'],
    ['\uD800', '\uFFFD'],
    [Symbol('x'), '[symbol x]'],
  ])('writes %o as %j', (value, expected) => {
    expect(text(value, 200)).toBe(expected);
  });

  it('stays within the length, marker included', () => {
    const label = text('x'.repeat(1_000), 100);

    expect(label.length).toBeGreaterThan(95);
    expect(label.length).toBeLessThanOrEqual(100);
    expect(label).toMatch(/^x+\[truncated 1,000 → \d+ chars\]$/);
  });

  it.each([0, 1, 9, 20, 33, 34])('stays within %i, where the marker has no room', (limit) => {
    const label = text('😀'.repeat(50), limit);

    expect(label.length).toBeLessThanOrEqual(limit);
    expect(label).toBe(label.toWellFormed());
  });

  it('never throws', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();

    expect(text(proxy, 200)).toBe('[unreadable]');
    expect(text('name', Number.NaN)).toBe('');
  });
});
