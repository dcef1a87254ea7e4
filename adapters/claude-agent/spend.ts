import { readField, readKeys, toCost, toUsage, type Usage } from '../../src/index.ts';

/** What all calls of a model used together. */
export interface ModelSpend {
  readonly model: string;
  readonly usage: Usage;
  readonly cost: number;
}

/** The entries of a `modelUsage` object. */
export function readSpend(modelUsage: unknown): readonly ModelSpend[] {
  return readKeys(modelUsage)
    .slice(0, 100)
    .map((model) => {
      const entry = readField(modelUsage, model);
      return { model, usage: toUsage(entry) ?? {}, cost: toCost(entry)?.total ?? 0 };
    });
}

/** What was spent since `before`, both being totals; a total that fell was set back to zero in between. */
export function spentSince(
  now: readonly ModelSpend[],
  before: readonly ModelSpend[],
): readonly ModelSpend[] {
  return now.map((entry) => {
    const base = before.find(({ model }) => model === entry.model);
    return base === undefined || base.cost > entry.cost ? entry : difference(entry, base);
  });
}

function difference(entry: ModelSpend, base: ModelSpend): ModelSpend {
  return {
    model: entry.model,
    usage: minus(entry.usage, base.usage),
    cost: Math.max(0, entry.cost - base.cost),
  };
}

const counted = ['input', 'output', 'cacheRead', 'cacheWrite'] as const;

/** What two used together. */
export function plus(one: Usage, other: Usage): Usage {
  return combined(one, other, (left, right) => left + right);
}

/** What one used that the other did not. Never below zero: what a crash or a restart makes of a total is not taken from anybody. */
export function minus(one: Usage, other: Usage): Usage {
  return combined(one, other, (left, right) => Math.max(0, left - right));
}

function combined(one: Usage, other: Usage, count: (left: number, right: number) => number): Usage {
  const sum: Partial<Record<keyof Usage, number>> = {};
  for (const key of counted) {
    if (one[key] !== undefined || other[key] !== undefined) {
      sum[key] = count(one[key] ?? 0, other[key] ?? 0);
    }
  }
  return sum;
}
