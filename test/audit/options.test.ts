import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProgress } from '../../adapters/cli/audit/progress.ts';
import { postSpans, span, startedAtMs } from '../mocks/fake-requests.ts';
import { type AuditBench, openBench } from './bench.ts';

describe('a wrong option', () => {
  it.each([
    [['--since', '24'], /Expected a number with m, h, d or w.*for example 90m, 24h or 7d/],
    [['--since', '0h'], /above 0 and up to 366d/],
    [['--since', '53w'], /above 0 and up to 366d/],
    [['--from', 'yesterday'], /Expected a day or a time, UTC unless it has a zone/],
    [['--from', '2026-02-30'], /Expected a day or a time/],
    [['--to', '2026-11-20T25:00'], /Expected a day or a time/],
    [['--from', '2026-11-20', '--since', '3h'], /'--since <duration>' cannot be used with/],
    [['--from', '2026-11-21', '--to', '2026-11-20'], /Expected a window that begins before/],
    [['--from', '2026-12-24'], /Expected a window that begins before it ends/],
    [['--baseline', '2026-11-08/2026-11-01'], /two times, the earlier one first/],
    [['--baseline', '2026-11-01/2026-11-08/2026-11-09'], /two times, the earlier one first/],
    [['--baseline', 'last week'], /Expected a number with m, h, d or w/],
    [['--stale-after', 'soon'], /Expected a number with m, h, d or w/],
    [['--conversation', 'maybe'], /Allowed choices are declared, required/],
    [['--environment', ' , '], /Expected names with commas between them/],
    [['--min-complete', '101'], /Expected a percentage from 0 to 100, for example 99.5/],
    [['--min-complete', '-1'], /Expected a percentage/],
    [['--max-stale', '1.5'], /Expected a whole number from 0 on/],
    [['--max-orphans', '0', '--skip-children'], /cannot be used with option '--skip-children'/],
    [['--html', '/no/such/folder/audit.html'], /found none at \/no\/such\/folder/],
    [['--html', tmpdir()], /Expected a file, found a directory/],
    [['--list', '1001'], /Expected a whole number from 0 to 1000/],
    [['--json', '--markdown'], /cannot be used with option '--markdown'/],
    [['--frm', '2026-11-20'], /unknown option '--frm'.*Did you mean --from/s],
    [['now'], /too many arguments/],
  ])('%j is told with what was expected, and nothing is asked', async (args, message) => {
    using bench = openBench();

    const { output, errors, exitCode } = await bench.run(...args);

    expect(exitCode).toBe(2);
    expect(errors).toMatch(message);
    expect(output).toBe('');
    expect(bench.asked()).toEqual([]);
  });
});

describe('the help', () => {
  it('explains the three numbers, the exit codes, and gives examples', async () => {
    using bench = openBench();

    const { output, exitCode } = await bench.run('--help');

    expect(exitCode).toBe(0);
    expect(output).toMatch(/complete {2}parents with a name/);
    expect(output).toMatch(/Exit codes: 0 .* 1 .* 2 /);
    expect(output.match(/^ {2}\$ langfuse-lifecycle audit/gm)).toHaveLength(4);
  });
});

function windowsOf(bench: AuditBench): readonly string[] {
  const windows = bench
    .asked()
    .filter((path) => path.includes('isRootObservation=true&'))
    .map((path) => new URLSearchParams(path.split('?')[1]))
    .map((query) => `${query.get('fromStartTime')} ${query.get('toStartTime')}`);
  return [...new Set(windows)];
}

describe('the window', () => {
  it.each([
    [[], ['2026-11-22T12:00:00.000Z 2026-11-23T12:00:00.000Z']],
    [['--since', '90m'], ['2026-11-23T10:30:00.000Z 2026-11-23T12:00:00.000Z']],
    [['--to', '2026-11-20'], ['2026-11-19T00:00:00.000Z 2026-11-20T00:00:00.000Z']],
    [['--from', '2026-11-20T02:00+02:00'], ['2026-11-20T00:00:00.000Z 2026-11-23T12:00:00.000Z']],
    [
      ['--since', '1h', '--baseline', '7d'],
      [
        '2026-11-23T11:00:00.000Z 2026-11-23T12:00:00.000Z',
        '2026-11-16T11:00:00.000Z 2026-11-23T11:00:00.000Z',
      ],
    ],
    [
      ['--since', '1h', '--baseline', '2026-11-01/2026-11-08T12:00'],
      [
        '2026-11-23T11:00:00.000Z 2026-11-23T12:00:00.000Z',
        '2026-11-01T00:00:00.000Z 2026-11-08T12:00:00.000Z',
      ],
    ],
  ])('of %j is what is asked for', async (args, windows) => {
    using bench = openBench({ writeMode: 'events_only' });

    const { exitCode } = await bench.run(...args);

    expect(exitCode).toBe(0);
    expect(windowsOf(bench)).toEqual(windows);
  });
});

