import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type HeldCall, type Shares, toShares } from '../../../adapters/claude-agent/shares.ts';
import { type ModelSpend, readSpend, spentSince } from '../../../adapters/claude-agent/spend.ts';

const model = 'claude-opus-5-5';

function call(stepId: string, facts: Partial<HeldCall> = {}): HeldCall {
  return {
    stepId,
    model,
    usage: { input: 140, cacheRead: 30, cacheWrite: 10 },
    characters: 80,
    ...facts,
  };
}

function spend(facts: Partial<ModelSpend> = {}): ModelSpend {
  return {
    model,
    usage: { input: 280, output: 40, cacheRead: 60, cacheWrite: 20 },
    cost: 0.002,
    ...facts,
  };
}

function sums({ byStep, rest }: Shares): { readonly cost: number; readonly output: number } {
  const all = [
    ...Array.from(byStep.values(), ({ usage, cost }) => ({ usage, cost: cost?.total ?? 0 })),
    ...rest,
  ];
  return {
    cost: all.reduce((sum, { cost }) => sum + cost, 0),
    output: all.reduce((sum, { usage }) => sum + (usage.output ?? 0), 0),
  };
}

describe('what the calls of a model share', () => {
  it('goes by what they wrote, and says that it is an estimate', () => {
    const held = [call('a', { characters: 120 }), call('b', { characters: 40 })];

    const { byStep, rest } = toShares(held, [spend()]);

    expect(byStep.get('a')).toMatchObject({ usage: { input: 140, output: 30 }, isEstimated: true });
    expect(byStep.get('b')).toMatchObject({ usage: { input: 140, output: 10 }, isEstimated: true });
    expect(rest).toEqual([]);
  });

  it('is no estimate when there is one call, or when each told its own', () => {
    const usage = { input: 140, output: 20, cacheRead: 30, cacheWrite: 10 };

    const one = toShares([call('a')], [spend({ usage: { ...usage, output: 25 } })]);
    const both = toShares([call('a', { usage }), call('b', { usage })], [spend()]);

    expect(one.byStep.get('a')).toEqual({
      usage: { ...usage, output: 25 },
      cost: { total: 0.002 },
    });
    expect(both.byStep.get('b')).toEqual({ usage, cost: { total: 0.001 } });
  });

  it('leaves to calls that were never told what nobody else used', () => {
    const { byStep, rest } = toShares([call('a', { characters: 40 })], [spend()]);

    expect(byStep.get('a')?.usage).toMatchObject({ input: 140, output: 10 });
    expect(rest).toMatchObject([
      { model, usage: { input: 140, output: 30, cacheRead: 30, cacheWrite: 10 } },
    ]);
  });

  it('is all of it for calls that were never told when no other was', () => {
    expect(toShares([], [spend()]).rest).toEqual([spend()]);
  });

  it('is only what they told, and no cost, for a model without a bill', () => {
    const { byStep } = toShares([call('a', { model: 'claude-haiku-5-5' })], [spend()]);

    expect(byStep.get('a')).toEqual({ usage: { input: 140, cacheRead: 30, cacheWrite: 10 } });
  });

  it('is found when the bill names the context window', () => {
    const { byStep } = toShares([call('a')], [spend({ model: `${model}[1m]` })]);

    expect(byStep.get('a')?.cost?.total).toBeGreaterThan(0);
  });

  it('adds up to the bill, whatever was told', () => {
    const count = fc.nat({ max: 100_000 });
    const told = fc.record({
      usage: fc.oneof(
        fc.record({ input: count, cacheRead: fc.constant(0), cacheWrite: fc.constant(0) }),
        fc.record({ input: count, output: count }),
        fc.constant({}),
      ),
      characters: count,
    });
    fc.assert(
      fc.property(
        fc.array(told, { maxLength: 8 }),
        count,
        fc.float({ min: 0, max: 100, noNaN: true }),
        (calls, output, cost) => {
          const held = calls.map((facts, index) => call(String(index), facts));
          const input = calls.reduce(
            (sum, { usage }) => sum + ('input' in usage ? usage.input : 0),
            0,
          );
          const own = calls.reduce(
            (sum, { usage }) => sum + ('output' in usage ? usage.output : 0),
            0,
          );
          const spent = spend({ usage: { input, output: own + output }, cost });

          const shares = sums(toShares(held, [spent]));

          expect(shares.cost).toBeCloseTo(cost, 9);
          expect(shares.output).toBe(own + output);
        },
      ),
    );
  });
});

describe('what a result adds', () => {
  it('is the difference to the totals before', () => {
    const before = spend();
    const now = spend({
      usage: { input: 420, output: 60, cacheRead: 90, cacheWrite: 30 },
      cost: 0.003,
    });

    const [added] = spentSince([now], [before]);

    expect(added?.usage).toEqual({ input: 140, output: 20, cacheRead: 30, cacheWrite: 10 });
    expect(added?.cost).toBeCloseTo(0.001, 9);
  });

  it('is everything after the totals were set back (`/clear`)', () => {
    expect(spentSince([spend({ cost: 0.001 })], [spend()])).toEqual([spend({ cost: 0.001 })]);
  });

  it('is read from any value without a fault', () => {
    const hostile = {
      get broken() {
        throw new Error('no');
      },
    };

    expect(readSpend(hostile)).toEqual([{ model: 'broken', usage: {}, cost: 0 }]);
    expect([undefined, null, 7, 'text'].map(readSpend)).toEqual([[], [], [], []]);
  });
});
