import type { AuditReads } from '../../langfuse/reads/audit-reads.ts';
import type { AuditWindow } from '../../langfuse/reads/audited-trace.ts';
import { checkLimits, type Limits } from './measure/guardrail.ts';
import { createMeasurement, type Measurement } from './measure/measurement.ts';
import type { ConversationRule } from './measure/verdict.ts';
import { type AuditReport, toReport } from './report/report.ts';

/** What is audited, and by what rules. */
export interface AuditOrder {
  readonly window: AuditWindow;
  /** A second window to compare with. */
  readonly baseline: AuditWindow | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** No run takes longer than this, milliseconds. */
  readonly staleAfterMs: number;
  readonly conversation: ConversationRule;
  readonly children: 'all' | 'markers';
  /** Undefined means all of them. */
  readonly environments: readonly string[] | undefined;
  /** How many traces of each kind are listed. */
  readonly listed: number;
  readonly limits: Limits;
}

/** Reads one window after the other, and reports what was there. Rejects with a ReadError. */
export async function makeReport(reads: AuditReads, order: AuditOrder): Promise<AuditReport> {
  const { now, staleAfterMs, conversation, children, environments = [], limits } = order;
  const measured = await measure(reads, order.window, order);
  const baseline =
    order.baseline === undefined ? undefined : await measure(reads, order.baseline, order);
  return toReport({
    generatedAt: now,
    project: reads.project,
    rules: { staleAfterMs, conversation, children, environments },
    measured,
    baseline,
    urlOf: reads.urlOf,
    guardrail: checkLimits(measured.total, limits),
  });
}

async function measure(
  reads: AuditReads,
  window: AuditWindow,
  { now, staleAfterMs, conversation, children, environments, listed }: AuditOrder,
): Promise<Measurement> {
  const rules = { now, staleAfterMs, conversation };
  const measurement = createMeasurement({ window, rules, listed });
  for await (const trace of reads.traces({ window, longestRunMs: staleAfterMs, children, now })) {
    if (environments === undefined || environments.includes(trace.environment)) {
      measurement.add(trace);
    }
  }
  return measurement;
}
