import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorFacts } from '../../src/ending.ts';
import { errorChain, toErrorFacts } from '../../src/error-facts.ts';

function refuse(): void {}

class PaymentRefused extends Error {}

class NotEnough extends TypeError {}

describe('the type of an error', () => {
  it.each<[string, unknown, string]>([
    ['an Error', new Error('m'), 'Error'],
    ['a built-in subclass', new RangeError('m'), 'RangeError'],
    ['a class that sets no name', new PaymentRefused('m'), 'PaymentRefused'],
    ['a class over a built-in subclass', new NotEnough('m'), 'NotEnough'],
    ['a name that was set', Object.assign(new PaymentRefused('m'), { name: 'Refused' }), 'Refused'],
    ['a blank name', Object.assign(new Error('m'), { name: ' ' }), 'Error'],
    ['a name that is no text', Object.assign(new Error('m'), { name: 7 }), 'Error'],
    ['a class that a bundler renamed', new (class t extends Error {})('m'), 'Error'],
    ['a DOMException', new DOMException('m', 'DataCloneError'), 'DataCloneError'],
    ['an error of another realm', runInNewContext("new TypeError('m')"), 'TypeError'],
    ['an object with a name', { name: 'Refused', message: 'm' }, 'Refused'],
    ['an instance that is no error', new Map(), 'Map'],
    ['a plain object', { message: 'm' }, 'object'],
    ['a text', 'm', 'string'],
    ['a number', 7, 'number'],
    ['a bigint', 7n, 'bigint'],
    ['a symbol', Symbol('m'), 'symbol'],
    ['a boolean', false, 'boolean'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a function', () => 'm', 'function'],
  ])('of %s', (_, error, expected) => {
    const facts = toErrorFacts(error);

    expect(facts.type).toBe(expected);
  });
});

describe('the message of an error', () => {
  it.each<[string, unknown, string]>([
    ['an Error', new Error('no money'), 'no money'],
    ['an object with a message', { message: 'no money' }, 'no money'],
    ['a text', 'no money', 'no money'],
    ['a number', 7, '7'],
    ['a bigint', 7n, '7n'],
    ['a symbol', Symbol('no'), 'Symbol(no)'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a function', refuse, '[function refuse]'],
    ['an object without one', { code: 1, why: ['a', null] }, '{"code":1,"why":["a",null]}'],
    ['an empty object', {}, '{}'],
    ['an instance without fields', new Map(), '[Map]'],
    ['an object that holds an error', { inner: new TypeError('x') }, '{"inner":[TypeError: x]}'],
    ['a deep object', { a: { b: { c: { d: 1 } } } }, '{"a":{"b":{"c":{…}}}}'],
    ['a long list', Array.from({ length: 12 }, () => 0), '[0,0,0,0,0,0,0,0,0,0,…]'],
  ])('of %s', (_, error, expected) => {
    const facts = toErrorFacts(error);

    expect(facts.message).toBe(expected);
  });

  it('is that of the parts when an aggregate has none of its own', () => {
    const error = new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')]);

    const facts = toErrorFacts(error);

    expect(facts.message).toBe('refused ::1; refused 127.0.0.1');
  });

  it.each(['', 'x'])(
    'is cut at 8,192 characters and says so, without half a character',
    (start) => {
      const facts = toErrorFacts(new Error(start + '😀'.repeat(6_000)));

      expect(facts.message.length).toBeLessThanOrEqual(8_192);
      expect(facts.message).toMatch(/… \[cut, 1200[01] characters in all\]$/);
      expect(facts.message.isWellFormed()).toBe(true);
    },
  );

  it('is kept whole at 8,192 characters', () => {
    const facts = toErrorFacts(new Error('x'.repeat(8_192)));

    expect(facts.message).toBe('x'.repeat(8_192));
  });
});

describe('what else is known of an error', () => {
  it('has the stack, at most 16,384 characters of it', () => {
    const long = Object.assign(new Error('m'), { stack: 'x'.repeat(20_000) });

    const [short, cut] = [toErrorFacts(new Error('m')), toErrorFacts(long)];

    expect(short.stack).toMatch(/^Error: m\n\s+at /);
    expect(cut.stack).toHaveLength(16_384);
  });

  it.each<[string, object, string | number | undefined]>([
    ['a text', { code: 'ECONNRESET' }, 'ECONNRESET'],
    ['a number', { code: 7 }, 7],
    ["LangChain's code", { lc_error_code: 'GRAPH_RECURSION_LIMIT' }, 'GRAPH_RECURSION_LIMIT'],
    ['an HTTP status', { code: null, status: 429 }, 429],
    ['the HTTP status of the AI SDK', { statusCode: 503 }, 503],
    ['an object, which is no code', { code: {} }, undefined],
  ])('has a code that is %s', (_, fields, expected) => {
    const facts = toErrorFacts(Object.assign(new Error('m'), fields));

    expect(facts.code).toBe(expected);
  });

  it('follows causes five deep', () => {
    const error = nested(9);

    const facts = toErrorFacts(error);

    expect(messagesOf(facts)).toStrictEqual(['0', '1', '2', '3', '4', '5']);
  });

  it.each(['error', 'toolError', 'originalError'])(
    'takes an error in `%s` as the cause',
    (field) => {
      const error = Object.assign(new Error('outer'), { [field]: new RangeError('inner') });

      const facts = toErrorFacts(error);

      expect(facts.cause).toMatchObject({ type: 'RangeError', message: 'inner' });
    },
  );

  it('takes an error of another realm for one', () => {
    const foreign: unknown = runInNewContext("new RangeError('inner')");

    const facts = toErrorFacts(Object.assign(new Error('outer'), { toolError: foreign }));

    expect(facts.cause).toMatchObject({ type: 'RangeError', message: 'inner' });
  });

  it('does not take the body of an answer, which openai keeps in `error`, as the cause', () => {
    const error = Object.assign(new Error('outer'), { error: { message: 'inner' } });

    const facts = toErrorFacts(error);

    expect(facts).not.toHaveProperty('cause');
  });

  it('has ten parts of an aggregate at most', () => {
    const parts = Array.from({ length: 12 }, (_, index) => new Error(`${index}`));

    const facts = toErrorFacts(new AggregateError(parts, 'all failed'));

    expect(facts.message).toBe('all failed');
    expect(facts.errors?.map((part) => part.message)).toStrictEqual(
      parts.slice(0, 10).map((part) => part.message),
    );
  });

  it('stays small when aggregates hold aggregates', () => {
    const facts = toErrorFacts(bush(6));

    expect(count(facts)).toBeLessThanOrEqual(40);
  });

  it('ends where causes go round', () => {
    const first = new Error('first');
    const second = new Error('second', { cause: first });
    first.cause = second;

    const facts = toErrorFacts(first);

    expect(messagesOf(facts)).toStrictEqual(['first', 'second']);
    expect(errorChain(first)).toStrictEqual([first, second]);
  });
});

describe('a hostile error', () => {
  it.each<[string, unknown, ErrorFacts]>([
    ['whose getters throw', hostile(new Error('m')), { type: 'Error', message: '' }],
    ['that is a revoked proxy', revokedProxy(), { type: 'object', message: '[unreadable]' }],
    [
      'whose proxy throws on everything',
      throwingProxy(),
      { type: 'object', message: '[unreadable]' },
    ],
    ['whose fields are objects', { name: {}, message: [], stack: 1, code: {} }, objectFields()],
  ])('%s leaves what can be read', (_, error, expected) => {
    const facts = toErrorFacts(error);

    expect(facts).toStrictEqual(expected);
  });

  it('does not stop the description of the object that it is in', () => {
    const thrown = { bad: revokedProxy(), good: 1 };

    const facts = toErrorFacts(thrown);

    expect(facts.message).toBe('{"bad":[unreadable],"good":1}');
  });

  it('is not changed', () => {
    const error = Object.freeze(Object.assign(new Error('m'), { cause: Object.freeze({ a: 1 }) }));

    const facts = toErrorFacts(error);

    expect(facts.cause).toStrictEqual({ type: 'object', message: '{"a":1}' });
  });

  it('never makes it throw, whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (thrown) => {
        const facts = toErrorFacts(thrown);

        expect(facts.message.length).toBeLessThanOrEqual(8_192);
        expect(facts.type).not.toBe('');
      }),
    );
  });
});

