import type { Cost, Usage } from '../../src/index.ts';
import { minus, type ModelSpend, plus } from './spend.ts';

/** A model call whose bill has not come yet. */
export interface HeldCall {
  readonly stepId: string;
  readonly model: string;
  /** What was told of it; without `output` as long as only a first count is known. */
  readonly usage: Usage;
  /** Characters that it wrote. */
  readonly characters: number;
}

/** What one call used and cost. */
export interface Share {
  readonly usage: Usage;
  readonly cost?: Cost;
  /** Set when the SDK told only a sum in which this call's output is. */
  readonly isEstimated?: true;
}

/** The bill, call by call, and what went to calls that were never told (titles, compaction, hidden subagent turns). */
export interface Shares {
  readonly byStep: ReadonlyMap<string, Share>;
  readonly rest: readonly ModelSpend[];
}

/** Anthropic's list prices stand to each other like this for every model; only the split goes by it, never the sum. */
const weights = { input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1 } as const;

/** Enough to tell what a call wrote from what untold calls wrote. */
const charactersPerToken = 4;

/**
 * Splits what each model cost over its calls. The sum of usage and cost over all shares and rests is exactly what was
 * spent; a call of a model that has no entry keeps what was told of it, and no cost.
 */
export function toShares(held: readonly HeldCall[], spent: readonly ModelSpend[]): Shares {
  const byStep = new Map<string, Share>(held.map(({ stepId, usage }) => [stepId, { usage }]));
  const rest: ModelSpend[] = [];
  const left = new Set(held);
  for (const entry of spent) {
    const calls = [...left].filter(({ model }) => isSameModel(model, entry.model));
    for (const call of calls) left.delete(call);
    const split = splitModel(calls, entry);
    for (const [stepId, share] of split.byStep) byStep.set(stepId, share);
    rest.push(...split.rest);
  }
  return { byStep, rest };
}

/** The usage of a query names a context window in brackets (`claude-opus-5-5[1m]`), its messages do not. */
function isSameModel(told: string, billed: string): boolean {
  return told === billed || told === billed.replace(/\[[^[\]]*\]$/, '');
}

function splitModel(calls: readonly HeldCall[], spent: ModelSpend): Shares {
  const told = calls.reduce<Usage>((sum, { usage }) => plus(sum, usage), {});
  const untold = minus(spent.usage, told);
  const hasRest = (untold.input ?? 0) > 0;
  const outputs = splitOutput(calls, untold.output ?? 0, hasRest ? 'some' : 'all');
  const usages = calls.map(({ usage }, index) => {
    const output = outputs[index];
    return output === undefined ? usage : { ...usage, output };
  });
  const given = usages.reduce<Usage>(plus, {});
  const restUsage = minus(spent.usage, given);
  const isRest = hasRest || calls.length === 0 || (restUsage.output ?? 0) > 0;
  const costs = inProportion(spent.cost, [...usages, ...(isRest ? [restUsage] : [])].map(weightOf));
  const isEstimated = hasRest || outputs.filter((output) => output !== undefined).length > 1;
  return {
    byStep: new Map(
      calls.map(({ stepId }, index) => [
        stepId,
        {
          usage: usages[index] ?? {},
          cost: { total: costs[index] ?? 0 },
          ...(isEstimated && outputs[index] !== undefined && { isEstimated: true }),
        },
      ]),
    ),
    rest:
      isRest && (weightOf(restUsage) > 0 || spent.cost > 0)
        ? [{ model: spent.model, usage: restUsage, cost: costs.at(-1) ?? 0 }]
        : [],
  };
}

/** Output tokens for the calls whose own count is not known, in proportion to what they wrote. */
function splitOutput(
  calls: readonly HeldCall[],
  tokens: number,
  whose: 'all' | 'some',
): readonly (number | undefined)[] {
  const written = calls.map(({ usage, characters }) =>
    usage.output === undefined ? Math.ceil(characters / charactersPerToken) : 0,
  );
  const sum = written.reduce((total, count) => total + count, 0);
  const open = calls.filter(({ usage }) => usage.output === undefined).length;
  if (open === 0) return calls.map(() => undefined);
  const whole = whose === 'all' ? tokens : Math.min(tokens, sum);
  const shares = inProportion(
    whole,
    calls.map(({ usage }, index) =>
      usage.output === undefined ? (written[index] ?? 0) || (sum === 0 ? 1 : 0) : 0,
    ),
  );
  let taken = 0;
  let given = 0;
  return calls.map(({ usage }, index) => {
    if (usage.output !== undefined) return undefined;
    // Rounded so that the whole numbers add up to the whole.
    taken += shares[index] ?? 0;
    const share = Math.round(taken) - given;
    given += share;
    return share;
  });
}

/** Parts of an amount; what rounding leaves goes to the last, so that the sum is the amount. */
function inProportion(amount: number, parts: readonly number[]): readonly number[] {
  const sum = parts.reduce((total, part) => total + part, 0);
  let given = 0;
  return parts.map((part, index) => {
    const share =
      index === parts.length - 1
        ? Math.max(0, amount - given)
        : amount * (sum === 0 ? 1 / parts.length : part / sum);
    given += share;
    return share;
  });
}

function weightOf({ input = 0, output = 0, cacheRead = 0, cacheWrite = 0 }: Usage): number {
  const fresh = Math.max(0, input - cacheRead - cacheWrite);
  return (
    fresh * weights.input +
    output * weights.output +
    cacheRead * weights.cacheRead +
    cacheWrite * weights.cacheWrite
  );
}
