import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createSanitizer } from '../../src/sanitize.ts';

const { snapshot } = createSanitizer();

function search(): void {}

function fail(): never {
  throw new Error('trap');
}

class Account {
  name = 'ann';
  readonly #pin = '1234';
  get pin(): string {
    return this.#pin;
  }
}

async function* chunks(): AsyncGenerator<string> {
  yield 'a';
}

describe('plain values', () => {
  it.each<[string, unknown, unknown]>([
    ['a string', 'text', 'text'],
    ['a number', 1.5, 1.5],
    ['negative zero', -0, 0],
    ['NaN', Number.NaN, 'NaN'],
    ['infinity', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['a boolean', false, false],
    ['null', null, null],
    ['a bigint', 123_456_789_012_345_678_901n, '123456789012345678901'],
    ['a giant bigint', 1n << 100_000n, '[bigint over 4,096 bits]'],
    ['a symbol', Symbol('x'), '[symbol x]'],
    ['a function', search, '[function search]'],
    ['a function without a name', () => {}, '[function]'],
    ['a class', Account, '[function Account]'],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      'an object of another realm',
      runInNewContext('({ a: [1, new Map([["b", 2]])] })'),
      { a: [1, { b: 2 }] },
    ],
    ['an array with holes', [1, , 3], [1, null, 3]], // oxlint-disable-line no-sparse-arrays
    ['undefined in an array', [undefined], [null]],
    ['undefined in an object', { a: undefined, b: 1 }, { b: 1 }],
    ['boxed primitives', [Object(1), Object('a'), Object(true), Object(5n)], [1, 'a', true, '5']],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(Number.NaN), '[invalid date]'],
    ['a pattern', /a+/gi, '/a+/gi'],
    ['a URL', new URL('https://host.example/a'), 'https://host.example/a'],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 'b'],
        [{ c: 3 }, 4],
      ]),
      { a: 1, '2': 'b', '{"c":3}': 4 },
    ],
    ['a set', new Set([1, 'a']), [1, 'a']],
    ['a class instance', new Account(), { name: 'ann' }],
    ['NUL', 'a\u0000b', 'a\u0000b'],
  ])('copies %s', (_kind, value, expected) => {
    expect(snapshot(value).value).toStrictEqual(expected);
  });

  it('has nothing to say about undefined', () => {
    expect(snapshot(undefined)).toEqual({ value: undefined, size: 0 });
  });

  it('makes text well-formed, in values and in keys', () => {
    const copy = snapshot({ 'key\uD800': 'value\uDC00 😀' });

    expect(copy.value).toEqual({ 'key\uFFFD': 'value\uFFFD 😀' });
  });
});

describe('objects that are no data', () => {
  it.each<[string, unknown, string]>([
    ['bytes', new Uint8Array(1_024), '[Uint8Array 1,024 bytes]'],
    ['floats', new Float32Array(4), '[Float32Array 16 bytes]'],
    ['a buffer', Buffer.alloc(3), '[Buffer 3 bytes]'],
    ['an array buffer', new ArrayBuffer(8), '[ArrayBuffer 8 bytes]'],
    ['a view', new DataView(new ArrayBuffer(8)), '[DataView 8 bytes]'],
    ['a web stream', new ReadableStream(), '[ReadableStream]'],
    ['a node stream', Readable.from(['a']), '[Readable]'],
    ['a response', new Response('a'), '[Response]'],
    ['a request', new Request('https://host.example'), '[Request]'],
    ['a blob', new Blob(['a']), '[Blob]'],
    ['a file', new File(['a'], 'a.txt'), '[File]'],
    ['a signal', new AbortController().signal, '[AbortSignal]'],
    ['a promise', Promise.resolve(1), '[Promise]'],
    ['a weak map', new WeakMap(), '[WeakMap]'],
    ['an emitter', new EventEmitter(), '[EventEmitter]'],
    ['a socket', new Socket(), '[Socket]'],
    ['an iterator', [1][Symbol.iterator](), '[Array Iterator]'],
    ['a generator', chunks(), '[AsyncGenerator]'],
  ])('names %s', (_kind, value, expected) => {
    expect(snapshot({ value }).value).toEqual({ value: expected });
  });

  it('does not read from streams and iterators', async () => {
    const response = new Response('body');
    const iterator = new Set([1, 2]).values();

    snapshot([response, iterator]);

    expect(response.bodyUsed).toBe(false);
    expect(await response.text()).toBe('body');
    expect([...iterator]).toEqual([1, 2]);
  });

  it('does not call the then of a lazy query', () => {
    let calls = 0;
    class Query {
      // oxlint-disable-next-line unicorn/no-thenable -- lazy queries of database clients are thenables
      then(): void {
        calls += 1;
      }
    }

    const copy = snapshot(new Query());

    expect(copy.value).toBe('[Query]');
    expect(calls).toBe(0);
  });
});

