import type { ContenderId } from '../contenders/index.ts';
import type { Column, Figure, Goal, Sample } from '../figures/figure.ts';

/** What was measured of one contender. */
export interface Row {
  readonly contender: ContenderId;
  readonly samples: readonly Sample[];
  /** Why a measurement failed. */
  readonly failures: readonly string[];
}

/** What was measured of one figure. */
export interface FigureResult {
  readonly figure: Figure;
  readonly rows: readonly Row[];
}

/** One cell of a table. */
export interface Value {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** How often it was measured. */
  readonly count: number;
  /** As a multiple of the yardstick; undefined for a column without, and where the yardstick is not above zero. */
  readonly ratio: number | undefined;
}

/** A goal and whether it was met. */
export interface Verdict {
  readonly goal: Goal;
  readonly contender: ContenderId;
  readonly isMet: boolean;
}

/** The values of a contender in a column; undefined when it was not measured. */
export function valueOf(
  result: FigureResult,
  contender: ContenderId,
  column: Column,
): Value | undefined {
  const values = valuesOf(result, contender, column);
  if (values.length === 0) return undefined;
  const own = median(values);
  const { yardstick } = result.figure;
  const other = median(valuesOf(result, yardstick, column));
  const isComparable = contender !== yardstick && contender !== 'untraced';
  const hasRatio = column.hasRatio === true && isComparable && other > 0;
  return {
    median: own,
    least: Math.min(...values),
    most: Math.max(...values),
    count: values.length,
    ratio: hasRatio ? own / other : undefined,
  };
}

/** Each goal of a figure, for each contender that it is about and that was measured. */
export function verdictsOf(result: FigureResult): readonly Verdict[] {
  return result.figure.goals.flatMap((goal) =>
    goal.contenders
      .filter((id) => result.rows.some(({ contender }) => contender === id))
      .map((contender) => ({ goal, contender, isMet: isMet(result, goal, contender) })),
  );
}

function isMet(
  result: FigureResult,
  { column: key, limit }: Goal,
  contender: ContenderId,
): boolean {
  const column = result.figure.columns.find((candidate) => candidate.key === key);
  const own = column && valueOf(result, contender, column)?.median;
  // What could not be measured is not met.
  if (column === undefined || own === undefined) return false;
  switch (limit.type) {
    case 'at-most':
      // To the digits that are shown, in which the goals are given too.
      return Number(own.toFixed(column.digits)) <= limit.value;
    case 'at-least':
      return own >= limit.value;
    case 'times': {
      const other = valueOf(result, limit.of, column)?.median;
      return other !== undefined && own <= Math.max(0, other) * limit.atMost;
    }
    default:
      return limit satisfies never;
  }
}

function valuesOf(
  { rows }: FigureResult,
  contender: ContenderId,
  { key, isAboveUntraced }: Column,
): readonly number[] {
  const numbersOf = (id: ContenderId): readonly number[] =>
    (rows.find((row) => row.contender === id)?.samples ?? []).flatMap((sample) => {
      const value = sample[key];
      return value === undefined ? [] : [value];
    });
  if (isAboveUntraced !== true || contender === 'untraced') return numbersOf(contender);
  const base = numbersOf('untraced');
  return numbersOf(contender).map((value) => value - (base.length === 0 ? 0 : median(base)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
}