describe('the outputs', () => {
  it('are one for the terminal and a page beside it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-audit-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'audit.html');
    using bench = openBench({ writeMode: 'events_only' });
    postSpans(bench.mock.fake, [span()]);
    await bench.later();

    const { output } = await bench.run('--html', file);

    expect(output).toMatch(/^Audit of LocalProject at/);
    expect(readFileSync(file, 'utf8')).toMatch(/^<!DOCTYPE html>[^]*<\/html>\n$/);
  });

  it('tell the log which traces broke a limit when the report goes elsewhere', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    postSpans(bench.mock.fake, [span()]);
    await bench.later();
    const limits = ['--min-complete', '99.5', '--max-stale', '0'];

    const asMarkdown = await bench.run('--markdown', ...limits);
    const asText = await bench.run(...limits);

    const url = 'https://langfuse.test/project/lf-project/traces/0123456789abcdef0123456789abcdef';
    expect(asMarkdown.exitCode).toBe(1);
    expect(asMarkdown.errors).toBe(
      `✗ complete parents: 0% < 99.5%\n  0123456789abcdef0123456789abcdef  ${url}\n`,
    );
    expect(asMarkdown.output).toContain(url);
    expect(asText.exitCode).toBe(1);
    expect(asText.errors).toBe('');
    expect(asText.output).toContain(url);
  });

  it('list as many traces as were asked for', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    postSpans(bench.mock.fake, [span(), span({ traceId: '1'.repeat(32) })]);
    await bench.later();

    const { output } = await bench.run('--list', '1');
    const none = await bench.run('--list', '0');

    expect(output).toContain('Incomplete parents (2, the newest 1)');
    expect(output.match(/\/traces\//g)).toHaveLength(1);
    expect(none.output).toContain('Incomplete parents (2, the newest 0)');
    expect(none.output).not.toContain('/traces/');
  });
});

describe('progress', () => {
  const rows = (count: number): Parameters<ReturnType<typeof createProgress>['tell']>[0] => ({
    type: 'rows',
    rows: count,
    time: startedAtMs,
  });

  it('in a log is a line every ten seconds, and a line for every pause', () => {
    let time = 0;
    let text = '';
    const write = (more: string): void => void (text += more);
    const progress = createProgress({ write, isTerminal: false, now: () => time });

    progress.tell(rows(1_000));
    time = 9_999;
    progress.tell(rows(2_000));
    time = 10_000;
    progress.tell(rows(3_000));
    progress.tell({ type: 'wait', waitMs: 1_500, why: 'rate limit' });
    progress.tell(rows(4_000));
    progress.end();

    expect(text).toBe('3,000 rows read, back to 2026-11-23 12:00 UTC\nwaiting 2 s (rate limit)\n');
  });

  it('in a log sums up a storm of short pauses, and tells each long one', () => {
    let time = 0;
    let text = '';
    const write = (more: string): void => void (text += more);
    const progress = createProgress({ write, isTerminal: false, now: () => time });
    const pause = (waitMs: number): void => {
      progress.tell({ type: 'wait', waitMs, why: 'rate limit' });
      time += waitMs;
    };

    for (let count = 0; count < 15; count += 1) pause(1_000);
    pause(60_000);
    pause(1_000);
    pause(2_000);
    progress.end();

    expect(text.split('\n')).toEqual([
      'waiting 1 s (rate limit)',
      'waiting 1 s (rate limit): pause 10, 10 s in all',
      'waiting 60 s (rate limit): pause 16, 75 s in all',
      'waiting 1 s (rate limit): pause 17, 76 s in all',
      'waited 78 s in 18 pauses',
      '',
    ]);
  });

  it('in a log is silent about the pauses at the end when each was told', () => {
    let text = '';
    const write = (more: string): void => void (text += more);
    const progress = createProgress({ write, isTerminal: false, now: () => 0 });

    progress.tell({ type: 'wait', waitMs: 1_000, why: 'rate limit' });
    progress.end();

    expect(text).toBe('waiting 1 s (rate limit)\n');
  });

  it('on a terminal counts the pauses in its line', () => {
    let text = '';
    const write = (more: string): void => void (text += more);
    const progress = createProgress({ write, isTerminal: true, now: () => 0 });

    progress.tell({ type: 'wait', waitMs: 1_000, why: 'rate limit' });
    progress.tell({ type: 'wait', waitMs: 1_000, why: 'rate limit' });
    progress.end();

    expect(text.split('\r\u001b[2K')).toEqual([
      '',
      'waiting 1 s (rate limit)',
      'waiting 1 s (rate limit): pause 2, 2 s in all',
      '',
    ]);
  });

  it('on a terminal is one line, which is gone at the end', () => {
    let text = '';
    const write = (more: string): void => void (text += more);
    const progress = createProgress({ write, isTerminal: true, now: () => 0 });

    progress.tell(rows(1_000));
    progress.tell(rows(2_000));
    progress.end();

    const lines = text.split('\r\u001b[2K');
    expect(lines).toEqual([
      '',
      '1,000 rows read, back to 2026-11-23 12:00 UTC',
      '2,000 rows read, back to 2026-11-23 12:00 UTC',
      '',
    ]);
  });
});
