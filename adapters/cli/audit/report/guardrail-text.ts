import { toPrintableLine } from '../../../../src/printable-line.ts';
import type { GuardrailCheck } from '../measure/guardrail.ts';
import { whole } from './numbers.ts';
import type { AuditReport, ReportFinding } from './report.ts';

/** One limit and what was found, in words. */
export function checkText({ name, limit, found, passed }: GuardrailCheck): string {
  const [what, relation] = wording(name, passed);
  return `${what}: ${found === null ? 'nothing to measure' : number(name, found)} ${relation} ${number(name, limit)}`;
}

function wording(name: GuardrailCheck['name'], passed: boolean): readonly [string, string] {
  switch (name) {
    case 'min-complete':
      return ['complete parents', passed ? '≥' : '<'];
    case 'max-stale':
      return ['stale in-progress parents', passed ? '≤' : '>'];
    case 'max-orphans':
      return ['orphan traces', passed ? '≤' : '>'];
    case 'min-parents':
      return ['parents that are due', passed ? '≥' : '<'];
    default:
      return name satisfies never;
  }
}

// Rounded down, so that what misses the limit never reads as if it met it.
function number(name: GuardrailCheck['name'], value: number): string {
  return name === 'min-complete' ? `${Math.floor(value * 1_000 + 1e-6) / 1_000}%` : whole(value);
}

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
