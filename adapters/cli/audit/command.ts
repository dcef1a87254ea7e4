import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { AuditReads } from '../../langfuse/reads/audit-reads.ts';
import type { ReadProgress } from '../../langfuse/reads/read-client.ts';
import { parseWritableFile } from '../options/paths.ts';
import { failUsage } from '../options/usage-error.ts';
import type { Paint } from '../terminal/paint.ts';
import { type AuditOrder, makeReport } from './make-report.ts';
import type { Limits } from './measure/guardrail.ts';
import type { ConversationRule } from './measure/verdict.ts';
import {
  type Baseline,
  parseBaseline,
  parseCount,
  parseDuration,
  parseListed,
  parseNames,
  parsePercent,
  parseTime,
} from './options.ts';
import { createProgress } from './progress.ts';
import { toFailureLines } from './report/guardrail-text.ts';
import { toHtmlReport } from './report/html-report.ts';
import { toMarkdownReport } from './report/markdown-report.ts';
import type { AuditReport } from './report/report.ts';
import { toTextReport } from './report/text-report.ts';
import { toBaselineWindow, toWindow, type WindowFlags } from './windows.ts';

/** What `audit` needs of the process that runs it. */
export interface AuditSurroundings {
  /** Opens the project of the environment for reading; rejects with a sentence when it cannot. */
  readonly open: (tell: (progress: ReadProgress) => void) => Promise<AuditReads>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Takes the report. */
  readonly write: (text: string) => void;
  /** Takes progress, and why the guardrail failed. */
  readonly writeError: (text: string) => void;
  /** Whether what `writeError` takes is shown on a terminal. */
  readonly isTerminal: boolean;
  readonly paint: Paint;
  /** Takes the exit code when a limit is not kept. */
  readonly setExitCode: (code: number) => void;
}

/** `langfuse-lifecycle audit`: how complete the parents of a real project are. Reads only. */
export function auditCommand(surroundings: AuditSurroundings): Command {
  return new Command('audit')
    .description('measure how complete the parent traces of your project are (reads only)')
    .addOption(
      new Option('--since <duration>', 'the window: so long before --to')
        .argParser(parseDuration)
        .default(86_400_000, '24h')
        .conflicts('from'),
    )
    .option('--from <time>', 'where the window begins, for example 2026-11-20', parseTime)
    .option('--to <time>', 'where it ends (default: now)', parseTime)
    .option(
      '--baseline <window>',
      'compare with another window: so long before the first (7d), or from/to',
      parseBaseline,
    )
    .addOption(
      new Option('--stale-after <duration>', 'no run takes longer than this')
        .argParser(parseDuration)
        .default(3_600_000, '1h'),
    )
    .addOption(
      new Option(
        '--conversation <rule>',
        'a parent needs a conversation id: always (required), or unless it says that there is none (declared)',
      )
        .choices(['declared', 'required'] satisfies ConversationRule[])
        .default('declared'),
    )
    .option('--environment <names>', 'only these, with commas between them', parseNames)
    .option('--skip-children', 'read roots and start markers only: faster, but finds no orphans')
    .option('--min-complete <percent>', 'fail when fewer parents are complete', parsePercent)
    .option('--max-stale <count>', 'fail when more parents are stale in progress', parseCount)
    .addOption(
      new Option('--max-orphans <count>', 'fail when there are more orphan traces')
        .argParser(parseCount)
        .conflicts('skipChildren'),
    )
    .option(
      '--min-parents <count>',
      'fail when fewer parents are due (default: 1 with another limit)',
      parseCount,
    )
    .option('--list <count>', 'traces to list of each kind', parseListed, 20)
    .addOption(new Option('--json', 'print the report as JSON').conflicts('markdown'))
    .option('--markdown', 'print it as Markdown, for a comment')
    .option('--html <file>', 'write it as one self-contained page as well', parseWritableFile)
    .addHelpText('after', auditHelp)
    .action((flags: AuditFlags, command: Command) => audit(flags, { command, surroundings }));
}

const auditHelp = `
Three numbers, in total, by trace name and by day:
  complete  parents with a name, an input, a conversation id, a terminal status, and an output or an error
  stale     runs that began longer ago than --stale-after and have not ended
  orphans   traces with children, but without a parent that anybody announced
A run that began later than --stale-after ago and has not ended is "running" and counts nowhere.

It works on traces of any origin, on Langfuse Cloud and on your own server of any version, with the project of
LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY and LANGFUSE_BASE_URL. Nothing is written. On a v4 server no input and no output
is downloaded. Requests are made one at a time, and a rate limit is waited out. All days are UTC.

Exit codes: 0 measured and every limit kept, 1 a limit not kept or Langfuse cannot be read, 2 wrong usage.

Examples:
  How are we doing?
  $ langfuse-lifecycle audit
  Last week against the week before:
  $ langfuse-lifecycle audit --since 7d --baseline 7d
  Before and after a release, as a page with charts:
  $ langfuse-lifecycle audit --from 2026-11-15 --baseline 2026-11-01/2026-11-08 --html audit.html
  In CI, after the end-to-end tests:
  $ langfuse-lifecycle audit --since 1h --stale-after 10m --min-complete 99.5 --max-stale 0 --markdown`;

interface AuditFlags extends WindowFlags, Limits {
  readonly baseline?: Baseline;
  readonly staleAfter: number;
  readonly conversation: ConversationRule;
  readonly environment?: readonly string[];
  readonly skipChildren?: true;
  readonly list: number;
  readonly json?: true;
  readonly markdown?: true;
  readonly html?: string;
}

interface Invocation {
  readonly command: Command;
  readonly surroundings: AuditSurroundings;
}

async function audit(flags: AuditFlags, { command, surroundings }: Invocation): Promise<void> {
  const { now, open, paint, write, writeError, isTerminal, setExitCode } = surroundings;
  const order = toOrder(flags, now());
  assertForward(order, command);
  const progress = createProgress({ write: writeError, isTerminal, now });
  const report = await open(progress.tell)
    .then((reads) => makeReport(reads, order))
    .finally(progress.end);
  write(toText(report, { flags, paint }));
  if (flags.html !== undefined) writeFileSync(flags.html, toHtmlReport(report));
  if (report.guardrail === null || report.guardrail.passed) return;
  // In the text it stands already; a JSON or Markdown file that is read later would keep it from the log.
  if (flags.json === true || flags.markdown === true) {
    writeError(`${toFailureLines(report).join('\n')}\n`);
  }
  setExitCode(1);
}

function toOrder(flags: AuditFlags, now: number): AuditOrder {
  const window = toWindow(flags, now);
  return {
    window,
    baseline: flags.baseline === undefined ? undefined : toBaselineWindow(flags.baseline, window),
    now,
    staleAfterMs: flags.staleAfter,
    conversation: flags.conversation,
    children: flags.skipChildren === true ? 'markers' : 'all',
    environments: flags.environment,
    listed: flags.list,
    limits: flags,
  };
}

function assertForward({ window }: AuditOrder, command: Command): void {
  if (window.from < window.to) return;
  const [first, second] = [window.from, window.to].map((time) => new Date(time).toISOString());
  failUsage(command, `Expected a window that begins before it ends, found ${first} to ${second}.`);
}

interface Rendering {
  readonly flags: AuditFlags;
  readonly paint: Paint;
}

function toText(report: AuditReport, { flags, paint }: Rendering): string {
  if (flags.json === true) return `${JSON.stringify(report, null, 2)}\n`;
  return flags.markdown === true ? toMarkdownReport(report) : toTextReport(report, paint);
}
