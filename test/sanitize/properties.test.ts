import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSanitizer } from '../../src/sanitize.ts';
import { introducedSecrets, shapedSecrets } from './made-up-secrets.ts';

const { snapshot, text } = createSanitizer();

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const brokenText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units));

const throwing = (): never => {
  throw new Error('hostile');
};

/** Objects that misbehave in one way each. Made late: fast-check itself looks into the values it makes. */
const hostile: Readonly<Record<string, () => unknown>> = {
  get: () => new Proxy({ a: 1 }, { get: throwing }),
  has: () => new Proxy({ a: 1 }, { has: throwing }),
  ownKeys: () => new Proxy({ a: 1 }, { ownKeys: throwing }),
  getPrototypeOf: () => new Proxy({ a: 1 }, { getPrototypeOf: throwing }),
  getOwnPropertyDescriptor: () => new Proxy({ a: 1 }, { getOwnPropertyDescriptor: throwing }),
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  },
  getter: () => Object.defineProperty({}, 'a', { enumerable: true, get: throwing }),
  toJSON: () => ({ toJSON: throwing }),
  thrown: () => ({
    toJSON: () => {
      throw new Proxy({}, { get: throwing, getPrototypeOf: throwing });
    },
  }),
  length: () =>
    new Proxy([], {
      get: (target, key) => (key === 'length' ? 2 ** 40 : Reflect.get(target, key)),
    }),
  negativeLength: () =>
    new Proxy([], { get: (target, key) => (key === 'length' ? -1 : Reflect.get(target, key)) }),
  error: () => Object.assign(new Error('e'), { cause: new Proxy({}, { get: throwing }) }),
  tag: () =>
    Object.create({
      get [Symbol.toStringTag]() {
        return throwing();
      },
    }),
};

const anyData = fc.anything({
  key: fc.oneof(anyText, brokenText, fc.constantFrom('__proto__', 'toString', 'password', 'token')),
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
  values: [fc.boolean(), fc.integer(), fc.double(), anyText, brokenText, fc.constant(null)],
});

/** Makes a value of any kind, with hostile members, and with references to an ancestor. */
const anyValue: fc.Arbitrary<() => unknown> = fc
  .record({
    data: anyData,
    kinds: fc.array(fc.constantFrom(...Object.values(hostile)), { maxLength: 3 }),
    place: fc.constantFrom('alone', 'in a list', 'in a map', 'in a cycle'),
  })
  .map(({ data, kinds, place }) => () => {
    const members = kinds.map((make) => make());
    if (place === 'alone') return members[0] ?? data;
    if (place === 'in a list') return [data, ...members];
    if (place === 'in a map')
      return new Map<unknown, unknown>([
        [data, members],
        ...members.map((member) => [member, 1] as const),
      ]);
    const root: Record<string, unknown> = { data, members };
    root['self'] = [root, { root }];
    return root;
  });

const jsonText = fc.oneof(anyText, fc.json(), fc.lorem());
const dictionary = fc.json().map((json): unknown => JSON.parse(json));

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return [...Object.keys(value), ...Object.values(value).flatMap(stringsIn)];
}

function longestIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Math.max(0, ...Object.values(value).map(longestIn));
}

