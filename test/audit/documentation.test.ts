import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { auditCommand } from '../../adapters/cli/audit/command.ts';
import { createMeasurement } from '../../adapters/cli/audit/measure/measurement.ts';
import { shares } from '../../adapters/cli/audit/report/shares.ts';
import { toReport } from '../../adapters/cli/audit/report/report.ts';
import { plain } from '../../adapters/cli/terminal/paint.ts';
import { blocksOf, codesIn, readPage, tableBelow } from '../docs/markdown.ts';
import { hourMs, now, rules } from './traces.ts';

const page = readPage('docs/audit.md');

const flags = auditCommand({
  open: () => Promise.reject(new Error('not opened')),
  now: () => now,
  write: () => {},
  writeError: () => {},
  isTerminal: false,
  paint: plain,
  setExitCode: () => {},
}).options.map(({ long }) => long);

function flagsIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/--[a-z][a-z-]*/g), ([flag]) => flag);
}

describe('docs/audit.md', () => {
  it('lists every option, and no other one anywhere', () => {
    const listed = tableBelow(page, 'Options').flatMap(([options = '']) => flagsIn(options));

    expect(new Set(listed)).toEqual(new Set(flags));
    expect(flagsIn(page.text).filter((flag) => !flags.includes(flag))).toEqual([]);
  });

  it('lists every field of the JSON', () => {
    const measured = createMeasurement({
      window: { from: now - hourMs, to: now },
      rules,
      listed: 1,
    });
    const report = toReport({
      generatedAt: now,
      project: { baseUrl: 'https://langfuse.test', name: 'Project', model: 'v2-observations' },
      rules: { staleAfterMs: hourMs, conversation: 'declared', children: 'all', environments: [] },
      measured,
      baseline: undefined,
      urlOf: (traceId) => traceId,
      guardrail: undefined,
    });
    const described = tableBelow(page, 'The JSON').flatMap(([field = '']) => codesIn(field));
    const counts = codesIn(/^The counts are .*\n.*$/m.exec(page.text)?.[0] ?? '');

    expect(described).toEqual(Object.keys(report));
    expect(
      counts.filter((code) => !['status', 'reason', 'in_progress', 'no_parent'].includes(code)),
    ).toEqual(Object.keys(report.total));
  });

  it('names the parts of a parent in the order of the columns', () => {
    const parts = tableBelow(page, 'The three numbers');

    expect(parts.map(([number]) => number)).toEqual([
      'parent completeness',
      'stale in-progress parents',
      'orphan traces',
    ]);
    const columns = shares.slice(1).map(({ title }) => title.split('/')[0]);
    const rows = ['name', 'input', 'conversation id', 'terminal status', 'output or error'];
    expect(rows.filter((row) => !page.text.includes(`\n| ${row} |`))).toEqual([]);
    expect(rows.map((row, index) => row.includes(columns[index] ?? '?'))).toEqual(
      rows.map(() => true),
    );
  });

  it('shows a report as it is printed', () => {
    const shown =
      blocksOf(page)
        .find(({ language }) => language === 'text')
        ?.code.split('\n') ?? [];
    const printed = readFileSync(new URL('reports/audit.txt', import.meta.url), 'utf8').split('\n');

    expect(shown.length).toBeGreaterThan(8);
    expect(shown).toEqual(printed.slice(0, shown.length));
  });
});
