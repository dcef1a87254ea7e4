import { toPrintableLine } from '../../../../src/printable-line.ts';
import { counted } from '../../terminal/counted.ts';
import { compare } from './comparison.ts';
import { checkText } from './guardrail-text.ts';
import { duration, minute, percent, span, whole } from './numbers.ts';
import type { AuditReport, ReportCounts, ReportFinding } from './report.ts';
import { shares } from './shares.ts';

/**
 * A report in the words of a person, as each of its forms prints it: nothing is left to be counted or worded. All texts are
 * lines without control characters, and not escaped for any format.
 */
export interface ReportSections {
  /** `Audit of Support`. */
  readonly title: string;
  /** The address, and which API was read. */
  readonly server: string;
  readonly window: string;
  /** `1,204 parents due in production, 1 still running`. */
  readonly due: string;
  /** `1h`. */
  readonly staleAfter: string;
  readonly madeAt: string;
  /** The three numbers that matter. */
  readonly headline: Readonly<Record<'complete' | 'stale' | 'orphans', string>>;
  /** The limits that were set, with what was found. */
  readonly checks: readonly CheckLine[];
  readonly counts: CountsSection;
  /** How parents ended; without rows when none was due. */
  readonly endings: Table;
  /** Who gave their conversation ids. */
  readonly sources: Table;
  readonly comparison: ComparisonSection | undefined;
  /** Those that are not empty, the worst first. */
  readonly findings: readonly FindingSection[];
  readonly notes: readonly string[];
}

/** One limit. */
export interface CheckLine {
  readonly passed: boolean;
  readonly text: string;
}

/** The numbers of all parents, by day and by trace name. All rows have the columns of `titles`. */
export interface CountsSection {
  readonly titles: readonly string[];
  readonly total: Row;
  readonly days: readonly Row[];
  /** The most frequent first; a form may show fewer. */
  readonly names: readonly Row[];
  /** Names that there was no room for, together. */
  readonly otherNames: readonly Row[];
}

/** The numbers of two windows. */
export interface ComparisonSection {
  readonly window: string;
  readonly due: string;
  readonly table: Table;
}

/** Numbers with their titles; the column of the row titles is named by who prints it. */
export interface Table {
  readonly titles: readonly string[];
  readonly rows: readonly Row[];
}

/** A line of a table. */
export interface Row {
  readonly title: string;
  readonly cells: readonly Cell[];
}

/** A number as text. `tone` says how good it is, where that can be said. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

/** How good a number is. `quiet`: it says nothing. */
export type Tone = 'good' | 'fair' | 'bad' | 'quiet';

/** Traces of one kind that somebody should look at. */
export interface FindingSection {
  /** With how many there are, and how many of these are listed. */
  readonly title: string;
  readonly items: readonly FindingLine[];
}

/** One trace. */
export interface FindingLine {
  readonly when: string;
  readonly name: string;
  /** `no input, output or error`. */
  readonly lack: string;
  readonly traceId: string;
  readonly url: string;
}

/** Puts a report into words. */
export function toSections(report: AuditReport): ReportSections {
  const { project, window, total, rules } = report;
  return {
    title: `Audit of ${nameText(project.name)}`,
    server: `${project.baseUrl} (${project.model})`,
    window: span(window),
    due: dueText(report),
    staleAfter: duration(rules.staleAfterMs),
    madeAt: `${minute(report.generatedAt)} UTC`,
    headline: {
      complete: percent(total.complete, total.due),
      stale: whole(total.stale),
      orphans: whole(total.orphans),
    },
    checks: (report.guardrail?.checks ?? []).map((check) => ({
      passed: check.passed,
      text: checkText(check),
    })),
    counts: toCountsSection(report),
    endings: toShareTable(
      total.endings.map(({ status, reason, count }) => [endingText(status, reason), count]),
      total,
    ),
    sources: toShareTable(
      total.sources.map(({ source, count }) => [source, count]),
      total,
    ),
    comparison: toComparisonSection(report),
    findings: toFindingSections(report),
    notes: report.notes.map(toPrintableLine),
  };
}

