import { describe, expect, it } from 'vitest';
import { percent } from '../../adapters/cli/audit/report/numbers.ts';
import { toFailureLines } from '../../adapters/cli/audit/report/guardrail-text.ts';
import { checkLimits } from '../../adapters/cli/audit/measure/guardrail.ts';
import { toHtmlReport } from '../../adapters/cli/audit/report/html-report.ts';
import { toMarkdownReport } from '../../adapters/cli/audit/report/markdown-report.ts';
import { createMeasurement } from '../../adapters/cli/audit/measure/measurement.ts';
import { type AuditReport, toReport } from '../../adapters/cli/audit/report/report.ts';
import { toTextReport } from '../../adapters/cli/audit/report/text-report.ts';
import { plain } from '../../adapters/cli/terminal/paint.ts';
import type { AuditedTrace } from '../../adapters/langfuse/reads/audited-trace.ts';
import { hourMs, now, parent, parentless, rules } from './traces.ts';
import { elementsOf } from './markup.ts';

const window = { from: now - 24 * hourMs, to: now };

const traces: readonly AuditedTrace[] = [
  ...Array.from({ length: 1_200 }, (_, index) =>
    parent({ traceId: `complete-${index}`, startTime: window.from + index * 60_000 }),
  ),
  parent({ traceId: 'no-input', name: 'writer', hasInput: false }),
  parent({
    traceId: 'failed',
    name: 'writer',
    ending: { type: 'ended', status: 'error', reason: 'max_iterations' },
  }),
  parent({ traceId: 'open', name: 'refund', ending: { type: 'open' }, hasOutcome: false }),
  parent({ traceId: 'young', ending: { type: 'open' }, startTime: now - 1 }),
  parentless({ traceId: 'orphan', name: '' }),
];

interface Making {
  readonly found?: readonly AuditedTrace[];
  readonly before?: readonly AuditedTrace[];
  readonly projectName?: string;
}

function makeReport({ found = traces, before, projectName = 'Support' }: Making = {}): AuditReport {
  const measured = createMeasurement({ window, rules, listed: 5 });
  for (const trace of found) measured.add(trace);
  const baseline = createMeasurement({
    window: { from: now - 48 * hourMs, to: window.from },
    rules,
    listed: 0,
  });
  for (const trace of before ?? []) baseline.add(trace);
  return toReport({
    generatedAt: now,
    project: { baseUrl: 'https://langfuse.test', name: projectName, model: 'v2-observations' },
    rules: { staleAfterMs: hourMs, conversation: 'declared', children: 'all', environments: [] },
    measured,
    baseline: before === undefined ? undefined : baseline,
    urlOf: (traceId) => `https://langfuse.test/project/p/traces/${encodeURIComponent(traceId)}`,
    guardrail: checkLimits(measured.total, { minComplete: 99.9, maxStale: 2, minParents: 1 }),
  });
}

const before = [parent(), parent({ traceId: 'b', hasInput: false }), parentless({ traceId: 'c' })];

// A name that would break out of every format, were it let.
const hostile = '</td><script>alert(1)</script>|`\u001b[31m[x](https://evil.test)\n@everyone"\'&';

describe('percentages', () => {
  it.each([
    [0, 0, '–'],
    [0, 7, '0.0%'],
    [1, 3, '33.3%'],
    [1, 1_001, '<0.1%'],
    [99_999, 100_000, '99.9%'],
    [100_000, 100_000, '100%'],
  ])('of %d in %d read %s: only what is whole is 100%%', (part, whole, text) => {
    expect(percent(part, whole)).toBe(text);
  });
});

