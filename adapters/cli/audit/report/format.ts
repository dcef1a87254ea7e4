import { toPrintableLine } from '../../../../src/printable-line.ts';
import type { ReportCounts, ReportEnding, ReportWindow } from './report.ts';

/** What a share is of: the part of a parent, as a column of a report. */
export interface Measure {
  readonly key:
    | 'complete'
    | 'named'
    | 'withInput'
    | 'withConversation'
    | 'terminal'
    | 'withOutcome';
  readonly title: string;
}

/** The shares of a report, in the order of its columns. */
export const measures: readonly Measure[] = [
  { key: 'complete', title: 'complete' },
  { key: 'named', title: 'name' },
  { key: 'withInput', title: 'input' },
  { key: 'withConversation', title: 'conversation' },
  { key: 'terminal', title: 'status' },
  { key: 'withOutcome', title: 'output/error' },
];

/** A share in percent with one decimal, rounded down: only all is 100%, and only nothing is 0.0%. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  if (part === whole) return '100%';
  const tenths = Math.floor((part * 1_000) / whole);
  return tenths === 0 && part > 0 ? '<0.1%' : `${(tenths / 10).toFixed(1)}%`;
}

/** A whole number with thousands separators. */
export function whole(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `2026-11-21 10:00`, UTC. */
export function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** A window, for a heading. */
export function span({ from, to }: ReportWindow): string {
  return `${minute(from)} to ${minute(to)} UTC`;
}

/** Milliseconds as the largest unit in which they are whole: `90m`, `24h`, `7d`. */
export function duration(milliseconds: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
  ] as const;
  for (const [size, unit] of units) {
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds / 1_000}s`;
}

/** `completed, stop`. */
export function endingText({ status, reason }: Pick<ReportEnding, 'status' | 'reason'>): string {
  return reason === '' ? status : `${status.replace('_', ' ')}, ${reason}`;
}

/** A name as somebody else gave it. */
export function nameText(name: string): string {
  const line = toPrintableLine(name);
  return line === '' ? '(no name)' : line;
}

/** One number in two windows. */
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
  const losses = [
    { key: 'stale', title: 'stale in progress' },
    { key: 'orphans', title: 'orphans' },
  ] as const;
  return [
    ...measures.map((measure) => compareShares(measure, { before, after, isGoodWhen: 'more' })),
    ...losses.map((measure) => compareShares(measure, { before, after, isGoodWhen: 'less' })),
  ];
}

interface Sides {
  readonly before: ReportCounts;
  readonly after: ReportCounts;
  readonly isGoodWhen: 'more' | 'less';
}

function compareShares(
  { key, title }: { readonly key: Measure['key'] | 'stale' | 'orphans'; readonly title: string },
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
