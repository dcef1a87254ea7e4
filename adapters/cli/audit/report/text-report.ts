import type { Paint } from '../../terminal/paint.ts';
import { type Cell, type Column, toTableLines } from '../../terminal/table.ts';
import { whole } from './numbers.ts';
import type { AuditReport } from './report.ts';
import {
  type CountsSection,
  type ReportSections,
  type Row,
  type Table,
  toSections,
} from './sections.ts';

/** A report for a terminal, with its last line break. The guardrail stands last, where one looks first. */
export function toTextReport(report: AuditReport, paint: Paint): string {
  const sections = toSections(report);
  const paragraphs = [
    head(sections, paint),
    countsTable(sections.counts, paint),
    tableLines('ended as', sections.endings, paint),
    tableLines('conversation id from', sections.sources, paint),
    comparison(sections, paint),
    findings(sections, paint),
    checks(sections, paint),
    sections.notes.map((note) => paint('dim', `Note: ${note}`)),
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function head(
  { title, server, window, due, staleAfter }: ReportSections,
  paint: Paint,
): readonly string[] {
  return [`${paint('bold', title)} at ${server}`, `${window}: ${due}; stale after ${staleAfter}`];
}

const namesShown = 20;

/** One table, with a rule between its groups. */
function countsTable(counts: CountsSection, paint: Paint): readonly string[] {
  const { titles, total, days, names, otherNames } = counts;
  const groups = [[total], days, [...names.slice(0, namesShown), ...otherNames]];
  const [head = '', rule = '', ...body] = toTableLines(
    columnsOf('', titles),
    groups.flat().map(toCells),
    paint,
  );
  let start = 0;
  const parts = groups.map(({ length }) => body.slice(start, (start += length)));
  const rest = names.length - namesShown;
  const more = rest > 0 ? [paint('dim', `and ${whole(rest)} more names: see --json`)] : [];
  return [
    head,
    ...parts.filter(({ length }) => length > 0).flatMap((lines) => [rule, ...lines]),
    ...more,
  ];
}

function tableLines(first: string, { titles, rows }: Table, paint: Paint): readonly string[] {
  if (rows.length === 0) return [];
  return toTableLines(columnsOf(first, titles), rows.map(toCells), paint);
}

function columnsOf(first: string, titles: readonly string[]): readonly Column[] {
  return [
    { title: first, maxWidth: 40 },
    ...titles.map((title): Column => ({ title, align: 'right' })),
  ];
}

const toneStyles = { good: 'green', fair: 'yellow', bad: 'red', quiet: 'dim' } as const;

function toCells({ title, cells }: Row): readonly Cell[] {
  return [
    { text: title },
    ...cells.map(({ text, tone }) =>
      tone === undefined ? { text } : { text, style: toneStyles[tone] },
    ),
  ];
}

function comparison({ comparison: compared }: ReportSections, paint: Paint): readonly string[] {
  if (compared === undefined) return [];
  return [
    paint('dim', `Baseline: ${compared.window}, ${compared.due}`),
    ...tableLines('compared', compared.table, paint),
  ];
}

function findings({ findings: lists }: ReportSections, paint: Paint): readonly string[] {
  return lists.flatMap(({ title, items }) => [
    paint('bold', title),
    ...items.map(({ when, name, lack, url }) => `  ${when}  ${name}: ${lack}\n    ${url}`),
  ]);
}

function checks({ checks: limits }: ReportSections, paint: Paint): readonly string[] {
  return limits.map(({ passed, text }) =>
    passed ? paint('green', `✓ ${text}`) : paint('red', `✗ ${text}`),
  );
}
