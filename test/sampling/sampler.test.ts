import * as fc from 'fast-check';
import { Langfuse } from 'langfuse';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/index.ts';
import { createSampler, type SamplingOptions, sampleValue } from '../../src/sampling.ts';
import { childRun, parent, step, traceIdOf } from './records.ts';

const traceIds = Array.from({ length: 20_000 }, (_, seed) => traceIdOf(seed));

describe('the share of traces', () => {
  it.each([0.01, 0.1, 0.25, 0.5, 0.9])(
    'is the rate, within five standard deviations: %d',
    (rate) => {
      const sampler = createSampler({ rate });

      const share =
        traceIds.filter((traceId) => sampler.isSampled(traceId)).length / traceIds.length;

      const deviation = Math.sqrt((rate * (1 - rate)) / traceIds.length);
      expect(Math.abs(share - rate)).toBeLessThan(5 * deviation);
    },
  );

  it('is all of them without a rate and at 1, and none at 0', () => {
    const shares = [{}, { rate: 1 }, { rate: 0 }].map((options) => {
      const sampler = createSampler(options);
      return traceIds.filter((traceId) => sampler.isSampled(traceId)).length;
    });

    expect(shares).toEqual([20_000, 20_000, 0]);
  });

  it('only grows with the rate: what is sampled at a low rate is sampled at a higher one', () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.nat(), (one, other, seed) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)].map((bound) =>
          createSampler({ rate: bound }),
        );
        const traceId = traceIdOf(seed);

        if (low?.isSampled(traceId)) expect(high?.isSampled(traceId)).toBe(true);
      }),
    );
  });
});

describe('the decision', () => {
  it('lies between 0 and 1 and is the same each time', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 64 }), (traceId) => {
        const value = sampleValue(traceId);

        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1.000_001);
        expect(sampleValue(traceId)).toBe(value);
      }),
    );
  });

  it('is the one of the langfuse client', () => {
    const rate = 0.3;
    const dropped: string[] = [];
    const client = new Langfuse({
      publicKey: 'pk',
      secretKey: 'sk',
      baseUrl: 'http://127.0.0.1:9',
      sampleRate: rate,
      flushAt: 100_000,
    });
    client.on('debug', (message) => {
      dropped.push(/trace ID (\w+) is out of sample/.exec(String(message))?.[1] ?? '');
    });

    const some = traceIds.slice(0, 500);
    for (const traceId of some) client.trace({ id: traceId });

    const sampler = createSampler({ rate });
    expect(dropped).toEqual(some.filter((traceId) => !sampler.isSampled(traceId)));
  });
});

describe('keep rules', () => {
  const error = { level: 'ERROR', endTime: 2_000, metadata: { reason: 'exception' } } as const;
  const limit = { ...error, metadata: { reason: 'max_iterations' } } as const;
  const aborted = { ...error, level: 'WARNING', metadata: { reason: 'aborted' } } as const;
  const slow = { endTime: 6_001 } as const;

  it.each<readonly [string, SamplingOptions['keep'] & object, ReturnType<typeof parent>, boolean]>([
    ['an error', { errors: true }, parent(error), true],
    ['max iterations as an error', { errors: true }, parent(limit), true],
    ['max iterations', { maxIterations: true }, parent(limit), true],
    ['an error that is not max iterations', { maxIterations: true }, parent(error), false],
    ['what the caller aborted', { errors: true }, parent(aborted), false],
    ['an inner run that failed', { errors: true }, childRun('inner', error), true],
    ['a step that failed', { errors: true }, step('tool', error), false],
    ['a run that is still open', { errors: true, overDurationMs: 0 }, parent(), false],
    ['a slow run', { overDurationMs: 5_000 }, parent(slow), true],
    ['a run that took just as long', { overDurationMs: 5_001 }, parent(slow), false],
    ['a name', { names: ['checkout'] }, parent({ name: 'checkout' }), true],
    ['a part of a name', { names: ['check'] }, parent({ name: 'checkout' }), false],
    ['a pattern', { names: [/^check/] }, parent({ name: 'checkout' }), true],
    ['an inner run of that name', { names: ['checkout'] }, childRun('checkout'), true],
    ['a step of that name', { names: ['checkout'] }, step('checkout'), false],
    ['rules that are switched off', { errors: false, names: [] }, parent(error), false],
  ])('look at %s', (_title, keep, record, isKept) => {
    expect(createSampler({ rate: 0, keep }).isKept(record)).toBe(isKept);
  });

  it('answer alike each time, also with a pattern that remembers its place', () => {
    const sampler = createSampler({ keep: { names: [/agent/g] } });

    expect([1, 2, 3].map(() => sampler.isKept(parent()))).toEqual([true, true, true]);
  });
});

describe('createSampler', () => {
  it.each<readonly [string, object, string]>([
    ['a rate over 1', { rate: 1.5 }, 'sampling.rate: expected a number from 0 to 1, received 1.5'],
    ['a rate that is no number', { rate: Number.NaN }, 'received NaN'],
    ['a rate as text', { rate: '0.5' }, 'received a text'],
    ['an unknown option', { ratio: 1 }, 'sampling: expected only rate, keep, received "ratio"'],
    [
      'an unknown rule',
      { keep: { error: true } },
      'sampling.keep: expected only errors, maxIterations, overDurationMs, names',
    ],
    [
      'a rule that is no yes or no',
      { keep: { errors: 'yes' } },
      'sampling.keep.errors: expected true or false, received a text',
    ],
    [
      'a negative duration',
      { keep: { overDurationMs: -1 } },
      'sampling.keep.overDurationMs: expected milliseconds from 0 on, received -1',
    ],
    ['names that are no list', { keep: { names: 'a' } }, 'sampling.keep.names: expected an array'],
    [
      'a name that is none',
      { keep: { names: ['a', ''] } },
      'sampling.keep.names[1]: expected a name or a regular expression, received an empty text',
    ],
  ])('refuses %s and says what was expected', (_title, options, message) => {
    const create = (): unknown => createSampler(options);

    expect(create).toThrow(ConfigError);
    expect(create).toThrow(message);
  });
});
