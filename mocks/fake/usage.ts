import type { ObservationBody } from './ingestion-schema.ts';

type Counts = Readonly<Record<string, number>>;

/** The token counts that an observation event gives, in whichever of its two fields. */
export function providedUsage(body: ObservationBody): Counts {
  const { input, output, total } = body.usage ?? {};
  const sum = (input ?? 0) && (output ?? 0) ? (input ?? 0) + (output ?? 0) : (input ?? output);
  const hasDetails = Object.keys(body.usageDetails ?? {}).length > 0;
  return {
    ...present({ input, output, total: total || (hasDetails ? undefined : sum) }),
    ...body.usageDetails,
  };
}

/** The costs that an observation event gives, in whichever of its two fields. */
export function providedCost(body: ObservationBody): Counts {
  const { inputCost, outputCost, totalCost } = body.usage ?? {};
  return {
    ...present({ input: inputCost, output: outputCost, total: totalCost }),
    ...body.costDetails,
  };
}

/** What the server adds: a total of the counts, and of the costs if they are input and output only. */
export interface PricedUsage {
  readonly usageDetails: Counts;
  readonly costDetails: Counts;
  readonly totalCost: number | undefined;
}

/** Adds the totals. Models have no prices here: a cost that was not given is not calculated. */
export function pricedUsage(usage: Counts, cost: Counts): PricedUsage {
  const hasUsage = Object.keys(usage).length > 0;
  const usageDetails =
    hasUsage && usage['total'] === undefined ? { ...usage, total: sumOf(usage) } : usage;
  const total = cost['total'] ?? totalOfSides(cost);
  const costDetails = total === undefined ? cost : { ...cost, total };
  return { usageDetails, costDetails, totalCost: total };
}

/** Cost columns hold twelve decimals. */
export function roundCost(cost: number): number {
  return Number(cost.toFixed(12));
}

/** The sum of all counts whose name starts with `input` or `output`; undefined if there is none. */
export function sideOf(counts: Counts, side: 'input' | 'output'): number | undefined {
  const values = Object.entries(counts).filter(([key]) => key.startsWith(side));
  return values.length === 0 ? undefined : values.reduce((sum, [, value]) => sum + value, 0);
}

function totalOfSides(cost: Counts): number | undefined {
  const keys = Object.keys(cost);
  if (keys.length === 0 || keys.some((key) => key !== 'input' && key !== 'output'))
    return undefined;
  return roundCost(sumOf(cost));
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}

function present(counts: Readonly<Record<string, number | null | undefined>>): Counts {
  return Object.fromEntries(
    Object.entries(counts).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  );
}
