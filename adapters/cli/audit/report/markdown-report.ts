import { whole } from './numbers.ts';
import type { AuditReport } from './report.ts';
import {
  type CountsSection,
  type FindingSection,
  type ReportSections,
  type Row,
  type Table,
  toSections,
} from './sections.ts';

/** A report for a comment on a pull request, with its last line break. */
export function toMarkdownReport(report: AuditReport): string {
  const sections = toSections(report);
  const paragraphs = [
    head(sections),
    sections.checks.map(({ passed, text }) => `- ${passed ? '✅' : '❌'} ${text}`),
    countsTable(sections.counts),
    comparison(sections),
    tableLines('ended as', sections.endings),
    ...sections.findings.map(findingSection),
    sections.notes.map((note) => `> ${escaped(note)}`),
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function head({ title, window, headline, due, staleAfter }: ReportSections): readonly string[] {
  return [
    `### ${escaped(title)}`,
    '',
    `${window}: **${headline.complete} complete**, ${escaped(due)}; stale after ${staleAfter}.`,
  ];
}

const namesShown = 20;

function countsTable(counts: CountsSection): readonly string[] {
  const { titles, total, days, names, otherNames } = counts;
  const rest = names.length - namesShown;
  const rows = [...days, ...names.slice(0, namesShown), ...otherNames];
  return [
    ...headLines('', titles),
    rowOf([`**${total.title}**`, ...textsOf(total)]),
    ...rows.map(rowLine),
    ...(rest > 0 ? ['', `And ${whole(rest)} more names.`] : []),
  ];
}

function tableLines(first: string, { titles, rows }: Table): readonly string[] {
  return rows.length === 0 ? [] : [...headLines(first, titles), ...rows.map(rowLine)];
}

function headLines(first: string, titles: readonly string[]): readonly string[] {
  return [rowOf([first, ...titles]), rowOf(['---', ...titles.map(() => '---:')])];
}

function rowLine(row: Row): string {
  return rowOf([escaped(row.title), ...textsOf(row)]);
}

function textsOf({ cells }: Row): readonly string[] {
  return cells.map(({ text }) => text);
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function comparison({ comparison: compared }: ReportSections): readonly string[] {
  if (compared === undefined) return [];
  return [
    `Compared with ${compared.window} (${compared.due}):`,
    '',
    ...tableLines('', compared.table),
  ];
}

// Folded: what matters stands above.
function findingSection({ title, items }: FindingSection): readonly string[] {
  return [
    `<details><summary>${title}</summary>`,
    '',
    ...items.map(
      ({ when, name, lack, traceId, url }) =>
        `- ${when} ${escaped(name)}: ${lack} – [${escaped(traceId)}](<${url}>)`,
    ),
    '',
    '</details>',
  ];
}

// Names come from others: none may end a cell, begin a tag or mention somebody.
function escaped(text: string): string {
  return (
    text
      .replaceAll(/[\\`*_[\]|~]/g, String.raw`\$&`)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      // Mentions are looked for in the text of the finished page, where an entity is a character again.
      .replaceAll('@', '@<!-- -->')
  );
}
