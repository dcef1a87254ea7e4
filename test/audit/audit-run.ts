import { CommanderError } from 'commander';
import { auditCommand } from '../../adapters/cli/audit/command.ts';
import type { AuditReport } from '../../adapters/cli/audit/report/report.ts';
import { plain } from '../../adapters/cli/terminal/paint.ts';
import { readConfig } from '../../adapters/langfuse/config.ts';
import { openAuditReads } from '../../adapters/langfuse/reads/audit-reads.ts';
import { type Clock, systemClock } from '../../src/index.ts';

/** How the command is called, and on what. */
export interface AuditCall {
  readonly args?: readonly string[];
  /** `LANGFUSE_*` of the server. */
  readonly env: Readonly<Record<string, string>>;
  /** What the command takes for now; also default of the clock. */
  readonly now: number;
  readonly clock?: Clock;
  readonly fetch?: typeof globalThis.fetch;
  readonly isTerminal?: boolean;
}

/** What came out of it. */
export interface AuditRun {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
}

/** Runs the command in this process, as `main.ts` does it. */
export async function runAudit(call: AuditCall): Promise<AuditRun> {
  const { args = [], env, now, fetch, isTerminal = false } = call;
  const clock = call.clock ?? { ...systemClock, now: () => now };
  const texts = { output: '', errors: '' };
  let exitCode = 0;
  const command = auditCommand({
    open(tell) {
      const config = readConfig({ env, dotenv: false, ...(fetch !== undefined && { fetch }) });
      if (config.type === 'disabled') return Promise.reject(new Error(config.message));
      return openAuditReads(config.settings, { tell, clock });
    },
    now: () => clock.now(),
    write: (text) => void (texts.output += text),
    writeError: (text) => void (texts.errors += text),
    isTerminal,
    paint: plain,
    setExitCode: (code) => void (exitCode = code),
  });
  command.exitOverride().configureOutput({
    writeOut: (text) => void (texts.output += text),
    writeErr: (text) => void (texts.errors += text),
  });
  try {
    await command.parseAsync([...args], { from: 'user' });
  } catch (error) {
    // The exit codes of main.ts.
    const isUsage = error instanceof CommanderError;
    exitCode = isUsage ? (error.exitCode === 0 ? 0 : 2) : 1;
    if (!isUsage) texts.errors += `error: ${String(error)}\n`;
  }
  return { ...texts, exitCode };
}

/** The report of a call. */
export async function auditReport(call: AuditCall): Promise<AuditReport> {
  const { output, errors } = await runAudit({ ...call, args: [...(call.args ?? []), '--json'] });
  if (output === '') throw new Error(`The audit wrote no report: ${errors}`);
  return JSON.parse(output) as AuditReport;
}
