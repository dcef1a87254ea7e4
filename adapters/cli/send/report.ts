import type { DeliveryReport } from '../../../src/index.ts';
import { counted } from '../terminal/counted.ts';
import { toDeliveryLines } from '../terminal/delivery-lines.ts';
import type { SendCounts } from './sender.ts';

/** What came of a sending, as lines for a person. */
export function toReportLines(counts: SendCounts, report: DeliveryReport): readonly string[] {
  return [
    `read       ${counted(counts.lines, 'line')}`,
    `taken      ${counted(counts.events, 'event')} of ${counted(counts.runs, 'run')}`,
    ...(counts.skipped > 0
      ? [`skipped    ${counted(counts.skipped, 'event')} that an earlier start delivered`]
      : []),
    `refused    ${counted(counts.refused, 'line')}`,
    ...toDeliveryLines(report),
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
