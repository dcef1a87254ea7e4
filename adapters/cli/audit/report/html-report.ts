import { completenessChart, countOf, endingsChart, labelOf, stackedStatuses } from './charts.ts';
import { style } from './html-style.ts';
import { type Html, markup, none } from './html-text.ts';
import { percent, whole } from './numbers.ts';
import type { AuditReport } from './report.ts';
import {
  type CountsSection,
  type FindingSection,
  type ReportSections,
  type Row,
  type Table,
  toSections,
} from './sections.ts';

/** A report as one page that needs nothing else: no script, no font, no request. */
export function toHtmlReport(report: AuditReport): string {
  const sections = toSections(report);
  const { title, counts } = sections;
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
${head(sections)}
${checks(sections)}
${tiles(sections)}
${charts(report)}
${comparison(sections)}
${tableSection('By day', 'day', { titles: counts.titles, rows: counts.days })}
${names(counts)}
${tableSection('Endings', 'ended as', sections.endings)}
${tableSection('Conversation ids', 'from', sections.sources)}
${sections.findings.map(findingSection)}
${sections.notes.map((note) => markup`<p class="note">${note}</p>\n`)}
</main>
</body>
</html>
`;
  return `<!DOCTYPE html>\n${page.html}`;
}

function head({ server, window, due, staleAfter, madeAt }: ReportSections): Html {
  return markup`<p>${server}. ${window}: ${due}. Stale after ${staleAfter}. Made ${madeAt}.</p>`;
}

function checks({ checks: limits }: ReportSections): Html {
  if (limits.length === 0) return none;
  const items = limits.map(({ passed, text }) =>
    passed ? markup`<li class="good">✓ ${text}</li>` : markup`<li class="bad">✗ ${text}</li>`,
  );
  return markup`<ul class="checks">${items}</ul>`;
}

function tiles({ headline }: ReportSections): Html {
  const facts = [
    ['parents complete', headline.complete],
    ['stale in progress', headline.stale],
    ['orphan traces', headline.orphans],
  ] as const;
  const items = facts.map(
    ([title, value]) => markup`<div><dt>${title}</dt><dd>${value}</dd></div>`,
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
      ].map((text) => ({ text })),
    }));
  const titles = ['parents', 'complete', ...stackedStatuses.map(({ title }) => title)];
  const numbers = tableOf(periodLength, { titles, rows });
  return markup`<details><summary>The numbers of both charts</summary>${numbers}</details>`;
}

function comparison({ comparison: compared }: ReportSections): Html {
  if (compared === undefined) return none;
  return markup`<section>
<h2>Compared with the baseline</h2>
<p>${compared.window}: ${compared.due}.</p>
${tableOf('share', compared.table)}
</section>`;
}

const namesShown = 200;

function names({ titles, names: all, otherNames }: CountsSection): Html {
  const heading =
    all.length > namesShown
      ? `By trace name, the first ${namesShown} of ${whole(all.length)}`
      : 'By trace name';
  const rows = [...all.slice(0, namesShown), ...otherNames];
  return tableSection(heading, 'name', { titles, rows });
}

function findingSection({ title, items }: FindingSection): Html {
  const lines = items.map(
    ({ when, name, lack, traceId, url }) =>
      markup`<li>${when} ${name}: ${lack} – <a href="${url}">${traceId}</a></li>\n`,
  );
  return markup`<section>
<h2>${title}</h2>
<ul>${lines}</ul>
</section>
`;
}

function tableSection(heading: string, first: string, table: Table): Html {
  if (table.rows.length === 0) return none;
  return markup`<section>
<h2>${heading}</h2>
${tableOf(first, table)}
</section>`;
}

function tableOf(first: string, { titles, rows }: Table): Html {
  const headings = [first, ...titles].map((title) => markup`<th scope="col">${title}</th>`);
  return markup`<div class="scroll"><table>
<thead><tr>${headings}</tr></thead>
<tbody>${rows.map(rowOf)}</tbody>
</table></div>`;
}

function rowOf({ title, cells }: Row): Html {
  const numbers = cells.map(({ text }) => markup`<td>${text}</td>`);
  return markup`<tr><th scope="row">${title}</th>${numbers}</tr>\n`;
}
