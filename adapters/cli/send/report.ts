import type { DeliveryReport } from '../../../src/index.ts';
import { counted } from '../terminal/counted.ts';
import { toDeliveryLines } from '../terminal/delivery-lines.ts';
import type { Sent } from './send-source.ts';
import type { SendCounts } from './send-lines.ts';
import type { Source } from './source.ts';

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

/** Whether every line was an event and every observation was delivered. */
export function isComplete({ result: { how, counts }, report }: Sent): boolean {
  const isLossless = Object.values(report.dropped).every((count) => count === 0);
  return how === 'read' && counts.refused === 0 && report.pending === 0 && isLossless;
}

/** How to go on when something was not sent; undefined when nothing is left. */
export function toNextStep({ result, report }: Sent, source: Source): string | undefined {
  if (result.how === 'read' && report.pending === 0) return undefined;
  const next =
    source.type === 'resumable'
      ? `Start again with --checkpoint ${source.checkpoint} to go on`
      : 'Start again with --checkpoint <file> to be able to go on from where it stops';
  return `Not everything was sent. ${next}.`;
}
