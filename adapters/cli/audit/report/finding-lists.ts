import type { AuditReport, ReportFinding } from './report.ts';

/** Traces of one kind, for a section of a report. */
export interface FindingList {
  readonly title: string;
  /** How many there are; the list may hold fewer. */
  readonly count: number;
  readonly listed: readonly ReportFinding[];
}

/** The lists of a report that are not empty, the worst first. */
export function findingLists({ findings, total }: AuditReport): readonly FindingList[] {
  const { due, complete, stale, orphans } = total;
  const lists = [
    { title: 'Orphan traces', count: orphans, listed: findings.orphans },
    { title: 'Stale in-progress parents', count: stale - orphans, listed: findings.stale },
    { title: 'Incomplete parents', count: due - complete - stale, listed: findings.incomplete },
  ];
  return lists.filter(({ count }) => count > 0);
}
