import { counted } from '../../terminal/counted.ts';
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
import { type FindingList, findingLists } from './finding-lists.ts';
import { checkText } from './guardrail-text.ts';
import type { AuditReport, ReportCounts } from './report.ts';

/** A report for a comment on a pull request, with its last line break. Pure. */
export function toMarkdownReport(report: AuditReport): string {
  const sections = [
    head(report),
    guardrail(report),
    countsTable(report),
    comparison(report),
    endings(report),
    ...findingLists(report).map(findingSection),
    report.notes.map((note) => `> ${escaped(note)}`),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function head({ project, window, total, rules }: AuditReport): readonly string[] {
  const running = total.running === 0 ? '' : `, ${whole(total.running)} still running`;
  const environments =
    rules.environments.length === 0 ? '' : ` in ${rules.environments.map(escaped).join(', ')}`;
  return [
    `### Audit of ${escaped(project.name)}`,
    '',
    `${span(window)}: **${percent(total.complete, total.due)} complete**, ${counted(total.due, 'parent')} due${environments}${running}; stale after ${duration(rules.staleAfterMs)}.`,
  ];
}

function guardrail({ guardrail: report }: AuditReport): readonly string[] {
  if (report === null) return [];
  return report.checks.map((check) => `- ${check.passed ? '✅' : '❌'} ${checkText(check)}`);
}

const namesShown = 20;

function countsTable({ byName, byDay, otherNames, total }: AuditReport): readonly string[] {
  const titles = ['', 'parents', ...measures.map(({ title }) => title), 'stale', 'orphans'];
  const rest = byName.length - namesShown;
  return [
    rowOf(titles),
    rowOf(titles.map((_, index) => (index === 0 ? '---' : '---:'))),
    countsRow('**all**', total),
    ...byDay.map(({ day, ...counts }) => countsRow(day, counts)),
    ...byName.slice(0, namesShown).map(({ name, ...counts }) => countsRow(escaped(name), counts)),
    ...(otherNames === null ? [] : [countsRow('(other names)', otherNames)]),
    ...(rest > 0 ? ['', `And ${whole(rest)} more names.`] : []),
  ];
}

function countsRow(title: string, counts: ReportCounts): string {
  return rowOf([
    title,
    whole(counts.due),
    ...measures.map(({ key }) => percent(counts[key], counts.due)),
    whole(counts.stale),
    whole(counts.orphans),
  ]);
}

function comparison({ baseline, total }: AuditReport): readonly string[] {
  if (baseline === null) return [];
  return [
    `Compared with ${span(baseline.window)} (${counted(baseline.total.due, 'parent')} due):`,
    '',
    rowOf(['', 'baseline', 'now', 'change']),
    rowOf(['---', '---:', '---:', '---:']),
    ...compare(baseline.total, total).map(({ title, before, after, change }) =>
      rowOf([title, before, after, change]),
    ),
  ];
}

function endings({ total }: AuditReport): readonly string[] {
  if (total.due === 0) return [];
  return [
    rowOf(['ended as', 'parents', 'share']),
    rowOf(['---', '---:', '---:']),
    ...total.endings.map((ending) =>
      rowOf([escaped(endingText(ending)), whole(ending.count), percent(ending.count, total.due)]),
    ),
  ];
}

// Folded: what matters stands above.
function findingSection({ title, count, listed }: FindingList): readonly string[] {
  const shown = listed.length < count ? `, the newest ${whole(listed.length)}` : '';
  return [
    `<details><summary>${title} (${whole(count)}${shown})</summary>`,
    '',
    ...listed.map(
      ({ traceId, url, name, startTime, missing }) =>
        `- ${minute(startTime)} ${escaped(name)}: no ${missing.join(', ')} – [${escaped(traceId)}](<${url}>)`,
    ),
    '',
    '</details>',
  ];
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

// Names come from others: none may end a cell, begin a tag or mention somebody.
function escaped(text: string): string {
  return (
    nameText(text)
      .replaceAll(/[\\`*_[\]|~]/g, String.raw`\$&`)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      // Mentions are looked for in the text of the finished page, where an entity is a character again.
      .replaceAll('@', '@<!-- -->')
  );
}
