import type { DeliveryReport } from '../../../src/index.ts';
import type { SendCounts } from './sender.ts';

/** What came of a sending, as lines for a person. */
export function toReportLines(counts: SendCounts, report: DeliveryReport): readonly string[] {
  const losses = Object.entries(report.dropped).filter(([, count]) => count > 0);
  return [
    `read       ${counted(counts.lines, 'line')}`,
    `taken      ${counted(counts.events, 'event')} of ${counted(counts.runs, 'run')}`,
    ...(counts.skipped > 0
      ? [`skipped    ${counted(counts.skipped, 'event')} that an earlier start delivered`]
      : []),
    `refused    ${counted(counts.refused, 'line')}`,
    `delivered  ${counted(report.delivered, 'observation')}`,
    `pending    ${counted(report.pending, 'observation')}`,
    ...(losses.length === 0
      ? ['dropped    none']
      : losses.map(([reason, count]) => `dropped    ${counted(count, 'item')} as ${reason}`)),
  ];
}

/** One line of progress. */
export function toProgressText(counts: SendCounts, totalBytes: number | undefined): string {
  const share =
    totalBytes === undefined || totalBytes === 0
      ? ''
      : ` (${Math.floor((100 * counts.bytes) / totalBytes)} %)`;
  return `${counted(counts.events, 'event')} of ${counted(counts.runs, 'run')} sent${share}`;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
