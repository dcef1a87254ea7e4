import { percent } from './numbers.ts';
import type { ReportCounts } from './report.ts';
import { type CountedShare, shares } from './shares.ts';

/** One share in two windows. */
export interface Comparison {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  /** With its sign; `±0` when nothing changed. */
  readonly change: string;
  readonly direction: 'better' | 'worse' | 'same';
}

/** The shares of two windows side by side; stale and orphan traces as shares too, because windows differ in length. */
export function compare(before: ReportCounts, after: ReportCounts): readonly Comparison[] {
  const losses: readonly CountedShare[] = [
    { key: 'stale', title: 'stale in progress' },
    { key: 'orphans', title: 'orphans' },
  ];
  return [
    ...shares.map((share) => compareShares(share, { before, after, isGoodWhen: 'more' })),
    ...losses.map((share) => compareShares(share, { before, after, isGoodWhen: 'less' })),
  ];
}

interface Sides {
  readonly before: ReportCounts;
  readonly after: ReportCounts;
  readonly isGoodWhen: 'more' | 'less';
}

function compareShares(
  { key, title }: CountedShare,
  { before, after, isGoodWhen }: Sides,
): Comparison {
  const texts = {
    title,
    before: percent(before[key], before.due),
    after: percent(after[key], after.due),
  };
  if (before.due === 0 || after.due === 0) return { ...texts, change: '–', direction: 'same' };
  const points = (after[key] / after.due - before[key] / before.due) * 100;
  if (Math.abs(points) < 0.005) return { ...texts, change: '±0', direction: 'same' };
  const sign = points > 0 ? '+' : '−';
  const isBetter = points > 0 === (isGoodWhen === 'more');
  return {
    ...texts,
    change: `${sign}${Math.abs(points).toFixed(2)} points`,
    direction: isBetter ? 'better' : 'worse',
  };
}