describe('errors', () => {
  it('keeps name, message, stack, cause, parts and own fields', () => {
    const cause = new TypeError('inner');
    const error = Object.assign(new AggregateError([new Error('part')], 'outer', { cause }), {
      code: 7,
    });

    const copy = snapshot(error);

    expect(copy.value).toMatchObject({
      name: 'AggregateError',
      message: 'outer',
      code: 7,
      cause: { name: 'TypeError', message: 'inner' },
      errors: [{ name: 'Error', message: 'part' }],
      stack: expect.stringContaining('AggregateError: outer'),
    });
  });

  it('keeps what an abort says', () => {
    const copy = snapshot(AbortSignal.abort().reason);

    expect(copy.value).toMatchObject({ name: 'AbortError', message: 'This operation was aborted' });
  });

  it('redacts secrets in messages and stacks', () => {
    const copy = snapshot(new Error('refused: password=hunter2'));

    expect(JSON.stringify(copy.value)).not.toContain('hunter2');
  });
});

describe('cycles and hostile objects', () => {
  it('marks an ancestor, and copies what is only shared', () => {
    const shared = { a: 1 };
    const root: Record<string, unknown> = { first: shared, second: shared };
    root['self'] = root;
    root['list'] = [root];

    expect(snapshot(root).value).toEqual({
      first: { a: 1 },
      second: { a: 1 },
      self: '[circular]',
      list: ['[circular]'],
    });
  });

  it('honours toJSON once', () => {
    const value = { toJSON: () => ({ shown: 1 }) };
    const itself: Record<string, unknown> = { a: 1 };
    Object.defineProperty(itself, 'toJSON', { value: () => itself });
    const failing = {
      toJSON: () => {
        throw new Error('no');
      },
    };

    expect(snapshot([value, itself, failing]).value).toEqual([
      { shown: 1 },
      { a: 1 },
      '[toJSON threw: no]',
    ]);
  });

  it('handles the rejection of an asynchronous toJSON, which nobody else would', async () => {
    const rejections: unknown[] = [];
    const listen = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', listen);

    const copy = snapshot({ toJSON: async () => Promise.reject(new Error('late')) });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listen);

    expect(copy.value).toBe('[Promise]');
    expect(rejections).toEqual([]);
  });

  it('reads getters of plain objects, and says when one throws', () => {
    const value = {
      get fine() {
        return 1;
      },
      get broken() {
        throw new Error('database is gone, password=hunter2');
      },
    };

    expect(snapshot(value).value).toEqual({
      fine: 1,
      broken: '[getter threw: database is gone, password=[redacted]]',
    });
  });

  it('does not run accessors of class instances', () => {
    let runs = 0;
    const account = new Account();
    Object.defineProperty(account, 'orders', {
      enumerable: true,
      get: () => {
        runs += 1;
        return [];
      },
    });

    expect(snapshot(account).value).toEqual({ name: 'ann', orders: '[getter]' });
    expect(runs).toBe(0);
  });

  it('survives proxies whose every trap throws, and revoked ones', () => {
    const handler: ProxyHandler<object> = new Proxy({}, { get: () => fail });
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    const { proxy: revokedList, revoke: revokeList } = Proxy.revocable([], {});
    revoke();
    revokeList();

    const copy = snapshot([
      new Proxy({ a: 1 }, handler),
      revoked,
      revokedList,
      new Proxy([], handler),
      1,
    ]);

    expect(copy.value).toEqual(['[unreadable]', '[unreadable]', '[unreadable]', '[unreadable]', 1]);
  });

  it('survives a list that claims an absurd length', () => {
    const list = new Proxy<unknown[]>([], {
      get: (target, key, receiver) =>
        key === 'length' ? 2 ** 53 : (Reflect.get(target, key, receiver) as unknown),
    });

    const copy = snapshot(list);

    expect(copy.value).toHaveLength(1_001);
    expect(copy.value).toHaveProperty('1000', '[truncated 9,007,199,254,740,992 → 1,000 items]');
  });

  it('copies a key named __proto__ without changing any prototype', () => {
    const copy = snapshot(
      JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2}'),
    );

    expect(JSON.stringify(copy.value)).toBe(
      '{"__proto__":{"polluted":true},"constructor":1,"toString":2}',
    );
    expect(Object.getPrototypeOf(copy.value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('neither changes nor keeps what it is given', () => {
    const inner = Object.freeze({ list: Object.freeze([1]) });
    const value = Object.freeze({ inner, when: new Date(0) });

    const copy = snapshot(value).value;

    expect(copy).toEqual({ inner: { list: [1] }, when: '1970-01-01T00:00:00.000Z' });
    expect(Reflect.get(Object(copy), 'inner')).not.toBe(inner);
    expect(Reflect.get(Reflect.get(Object(copy), 'inner'), 'list')).not.toBe(inner.list);
    expect(value).toEqual({ inner: { list: [1] }, when: new Date(0) });
  });

  it('answers on an almost exhausted stack', () => {
    const dive = (): unknown => {
      try {
        return dive();
      } catch {
        return snapshot({ a: { b: [1] } }).value;
      }
    };

    expect(dive()).toBeDefined();
  });
});
