import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { counted } from '../terminal/counted.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { toPrintableLine } from '../../../src/printable-line.ts';
import { parseReadableFile } from '../options/paths.ts';
import { toTimeoutParser } from '../options/timeout.ts';
import { examine, type ExaminationPorts } from './checks.ts';
import type { Finding } from './finding.ts';

/** What `doctor` needs of the process that runs it. */
export interface DoctorSurroundings extends Omit<ExaminationPorts, 'signal'> {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  readonly setExitCode: (code: number) => void;
  /** Ends the process, when all is written. */
  readonly exit: () => void;
}

/** `langfuse-lifecycle doctor`: what stands between this program and a complete trace, and what to do about it. */
export function doctorCommand(surroundings: DoctorSurroundings): Command {
  return new Command('doctor')
    .description('check keys, connection, server and one probe trace, and say what to fix')
    .option('--json', 'print the findings as JSON', false)
    .option('--no-probe', 'write nothing to Langfuse')
    .option('--timeout <seconds>', 'how long to look for the probe', parseTimeout, 30)
    .option(
      '--import <file>',
      'load your instrumentation first, to see what it registers',
      parseReadableFile,
    )
    .addHelpText('after', doctorHelp)
    .action((flags: DoctorFlags) => doctor(flags, surroundings));
}

const parseTimeout = toTimeoutParser({ longest: 3_600, example: 30 });

const doctorHelp = `
Looks at the environment and .env, the address, proxy and network, the server and its clock, the keys, how the server
wants to be written to, the journal directory and other instrumentation. The probe is one small run with the name
"langfuse-lifecycle doctor", written as your program would and read back. No key is printed.

Exit codes: 0 nothing has to be fixed, 1 something has to be, 2 wrong usage.

Examples:
  $ langfuse-lifecycle doctor
  $ langfuse-lifecycle doctor --no-probe --json
  $ langfuse-lifecycle doctor --import ./instrumentation.js`;

interface DoctorFlags {
  readonly json: boolean;
  readonly probe: boolean;
  readonly timeout: number;
  readonly import?: string;
}

async function doctor(flags: DoctorFlags, surroundings: DoctorSurroundings): Promise<void> {
  const { write, paint, setExitCode, exit } = surroundings;
  if (flags.import !== undefined) await load(flags.import);
  const { signal } = new AbortController();
  const probeTimeoutMs = flags.probe ? flags.timeout * 1_000 : undefined;
  const findings: Finding[] = [];
  for await (const finding of examine({ ...surroundings, signal }, { probeTimeoutMs })) {
    findings.push(finding);
    if (!flags.json) write(toLines(finding, paint));
  }
  const failed = findings.filter(({ status }) => status === 'failed').length;
  const warnings = findings.filter(({ status }) => status === 'warning').length;
  if (flags.json) write(`${JSON.stringify({ ok: failed === 0, findings }, null, 2)}\n`);
  else write(`\n${toSummary(failed, warnings)}\n`);
  if (failed > 0) setExitCode(1);
  // What was loaded may keep the process alive, as it should in the program.
  if (flags.import !== undefined) exit();
}

async function load(file: string): Promise<void> {
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(
      `--import ${file} cannot be loaded: ${message}. Run it by itself (node ${file}) to see where.`,
      { cause: error },
    );
  }
}

const marks: Readonly<Record<Finding['status'], { readonly mark: string; readonly style: Style }>> =
  {
    ok: { mark: '✓', style: 'green' },
    warning: { mark: '!', style: 'yellow' },
    failed: { mark: '✗', style: 'red' },
    skipped: { mark: '–', style: 'dim' },
  };

const columnWidth = 'instrumentation'.length + 2;

function toLines({ check, status, found, fix }: Finding, paint: Paint): string {
  const { mark, style } = marks[status];
  const line = `${paint(style, mark)} ${check.padEnd(columnWidth)}${toPrintableLine(found)}\n`;
  return fix === undefined
    ? line
    : `${line}${' '.repeat(columnWidth + 2)}→ ${toPrintableLine(fix)}\n`;
}

function toSummary(failed: number, warnings: number): string {
  const parts = [
    ...(failed > 0 ? [counted(failed, 'problem')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  if (parts.length === 0) return 'Nothing has to be fixed.';
  return `${parts.join(', ')}.`;
}
