import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { AuditReads } from '../../langfuse/reads/audit-reads.ts';
import type { AuditWindow } from '../../langfuse/reads/audited-trace.ts';
import type { ReadProgress } from '../../langfuse/reads/read-client.ts';
import { auditHelp } from './help.ts';
import { checkLimits, type Limits } from './measure/guardrail.ts';
import { toFailureLines } from './report/failure-lines.ts';
import { toHtmlReport } from './report/html-report.ts';
import { toMarkdownReport } from './report/markdown-report.ts';
import { createMeasurement, type Measurement } from './measure/measurement.ts';
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
import { type AuditReport, toReport } from './report/report.ts';
import { toTextReport } from './report/text-report.ts';
import type { ConversationRule } from './measure/verdict.ts';
import type { Paint } from '../terminal/paint.ts';
import { parseWritableFile } from '../options/writable-file.ts';

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
    .option('--min-parents <count>', 'with a limit: fail when fewer parents are due', parseCount, 1)
    .option('--list <count>', 'traces to list of each kind', parseListed, 20)
    .addOption(new Option('--json', 'print the report as JSON').conflicts('markdown'))
    .option('--markdown', 'print it as Markdown, for a comment')
    .option('--html <file>', 'write it as one self-contained page as well', parseWritableFile)
    .addHelpText('after', auditHelp)
    .action((flags: AuditFlags, command: Command) => audit(flags, { command, surroundings }));
}

interface AuditFlags extends Partial<Pick<Limits, 'minComplete' | 'maxStale' | 'maxOrphans'>> {
  readonly since: number;
  readonly from?: number;
  readonly to?: number;
  readonly baseline?: Baseline;
  readonly staleAfter: number;
  readonly conversation: ConversationRule;
  readonly environment?: readonly string[];
  readonly skipChildren?: true;
  readonly minParents: number;
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
  const { now, paint, write, writeError, isTerminal, setExitCode } = surroundings;
  const startedAt = now();
  const window = toWindow(flags, { now: startedAt, command });
  const progress = createProgress({ write: writeError, isTerminal, now });
  const report = await makeReport(flags, {
    surroundings,
    window,
    startedAt,
    tell: progress.tell,
  }).finally(progress.end);
  write(toText(report, { flags, paint }));
  if (flags.html !== undefined) writeFileSync(flags.html, toHtmlReport(report));
  if (report.guardrail === null || report.guardrail.passed) return;
  // In the text it stands already; a JSON or Markdown file that is read later would keep it from the log.
  if (flags.json === true || flags.markdown === true) {
    writeError(`${toFailureLines(report).join('\n')}\n`);
  }
  setExitCode(1);
}

interface Making {
  readonly surroundings: AuditSurroundings;
  readonly window: AuditWindow;
  readonly startedAt: number;
  readonly tell: (progress: ReadProgress) => void;
}

async function makeReport(flags: AuditFlags, making: Making): Promise<AuditReport> {
  const { surroundings, window, startedAt, tell } = making;
  const reads = await surroundings.open(tell);
  const measured = await measure(reads, { flags, window, now: startedAt });
  const other = toBaselineWindow(flags.baseline, window);
  const baseline =
    other === undefined
      ? undefined
      : await measure(reads, { flags, window: other, now: startedAt });
  return toReport({
    generatedAt: startedAt,
    project: reads.project,
    rules: {
      staleAfterMs: flags.staleAfter,
      conversation: flags.conversation,
      children: childrenOf(flags),
      environments: flags.environment ?? [],
    },
    measured,
    baseline,
    urlOf: reads.urlOf,
    guardrail: checkLimits(measured.total, flags),
  });
}

interface Measuring {
  readonly flags: AuditFlags;
  readonly window: AuditWindow;
  readonly now: number;
}

async function measure(reads: AuditReads, { flags, window, now }: Measuring): Promise<Measurement> {
  const { staleAfter, conversation, environment, list } = flags;
  const measurement = createMeasurement({
    window,
    rules: { now, staleAfterMs: staleAfter, conversation },
    listed: list,
  });
  const children = childrenOf(flags);
  for await (const trace of reads.traces({ window, longestRunMs: staleAfter, children, now })) {
    if (environment === undefined || environment.includes(trace.environment)) {
      measurement.add(trace);
    }
  }
  return measurement;
}

function childrenOf({ skipChildren }: AuditFlags): 'all' | 'markers' {
  return skipChildren === true ? 'markers' : 'all';
}

function toWindow(
  { from, to, since }: AuditFlags,
  { now, command }: { readonly now: number; readonly command: Command },
): AuditWindow {
  const end = to ?? now;
  const window = { from: from ?? end - since, to: end };
  if (window.from < window.to) return window;
  const [first, second] = [window.from, window.to].map((time) => new Date(time).toISOString());
  return command.error(
    `error: expected a window that begins before it ends, found ${first} to ${second}.`,
    { exitCode: 2, code: 'langfuse-lifecycle.window' },
  );
}

function toBaselineWindow(
  baseline: Baseline | undefined,
  { from }: AuditWindow,
): AuditWindow | undefined {
  switch (baseline?.type) {
    case undefined:
      return undefined;
    case 'before':
      return { from: from - baseline.lengthMs, to: from };
    case 'between':
      return baseline.window;
    default:
      return baseline satisfies never;
  }
}

interface Rendering {
  readonly flags: AuditFlags;
  readonly paint: Paint;
}

function toText(report: AuditReport, { flags, paint }: Rendering): string {
  if (flags.json === true) return `${JSON.stringify(report, null, 2)}\n`;
  return flags.markdown === true ? toMarkdownReport(report) : toTextReport(report, paint);
}
