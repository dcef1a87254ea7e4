import type { AuditWindow } from '../../langfuse/reads/audited-trace.ts';
import type { Baseline } from './options.ts';

/** What the options say about the window: its ends, or how long it is. Milliseconds. */
export interface WindowFlags {
  readonly since: number;
  readonly from?: number;
  readonly to?: number;
}

/** The window that is measured; it may end before it begins when both ends were given. */
export function toWindow({ from, to, since }: WindowFlags, now: number): AuditWindow {
  const end = to ?? now;
  return { from: from ?? end - since, to: end };
}

/** The window to compare with. */
export function toBaselineWindow(baseline: Baseline, { from }: AuditWindow): AuditWindow {
  switch (baseline.type) {
    case 'before':
      return { from: from - baseline.lengthMs, to: from };
    case 'between':
      return baseline.window;
    default:
      return baseline satisfies never;
  }
}
