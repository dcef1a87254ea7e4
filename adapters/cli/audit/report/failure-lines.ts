import { toPrintableLine } from '../../../../src/printable-line.ts';
import type { GuardrailCheck } from '../measure/guardrail.ts';
import { checkText } from './guardrail-text.ts';
import type { AuditReport, ReportFinding } from './report.ts';

/** Why the guardrail failed: the limits that were not kept, and the traces that did it, each with its URL. */
export function toFailureLines({ guardrail, findings }: AuditReport): readonly string[] {
  const failed = guardrail?.checks.filter(({ passed }) => !passed) ?? [];
  return failed.flatMap((check) => [
    `✗ ${checkText(check)}`,
    ...offendersOf(check.name, findings).map(
      ({ traceId, url }) => `  ${toPrintableLine(traceId)}  ${url}`,
    ),
  ]);
}

function offendersOf(
  name: GuardrailCheck['name'],
  { incomplete, stale, orphans }: AuditReport['findings'],
): readonly ReportFinding[] {
  switch (name) {
    case 'min-complete':
      return [...orphans, ...stale, ...incomplete];
    case 'max-stale':
      return [...orphans, ...stale];
    case 'max-orphans':
      return orphans;
    case 'min-parents':
      return [];
    default:
      return name satisfies never;
  }
}