describe('the text report', () => {
  it('reads well', async () => {
    await expect(toTextReport(makeReport({ before }), plain)).toMatchFileSnapshot(
      'reports/audit.txt',
    );
  });

  it('of an empty window says so', () => {
    const text = toTextReport(makeReport({ found: [] }), plain);

    expect(text).toContain('0 parents due');
    expect(text).toContain('No parent was due in this window.');
    expect(text).toContain('✗ parents that are due: 0 < 1');
    expect(text).not.toContain('NaN');
  });

  it('lets no trace id steer the terminal or turn the text of the page', () => {
    const report = makeReport({
      found: [parent({ traceId: 't\u001B[2J\u202E1', hasInput: false })],
    });

    const lines = toFailureLines(report);

    expect(lines).toContain('✗ complete parents: 0% < 99.9%');
    expect(lines.join('')).toContain('  t [2J 1  https://langfuse.test/project/p/traces/t');
    expect(toHtmlReport(report)).toContain('>t [2J 1</a>');
  });

  it('lets no name steer the terminal', () => {
    const found = [parent({ name: hostile, hasInput: false })];

    const text = toTextReport(makeReport({ found, projectName: hostile }), plain);

    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('what a failed guardrail says', () => {
  it('lets no trace id steer the terminal', () => {
    const found = [parentless({ traceId: hostile }), parent({ traceId: 'b' }), parent()];

    const lines = toFailureLines(makeReport({ found }));

    expect(lines.join('')).toContain('alert(1)');
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });
});

describe('the Markdown report', () => {
  it('reads well', async () => {
    await expect(toMarkdownReport(makeReport({ before }))).toMatchFileSnapshot('reports/audit.md');
  });

  it('keeps its tables and mentions nobody, whatever a trace is called', () => {
    const found = [parent({ name: hostile, hasInput: false })];

    const lines = toMarkdownReport(makeReport({ found, projectName: hostile })).split('\n');

    const cells = lines
      .filter((line) => line.startsWith('| ') && line.includes('script'))
      .map((line) => line.split(/(?<!\\)\|/).length);
    expect(new Set(cells)).toEqual(new Set([12]));
    expect(lines.join('\n')).not.toMatch(/<script|@everyone|(?<!\\)\[x(?<!\\)\]/);
  });
});

describe('the page', () => {
  const page = toHtmlReport(makeReport({ before }));

  it('is well formed', () => {
    const elements = elementsOf(page);

    expect(elements.filter(({ name }) => name === 'svg')).toHaveLength(2);
    expect(elements.filter(({ name }) => name === 'table').length).toBeGreaterThan(4);
  });

  it('needs nothing but itself', () => {
    const elements = elementsOf(page);
    const loading = new Set(['script', 'link', 'img', 'iframe', 'object', 'embed', 'use', 'base']);

    expect(elements.filter(({ name }) => loading.has(name))).toEqual([]);
    expect(page).not.toMatch(/url\(|@import|javascript:/);
    // The only addresses are links to traces, which a person follows.
    const addresses = elements.flatMap(({ attributes }) => Object.entries(attributes));
    expect(addresses.filter(([, value]) => /https?:/.test(value)).map(([name]) => name)).toEqual(
      elements.filter(({ name }) => name === 'a').map(() => 'href'),
    );
    expect(addresses.filter(([name]) => name.startsWith('on') || name === 'src')).toEqual([]);
  });

  it('tells what its charts show to those who do not see them', () => {
    const elements = elementsOf(page);
    const ids = new Map(
      elements.flatMap(({ attributes, text }) =>
        attributes['id'] === undefined ? [] : [[attributes['id'], text] as const],
      ),
    );

    const charts = elements.filter(({ name }) => name === 'svg');
    const labels = charts.map(({ attributes }) =>
      (attributes['aria-labelledby'] ?? '').split(' ').map((id) => ids.get(id)),
    );
    expect(charts.map(({ attributes }) => attributes['role'])).toEqual(['img', 'img']);
    expect(labels).toEqual([
      [
        'Complete parents over time',
        '99.7% of 1,204 parents are complete, from 2026-11-22 12:00 to 2026-11-23 11:00 UTC.',
      ],
      [
        'Endings over time',
        '1,201 completed, 0 suspended, 1 error, 1 stale in progress, 1 no parent, from 2026-11-22 12:00 to 2026-11-23 11:00 UTC.',
      ],
    ]);
    expect(page).toContain('<summary>The numbers of both charts</summary>');
  });

  it('is light or dark as its reader is', () => {
    expect(page).toContain('<meta name="color-scheme" content="light dark"/>');
    expect(page).toContain('@media (prefers-color-scheme: dark)');
  });

  it('draws a bar for each period that has parents, as high as its share', () => {
    const found = [
      parent({ startTime: window.from }),
      parent({ traceId: 'b', startTime: window.from, hasInput: false }),
      parent({ traceId: 'c', startTime: window.from + 2 * hourMs }),
    ];

    const bars = elementsOf(toHtmlReport(makeReport({ found }))).filter(
      ({ name, attributes }) => name === 'rect' && attributes['class'] === 'complete',
    );

    expect(bars.map(({ attributes }) => attributes['height'])).toEqual(['90', '180']);
  });

  it('stacks the endings of a period, so that they add up to its parents', () => {
    const found = [
      parent({ startTime: window.from }),
      parent({ traceId: 'b', startTime: window.from }),
      parent({ traceId: 'c', startTime: window.from }),
      parentless({ traceId: 'd', startTime: window.from }),
    ];

    const bars = elementsOf(toHtmlReport(makeReport({ found }))).filter(
      ({ name, attributes }) =>
        name === 'rect' && ['completed', 'no_parent'].includes(attributes['class'] ?? ''),
    );

    expect(bars.map(({ attributes: { class: status, y, height } }) => [status, y, height])).toEqual(
      [
        ['completed', '57', '135'],
        ['no_parent', '12', '45'],
      ],
    );
  });

  it('shows names as text, whatever they hold', () => {
    const found = [parent({ name: hostile, traceId: hostile, hasInput: false })];

    const hostilePage = toHtmlReport(makeReport({ found, projectName: hostile }));

    const names = elementsOf(hostilePage).map(({ name }) => name);
    expect(names).not.toContain('script');
    expect(hostilePage).not.toMatch(/<script/i);
    expect(hostilePage).toContain('&lt;/td&gt;&lt;script&gt;');
  });
});
