import { Command, InvalidArgumentError } from 'commander';
import { cleanedText } from '../../langfuse/environment.ts';
import { counted } from '../terminal/counted.ts';
import { toDeliveryLines } from '../terminal/delivery-lines.ts';
import { parseWritableDirectory } from '../options/paths.ts';
import { failUsage } from '../options/usage-error.ts';
import { toTimeoutParser } from '../options/timeout.ts';

/** What `deliver` needs of the process that runs it. */
export interface DeliverSurroundings {
  /** Variables of the environment and of `.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Why nothing can be sent, in a sentence; undefined when the keys are set. */
  readonly findProblem: () => string | undefined;
  /** Delivers what the processes that are gone left in a journal directory. */
  readonly recover: (options: RecoverOptions) => Promise<RecoveryReport>;
  /** Takes the report, lines with their ends. */
  readonly write: (text: string) => void;
  /** Takes what stands in the way, lines with their ends. */
  readonly writeError: (text: string) => void;
  /** Takes the exit code when something is left. */
  readonly setExitCode: (code: number) => void;
}

/** Which journal, and how long. */
export interface RecoverOptions {
  /** An absolute path. */
  readonly directory: string;
  readonly timeoutMs: number;
}

/** What became of a journal. */
export interface RecoveryReport {
  /** Runs that processes which are gone had not delivered. */
  readonly recoveredRuns: number;
  /** Observations that the server has now. */
  readonly delivered: number;
  /** Observations that still wait, in the journal. */
  readonly pending: number;
  /** Losses by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** `langfuse-lifecycle deliver`: hands over what a journal or a dying process left. */
export function deliverCommand(surroundings: DeliverSurroundings): Command {
  return new Command('deliver')
    .description('hand over what a journal or a dying process left')
    .option(
      '--journal <directory>',
      'where the journal lies (default: LANGFUSE_LIFECYCLE_JOURNAL)',
      parseWritableDirectory,
    )
    .option('--timeout <seconds>', 'how long to try', parseTimeout, 30)
    .addHelpText('after', deliverHelp)
    .action((flags: DeliverFlags, command: Command) => deliver(flags, { command, surroundings }));
}

const parseTimeout = toTimeoutParser({ longest: 86_400, example: 30 });

const deliverHelp = `
What processes that are gone had not delivered goes to the Langfuse of LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY and
LANGFUSE_BASE_URL; runs that they left open are ended first. What belongs to a process that still lives is left to it.
What cannot be delivered in time stays in the journal.

Exit codes: 0 nothing is left, 1 something still waits or the keys are missing, 2 wrong usage.

Examples:
  $ langfuse-lifecycle deliver --journal ./journal
  $ LANGFUSE_LIFECYCLE_JOURNAL=/var/lib/agent/journal langfuse-lifecycle deliver --timeout 120`;

interface DeliverFlags {
  readonly journal?: string;
  readonly timeout: number;
}

interface Invocation {
  readonly command: Command;
  readonly surroundings: DeliverSurroundings;
}

async function deliver(flags: DeliverFlags, { command, surroundings }: Invocation): Promise<void> {
  const { findProblem, recover, write, writeError, setExitCode } = surroundings;
  const directory = flags.journal ?? toDirectory(surroundings.env, command);
  const problem = findProblem();
  if (problem !== undefined) {
    writeError(`error: ${problem}\n`);
    setExitCode(1);
    return;
  }
  const report = await recover({ directory, timeoutMs: flags.timeout * 1_000 });
  write(`${toReportLines(report, directory).join('\n')}\n`);
  if (report.pending === 0) return;
  writeError(`What is pending stays in ${directory}; deliver again when the server takes it.\n`);
  setExitCode(1);
}

function toReportLines(report: RecoveryReport, directory: string): readonly string[] {
  return [
    `recovered  ${counted(report.recoveredRuns, 'run')} from ${directory}`,
    ...toDeliveryLines(report),
  ];
}

function toDirectory(env: DeliverSurroundings['env'], command: Command): string {
  const name = 'LANGFUSE_LIFECYCLE_JOURNAL';
  const given = cleanedText(env[name]);
  if (given === undefined) {
    return failUsage(command, `Expected --journal <directory> or ${name}, found neither.`);
  }
  try {
    return parseWritableDirectory(given);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return failUsage(command, `${name}: ${error.message}`);
  }
}
