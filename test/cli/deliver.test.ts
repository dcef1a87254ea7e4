import { resolve } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  deliverCommand,
  type DeliverSurroundings,
  type RecoverOptions,
  type RecoveryReport,
} from '../../adapters/cli/deliver/command.ts';

const journal = new URL('documentation', import.meta.url).pathname;
const file = new URL('documentation/delivery.md', import.meta.url).pathname;
const nothingLeft: RecoveryReport = { recoveredRuns: 2, delivered: 38, pending: 0, dropped: {} };

interface Called {
  readonly asked: readonly RecoverOptions[];
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
}

interface Call extends Partial<Pick<DeliverSurroundings, 'env' | 'findProblem'>> {
  readonly flags?: readonly string[];
  readonly report?: RecoveryReport;
}

async function call({
  flags = [],
  report = nothingLeft,
  env = {},
  findProblem = () => undefined,
}: Call): Promise<Called> {
  const asked: RecoverOptions[] = [];
  const texts = { output: '', errors: '' };
  let exitCode = 0;
  const command = deliverCommand({
    env,
    findProblem,
    recover(options) {
      asked.push(options);
      return Promise.resolve(report);
    },
    write: (text) => void (texts.output += text),
    writeError: (text) => void (texts.errors += text),
    setExitCode: (code) => void (exitCode = code),
  });
  command.exitOverride().configureOutput({ writeErr: (text) => void (texts.errors += text) });
  await command.parseAsync([...flags], { from: 'user' }).catch((error: unknown) => {
    if (!(error instanceof CommanderError)) throw error;
    // As main.ts has it: what commander complains about is wrong usage.
    exitCode = 2;
  });
  return { asked, ...texts, exitCode };
}

describe('deliver', () => {
  it('tells what was recovered, delivered, pending and dropped, and succeeds when nothing is left', async () => {
    const { asked, output, errors, exitCode } = await call({ flags: ['--journal', journal] });

    expect(asked).toEqual([{ directory: resolve(journal), timeoutMs: 30_000 }]);
    expect(output.split('\n')).toEqual([
      `recovered  2 runs from ${resolve(journal)}`,
      'delivered  38 observations',
      'pending    0 observations',
      'dropped    none',
      '',
    ]);
    expect(errors).toBe('');
    expect(exitCode).toBe(0);
  });

  it('fails when something still waits, and says where it is kept', async () => {
    const report = { ...nothingLeft, recoveredRuns: 1, delivered: 0, pending: 1 };

    const { output, errors, exitCode } = await call({ flags: ['--journal', journal], report });

    expect(output).toContain('recovered  1 run from');
    expect(output).toContain('pending    1 observation\n');
    expect(errors).toBe(
      `What is pending stays in ${resolve(journal)}; deliver again when the server takes it.\n`,
    );
    expect(exitCode).toBe(1);
  });

  it('gives each loss a line with its reason', async () => {
    const report = { ...nothingLeft, dropped: { rejected: 1, too_large: 2 } };

    const { output, exitCode } = await call({ flags: ['--journal', journal], report });

    expect(output).toContain('dropped    1 item as rejected\ndropped    2 items as too_large\n');
    expect(exitCode).toBe(0);
  });

  it('takes the directory from the environment and the time from --timeout', async () => {
    const env = { LANGFUSE_LIFECYCLE_JOURNAL: ` "${journal}" ` };

    const { asked } = await call({ env, flags: ['--timeout', '2.5'] });

    expect(asked).toEqual([{ directory: resolve(journal), timeoutMs: 2_500 }]);
  });

  it('prefers --journal to the environment', async () => {
    const env = { LANGFUSE_LIFECYCLE_JOURNAL: file };

    const { asked } = await call({ env, flags: ['--journal', journal] });

    expect(asked.map(({ directory }) => directory)).toEqual([resolve(journal)]);
  });

  it('fails without keys, says what is missing and leaves the journal alone', async () => {
    const { asked, errors, exitCode } = await call({
      flags: ['--journal', journal],
      findProblem: () => 'LANGFUSE_SECRET_KEY is not set.',
    });

    expect(errors).toBe('error: LANGFUSE_SECRET_KEY is not set.\n');
    expect(exitCode).toBe(1);
    expect(asked).toEqual([]);
  });

  it.each([
    { flags: [], env: {}, complaint: 'Expected --journal <directory> or LANGFUSE_LIFECYCLE' },
    { flags: ['--journal', file], env: {}, complaint: 'Expected a directory, found none at' },
    { flags: ['--journal', `${file}/x`], env: {}, complaint: 'Expected a directory, found none' },
    {
      flags: [],
      env: { LANGFUSE_LIFECYCLE_JOURNAL: '/no/such/place' },
      complaint: 'LANGFUSE_LIFECYCLE_JOURNAL: Expected a directory',
    },
    { flags: ['--timeout', '0'], env: {}, complaint: 'Expected seconds above 0' },
    { flags: ['--timeout', 'soon'], env: {}, complaint: 'Expected seconds above 0' },
    { flags: ['--timeout', '86401'], env: {}, complaint: 'up to 86400' },
    { flags: ['--journal', journal, 'more'], env: {}, complaint: 'too many arguments' },
  ])('refuses $flags with $env as wrong usage', async ({ flags, env, complaint }) => {
    const { asked, errors, exitCode } = await call({ flags, env });

    expect(errors).toContain(complaint);
    expect(exitCode).toBe(2);
    expect(asked).toEqual([]);
  });

  it('lets an error of the recovery through to the caller', async () => {
    const command = deliverCommand({
      env: {},
      findProblem: () => undefined,
      recover: () => Promise.reject(new Error('The journal is of a later version.')),
      write: () => {},
      writeError: () => {},
      setExitCode: () => {},
    });

    const delivery = command.parseAsync(['--journal', journal], { from: 'user' });

    await expect(delivery).rejects.toThrow('The journal is of a later version.');
  });
});
