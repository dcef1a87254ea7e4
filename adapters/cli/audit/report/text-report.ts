import type { Paint, Style } from '../../terminal/paint.ts';
import { type Cell, type Column, toTableLines } from '../../terminal/table.ts';
import { counted } from '../../terminal/counted.ts';
import { toPrintableLine } from '../../../../src/printable-line.ts';
import {
  compare,
  duration,
  endingText,
  measures,
  minute,
  nameText,
  percent,
  span,
  whole,
} from './format.ts';
import { findingLists } from './finding-lists.ts';
import { checkText } from './guardrail-text.ts';
import type { AuditReport, ReportCounts } from './report.ts';

/** A report for a terminal, with its last line break. Pure but for the colours of `paint`. */
export function toTextReport(report: AuditReport, paint: Paint): string {
  const sections = [
    head(report, paint),
    countsTable(report, paint),
    endings(report, paint),
    comparison(report, paint),
    findings(report, paint),
    guardrail(report, paint),
    report.notes.map((note) => paint('dim', `Note: ${toPrintableLine(note)}`)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function head({ project, window, total, rules }: AuditReport, paint: Paint): readonly string[] {
  const running = total.running === 0 ? '' : `, ${whole(total.running)} still running`;
  const environments =
    rules.environments.length === 0
      ? ''
      : ` in ${rules.environments.map(toPrintableLine).join(', ')}`;
  return [
    `${paint('bold', `Audit of ${nameText(project.name)}`)} at ${project.baseUrl} (${project.model})`,
    `${span(window)}: ${counted(total.due, 'parent')} due${environments}${running}; stale after ${duration(rules.staleAfterMs)}`,
  ];
}

const columns: readonly Column[] = [
  { title: '', maxWidth: 40 },
  { title: 'parents', align: 'right' },
  ...measures.map(({ title }): Column => ({ title, align: 'right' })),
  { title: 'stale', align: 'right' },
  { title: 'orphans', align: 'right' },
];

const namesShown = 20;

function countsTable(report: AuditReport, paint: Paint): readonly string[] {
  const { byName, byDay, otherNames, total } = report;
  const rest = byName.length - namesShown;
  const groups = [
    [cellsOf('all', total)],
    byDay.map(({ day, ...counts }) => cellsOf(day, counts)),
    [
      ...byName.slice(0, namesShown).map(({ name, ...counts }) => cellsOf(nameText(name), counts)),
      ...(otherNames === null ? [] : [cellsOf('(other names)', otherNames)]),
    ],
  ];
  const more = rest > 0 ? [paint('dim', `and ${whole(rest)} more names: see --json`)] : [];
  return [...groupedTable(groups, paint), ...more];
}

/** One table, with a rule between its groups. */
function groupedTable(
  groups: readonly (readonly (readonly Cell[])[])[],
  paint: Paint,
): readonly string[] {
  const [head = '', rule = '', ...body] = toTableLines(columns, groups.flat(), paint);
  let start = 0;
  const parts = groups.map(({ length }) => body.slice(start, (start += length)));
  return [head, ...parts.filter(({ length }) => length > 0).flatMap((lines) => [rule, ...lines])];
}

function cellsOf(title: string, counts: ReportCounts): readonly Cell[] {
  return [
    { text: title },
    { text: whole(counts.due) },
    ...measures.map(({ key }) => shareCell(counts[key], counts.due)),
    countCell(counts.stale),
    countCell(counts.orphans),
  ];
}

function shareCell(part: number, due: number): Cell {
  const text = percent(part, due);
  if (due === 0) return { text, style: 'dim' };
  return { text, style: styleOf(part / due) };
}

function styleOf(share: number): Style {
  if (share >= 0.995) return 'green';
  return share >= 0.95 ? 'yellow' : 'red';
}

function countCell(count: number): Cell {
  return { text: whole(count), style: count === 0 ? 'green' : 'red' };
}

function endings({ total }: AuditReport, paint: Paint): readonly string[] {
  if (total.due === 0) return [];
  const rows = total.endings.map((ending) =>
    pair(toPrintableLine(endingText(ending)), ending.count, total.due),
  );
  const sources = total.sources.map(({ source, count }) =>
    pair(toPrintableLine(source), count, total.due),
  );
  return [
    ...toTableLines(pairColumns('ended as'), rows, paint),
    ...(sources.length === 0
      ? []
      : ['', ...toTableLines(pairColumns('conversation id from'), sources, paint)]),
  ];
}

function pairColumns(title: string): readonly Column[] {
  return [
    { title, maxWidth: 40 },
    { title: 'parents', align: 'right' },
    { title: 'share', align: 'right' },
  ];
}

function pair(title: string, count: number, due: number): readonly Cell[] {
  return [{ text: title }, { text: whole(count) }, { text: percent(count, due) }];
}

const directionStyles = { better: 'green', worse: 'red', same: 'dim' } as const;

function comparison({ baseline, total }: AuditReport, paint: Paint): readonly string[] {
  if (baseline === null) return [];
  const rows = compare(baseline.total, total).map(
    ({ title, before, after, change, direction }): readonly Cell[] => [
      { text: title },
      { text: before },
      { text: after },
      { text: change, style: directionStyles[direction] },
    ],
  );
  const titles: readonly Column[] = [
    { title: 'compared' },
    { title: 'baseline', align: 'right' },
    { title: 'now', align: 'right' },
    { title: 'change', align: 'right' },
  ];
  return [
    paint(
      'dim',
      `Baseline: ${span(baseline.window)}, ${counted(baseline.total.due, 'parent')} due`,
    ),
    ...toTableLines(titles, rows, paint),
  ];
}

function findings(report: AuditReport, paint: Paint): readonly string[] {
  return findingLists(report).flatMap(({ title, count, listed }) => {
    const shown = listed.length < count ? `, the newest ${whole(listed.length)}` : '';
    return [
      paint('bold', `${title} (${whole(count)}${shown})`),
      ...listed.map(
        ({ startTime, name, missing, url }) =>
          `  ${minute(startTime)}  ${nameText(name)}: no ${missing.join(', ')}\n    ${url}`,
      ),
    ];
  });
}

function guardrail({ guardrail: report }: AuditReport, paint: Paint): readonly string[] {
  if (report === null) return [];
  return report.checks.map((check) =>
    check.passed ? paint('green', `✓ ${checkText(check)}`) : paint('red', `✗ ${checkText(check)}`),
  );
}