describe('for any value', () => {
  it('a snapshot is JSON as it stands', () => {
    fc.assert(
      fc.property(anyValue, (make) => {
        const copy = snapshot(make()).value;
        const json = copy === undefined ? undefined : JSON.stringify(copy);

        expect(json === undefined ? undefined : JSON.parse(json)).toStrictEqual(copy);
      }),
      { numRuns: 500 },
    );
  });

  it('all text in it is well-formed', () => {
    fc.assert(
      fc.property(anyValue, (make) => {
        expect(stringsIn(snapshot(make()).value).filter((part) => !part.isWellFormed())).toEqual(
          [],
        );
      }),
      { numRuns: 500 },
    );
  });

  it('a snapshot stays within small limits', () => {
    const limits = { maxDepth: 4, maxEntries: 5, maxStringLength: 30, maxTotalSize: 300 };
    const small = createSanitizer({ limits });

    fc.assert(
      fc.property(anyValue, (make) => {
        const copy = small.snapshot(make());

        // Each open level may still add its marker; an escape takes up to six characters.
        expect((JSON.stringify(copy.value) ?? '').length).toBeLessThan((300 + 4 * 80) * 6);
        expect(longestIn(copy.value)).toBeLessThanOrEqual(30 + 80);
      }),
      { numRuns: 500 },
    );
  });

  it('a snapshot of a snapshot is the same', () => {
    fc.assert(
      fc.property(anyValue, (make) => {
        const once = snapshot(make()).value;
        // A text that was cut may end within quotes, and then reads differently.
        fc.pre(!JSON.stringify(once ?? null).includes('[truncated'));

        expect(snapshot(once).value).toStrictEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('a snapshot of one that was cut is the same', () => {
    const cutting = createSanitizer({
      limits: { maxDepth: 3, maxEntries: 3, maxStringLength: 20 },
    });

    fc.assert(
      fc.property(dictionary, (value) => {
        const once = cutting.snapshot(value).value;

        expect(cutting.snapshot(once).value).toStrictEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('plain JSON without secrets comes back as it was', () => {
    fc.assert(
      fc.property(dictionary, (value) => {
        fc.pre(!/[:=<@\\]|--|pass|token|key|auth/i.test(stringsIn(value).join(' ')));

        expect(snapshot(value).value).toStrictEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('the source is unchanged', () => {
    fc.assert(
      fc.property(dictionary, (value) => {
        const before = structuredClone(value);

        snapshot(value);

        expect(value).toStrictEqual(before);
      }),
    );
  });

  it('a label is within its length and well-formed', () => {
    fc.assert(
      fc.property(anyValue, fc.nat({ max: 300 }), (make, limit) => {
        const label = text(make(), limit);

        expect(label.length).toBeLessThanOrEqual(limit);
        expect(label.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** What the host itself might write as JSON text. */
function snapshotable(value: unknown): unknown {
  return createSanitizer({ redact: false }).snapshot(value).value;
}

function plant(value: unknown, around: readonly ((value: unknown) => unknown)[]): string {
  const planted = around.reduce<unknown>((inner, wrapIn) => wrapIn(inner), value);
  return JSON.stringify(snapshot(planted).value);
}

describe('for any place of a secret', () => {
  const secretKeys = [
    'password',
    'apiKey',
    'x-api-key',
    'client_secret',
    'accessToken',
    'Cookie',
    'AUTHORIZATION',
  ];
  const wrap: fc.Arbitrary<(value: unknown) => unknown> = fc.constantFrom(
    (value: unknown): unknown => ({ value }),
    (value: unknown): unknown => [0, value],
    (value: unknown): unknown => new Map([['entry', value]]),
    (value: unknown): unknown => new Set([value]),
    (value: unknown): unknown => new Error('failed', { cause: value }),
    (value: unknown): unknown => ({ toJSON: () => value }),
    (value: unknown): unknown => ({ text: JSON.stringify(snapshotable(value)) }),
  );
  const wraps = fc.array(wrap, { maxLength: 4 });

  it('a secret with a shape is gone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(shapedSecrets)),
        jsonText,
        jsonText,
        wraps,
        (secret, before, after, around) => {
          const source = `${before} ${secret} ${after}`;

          expect(plant(source, around)).not.toContain(secret.split('\n')[1] ?? secret);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('a secret with an introduction is gone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(introducedSecrets)),
        fc.lorem(),
        wraps,
        ([word, secret], before, around) => {
          expect(plant(`${before} ${word}${secret}@host`, around)).not.toContain(secret);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a secret under its key is gone, whatever it is', () => {
    const secret = fc
      .stringMatching(/^[A-Za-z0-9 .:;,{}[\]'"\\/=&<>!?-]{0,20}$/)
      .map((rest) => `hunter2${rest}`);

    fc.assert(
      fc.property(
        fc.constantFrom(...secretKeys),
        fc.oneof(
          secret,
          secret.map((value) => [{ value }]),
        ),
        wraps,
        (key, value, around) => {
          expect(plant({ [key]: value, page: 2 }, around)).not.toContain('hunter2');
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('a secret in a query, a header or an environment is gone', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9._~-]{1,20}$/).map((rest) => `hunter2${rest}`);
    const form = fc.constantFrom(
      (key: string, value: string) => `?page=2&${key}=${value}&size=5`,
      (key: string, value: string) => `Host: a\r\n${key}: ${value}\r\nAccept: b`,
      (key: string, value: string) => `A=1\n${key}=${value}\nB=2`,
      (key: string, value: string) => `call({ ${key}: "${value}" })`,
    );

    fc.assert(
      fc.property(
        fc.constantFrom(...secretKeys),
        secret,
        form,
        wraps,
        (key, value, write, around) => {
          expect(plant(write(key, value), around)).not.toContain('hunter2');
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