function dueText({ total, rules: { environments } }: AuditReport): string {
  const running = total.running === 0 ? '' : `, ${whole(total.running)} still running`;
  const where =
    environments.length === 0 ? '' : ` in ${environments.map(toPrintableLine).join(', ')}`;
  return `${counted(total.due, 'parent')} due${where}${running}`;
}

function toCountsSection({ total, byDay, byName, otherNames }: AuditReport): CountsSection {
  return {
    titles: ['parents', ...shares.map(({ title }) => title), 'stale', 'orphans'],
    total: toCountsRow('all', total),
    days: byDay.map(({ day, ...counts }) => toCountsRow(day, counts)),
    names: byName.map(({ name, ...counts }) => toCountsRow(nameText(name), counts)),
    otherNames: otherNames === null ? [] : [toCountsRow('(other names)', otherNames)],
  };
}

function toCountsRow(title: string, counts: ReportCounts): Row {
  const { due, stale, orphans } = counts;
  return {
    title,
    cells: [
      { text: whole(due) },
      ...shares.map(({ key }) => ({
        text: percent(counts[key], due),
        tone: toTone(counts[key], due),
      })),
      ...[stale, orphans].map((count): Cell => ({
        text: whole(count),
        tone: count === 0 ? 'good' : 'bad',
      })),
    ],
  };
}

function toTone(part: number, due: number): Tone {
  if (due === 0) return 'quiet';
  if (part / due >= 0.995) return 'good';
  return part / due >= 0.95 ? 'fair' : 'bad';
}

function toShareTable(
  counts: readonly (readonly [title: string, count: number])[],
  { due }: ReportCounts,
): Table {
  const rows = counts.map(([title, count]) => ({
    title: toPrintableLine(title),
    cells: [{ text: whole(count) }, { text: percent(count, due) }],
  }));
  return { titles: ['parents', 'share'], rows };
}

const directionTones = { better: 'good', worse: 'bad', same: 'quiet' } as const;

function toComparisonSection({ baseline, total }: AuditReport): ComparisonSection | undefined {
  if (baseline === null) return undefined;
  const rows = compare(baseline.total, total).map(
    ({ title, before, after, change, direction }): Row => ({
      title,
      cells: [{ text: before }, { text: after }, { text: change, tone: directionTones[direction] }],
    }),
  );
  return {
    window: span(baseline.window),
    due: `${counted(baseline.total.due, 'parent')} due`,
    table: { titles: ['baseline', 'now', 'change'], rows },
  };
}

function toFindingSections({ findings, total }: AuditReport): readonly FindingSection[] {
  const { due, complete, stale, orphans } = total;
  const lists = [
    { title: 'Orphan traces', count: orphans, listed: findings.orphans },
    { title: 'Stale in-progress parents', count: stale - orphans, listed: findings.stale },
    { title: 'Incomplete parents', count: due - complete - stale, listed: findings.incomplete },
  ];
  return lists
    .filter(({ count }) => count > 0)
    .map(({ title, count, listed }) => {
      const shown = listed.length < count ? `, the newest ${whole(listed.length)}` : '';
      return { title: `${title} (${whole(count)}${shown})`, items: listed.map(toFindingLine) };
    });
}

function toFindingLine({ traceId, url, name, startTime, missing }: ReportFinding): FindingLine {
  return {
    when: minute(startTime),
    name: nameText(name),
    lack: `no ${missing.join(', ')}`,
    traceId: toPrintableLine(traceId),
    url,
  };
}

function endingText(status: string, reason: string): string {
  return reason === '' ? status : `${status.replace('_', ' ')}, ${reason}`;
}

// Names are as somebody else gave them.
function nameText(name: string): string {
  const line = toPrintableLine(name);
  return line === '' ? '(no name)' : line;
}
