import { completenessChart, countOf, endingsChart, labelOf, stackedStatuses } from './charts.ts';
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
import { type FindingList, findingLists } from './finding-lists.ts';
import { checkText } from './guardrail-text.ts';
import { style } from './html-style.ts';
import { type Html, markup, none } from './html-text.ts';
import type { AuditReport, ReportCounts } from './report.ts';

/** A report as one page that needs nothing else: no script, no font, no request. Pure. */
export function toHtmlReport(report: AuditReport): string {
  const title = `Audit of ${nameText(report.project.name)}`;
  const days = report.byDay.map(({ day, ...counts }) => ({ title: day, counts }));
  const page = markup`<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>${title}</title>
<style>${{ html: style }}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${head(report)}
${guardrail(report)}
${tiles(report)}
${charts(report)}
${comparison(report)}
${countsTable('By day', 'day', days)}
${countsTable(namesHeading(report), 'name', names(report))}
${endings(report)}
${findingLists(report).map(findingSection)}
${report.notes.map((note) => markup`<p class="note">${note}</p>\n`)}
</main>
</body>
</html>
`;
  return `<!DOCTYPE html>\n${page.html}`;
}

function head({ project, window, total, rules, generatedAt }: AuditReport): Html {
  const running = total.running === 0 ? '' : `, ${whole(total.running)} still running`;
  const environments =
    rules.environments.length === 0
      ? ''
      : ` in ${rules.environments.map(toPrintableLine).join(', ')}`;
  const due = `${counted(total.due, 'parent')} due${environments}${running}`;
  const stale = `Stale after ${duration(rules.staleAfterMs)}. Made ${minute(generatedAt)} UTC.`;
  return markup`<p>${project.baseUrl} (${project.model}). ${span(window)}: ${due}. ${stale}</p>`;
}

function guardrail({ guardrail: report }: AuditReport): Html {
  if (report === null) return none;
  const items = report.checks.map((check) =>
    check.passed
      ? markup`<li class="good">✓ ${checkText(check)}</li>`
      : markup`<li class="bad">✗ ${checkText(check)}</li>`,
  );
  return markup`<ul class="checks">${items}</ul>`;
}

function tiles({ total }: AuditReport): Html {
  const facts = [
    { title: 'parents complete', value: percent(total.complete, total.due) },
    { title: 'stale in progress', value: whole(total.stale) },
    { title: 'orphan traces', value: whole(total.orphans) },
  ];
  const items = facts.map(
    ({ title, value }) => markup`<div><dt>${title}</dt><dd>${value}</dd></div>`,
  );
  return markup`<dl class="tiles">${items}</dl>`;
}

function charts(report: AuditReport): Html {
  const legend = stackedStatuses.map(
    ({ status, title }) => markup`<li><span class="swatch ${status}"></span>${title}</li>`,
  );
  return markup`<section>
<h2>Complete parents over time</h2>
${completenessChart(report)}
<h2>Endings over time</h2>
<ul class="legend">${legend}</ul>
${endingsChart(report)}
${chartNumbers(report)}
</section>`;
}

/** What the charts show, for those who do not see them. */
function chartNumbers({ timeline }: AuditReport): Html {
  const { periodLength, periods } = timeline;
  const rows = periods
    .filter(({ due }) => due > 0)
    .map((period) => ({
      title: labelOf(period, periodLength),
      cells: [
        whole(period.due),
        percent(period.complete, period.due),
        ...stackedStatuses.map(({ status }) => whole(countOf(period, status))),
      ],
    }));
  const titles = ['parents', 'complete', ...stackedStatuses.map(({ title }) => title)];
  const numbers = table({ first: periodLength, titles, rows });
  return markup`<details><summary>The numbers of both charts</summary>${numbers}</details>`;
}

function comparison({ baseline, total }: AuditReport): Html {
  if (baseline === null) return none;
  const rows = compare(baseline.total, total).map(({ title, before, after, change }) => ({
    title,
    cells: [before, after, change],
  }));
  return markup`<section>
<h2>Compared with the baseline</h2>
<p>${span(baseline.window)}: ${counted(baseline.total.due, 'parent')} due.</p>
${table({ first: 'share', titles: ['baseline', 'now', 'change'], rows })}
</section>`;
}

interface CountsRow {
  readonly title: string;
  readonly counts: ReportCounts;
}

const namesShown = 200;

function namesHeading({ byName }: AuditReport): string {
  const all = byName.length;
  return all > namesShown
    ? `By trace name, the first ${namesShown} of ${whole(all)}`
    : 'By trace name';
}

function names({ byName, otherNames }: AuditReport): readonly CountsRow[] {
  const shown = byName.slice(0, namesShown);
  const rows = shown.map(({ name, ...counts }) => ({ title: nameText(name), counts }));
  return otherNames === null ? rows : [...rows, { title: '(other names)', counts: otherNames }];
}

function countsTable(heading: string, first: string, rows: readonly CountsRow[]): Html {
  if (rows.length === 0) return none;
  const titles = ['parents', ...measures.map(({ title }) => title), 'stale', 'orphans'];
  const cells = ({ counts }: CountsRow): readonly string[] => [
    whole(counts.due),
    ...measures.map(({ key }) => percent(counts[key], counts.due)),
    whole(counts.stale),
    whole(counts.orphans),
  ];
  return markup`<section>
<h2>${heading}</h2>
${table({ first, titles, rows: rows.map((row) => ({ title: row.title, cells: cells(row) })) })}
</section>`;
}

function endings({ total }: AuditReport): Html {
  if (total.due === 0) return none;
  const shares = (title: string, count: number): TableRow => ({
    title,
    cells: [whole(count), percent(count, total.due)],
  });
  const titles = ['parents', 'share'];
  const ended = total.endings.map((ending) =>
    shares(toPrintableLine(endingText(ending)), ending.count),
  );
  const sources = total.sources.map(({ source, count }) => shares(toPrintableLine(source), count));
  return markup`<section>
<h2>Endings</h2>
${table({ first: 'ended as', titles, rows: ended })}
<h2>Conversation ids</h2>
${table({ first: 'from', titles, rows: sources })}
</section>`;
}

function findingSection({ title, count, listed }: FindingList): Html {
  const shown = listed.length < count ? `, the newest ${whole(listed.length)}` : '';
  const items = listed.map(({ traceId, url, name, startTime, missing }) => {
    const text = `${minute(startTime)} ${nameText(name)}: no ${missing.join(', ')} – `;
    return markup`<li>${text}<a href="${url}">${toPrintableLine(traceId)}</a></li>\n`;
  });
  return markup`<section>
<h2>${title} (${whole(count)}${shown})</h2>
<ul>${items}</ul>
</section>
`;
}

interface TableRow {
  readonly title: string;
  readonly cells: readonly string[];
}

interface Table {
  readonly first: string;
  readonly titles: readonly string[];
  readonly rows: readonly TableRow[];
}

function table({ first, titles, rows }: Table): Html {
  const headings = [first, ...titles].map((title) => markup`<th scope="col">${title}</th>`);
  const body = rows.map(({ title, cells }) => {
    const numbers = cells.map((cell) => markup`<td>${cell}</td>`);
    return markup`<tr><th scope="row">${title}</th>${numbers}</tr>\n`;
  });
  return markup`<div class="scroll"><table>
<thead><tr>${headings}</tr></thead>
<tbody>${body}</tbody>
</table></div>`;
}