function objectFields(): ErrorFacts {
  return { type: 'object', message: '{"name":{},"message":[],"stack":1,"code":{}}' };
}

function nested(depth: number, level = 0): Error {
  return new Error(`${level}`, level < depth ? { cause: nested(depth, level + 1) } : undefined);
}

function bush(depth: number): Error {
  if (depth === 0) return new Error('leaf');
  return new AggregateError(
    Array.from({ length: 3 }, () => bush(depth - 1)),
    `level ${depth}`,
  );
}

function count(facts: ErrorFacts): number {
  const below = [...(facts.errors ?? []), ...(facts.cause === undefined ? [] : [facts.cause])];
  return below.reduce((sum, part) => sum + count(part), 1);
}

function messagesOf(facts: ErrorFacts): readonly string[] {
  return [facts.message, ...(facts.cause === undefined ? [] : messagesOf(facts.cause))];
}

function fail(): never {
  throw new Error('not now');
}

function hostile(error: Error): Error {
  for (const key of ['name', 'message', 'stack', 'code', 'cause', 'errors']) {
    Object.defineProperty(error, key, { get: fail });
  }
  return error;
}

function throwingProxy(): object {
  const handler = { get: fail, getPrototypeOf: fail, ownKeys: fail, has: fail };
  return new Proxy({}, handler);
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
