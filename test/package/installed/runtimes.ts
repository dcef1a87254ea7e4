import { cpSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { EmptyProject } from '../installed-package.ts';
import { type ProgramResult, runProgram } from '../node-programs.ts';
import { type Tools, toolVersion } from '../tools/install.ts';
import { endingsOf, withFake } from './fake.ts';

interface Runtime {
  readonly label: string;
  readonly path: string;
  /** Before the name of the program. */
  readonly args: readonly string[];
}

type Env = Readonly<Record<string, string>>;

const complete = { missing: [] };

/** What happens in runtimes that are not Node.js with the package in `project`. */
export function describeRuntimes(project: EmptyProject, tools: Tools): void {
  const bun: Runtime = { label: `Bun ${toolVersion('bun')}`, path: tools.bun, args: ['run'] };
  const deno: Runtime = {
    label: `Deno ${toolVersion('deno')}`,
    path: tools.deno,
    // What is installed and nothing else, and no question to a person.
    args: ['run', '--cached-only', '--no-prompt', '--allow-env', '--allow-net'],
  };
  const denoThatMayRun = { ...deno, args: [...deno.args, '--allow-run'] };
  const denoThatMayWrite = {
    ...deno,
    args: [...deno.args, '--allow-read', '--allow-write', '--allow-sys'],
  };

  describe.each([bun, deno].map((runtime) => [runtime.label, runtime] as const))(
    'with %s',
    (_label, runtime) => {
      it('runs leave complete parents, and the program sees what it would have seen', async () => {
        await withFake(async (fake, env) => {
          const { stdout, stderr } = await run(runtime, 'runtime.mjs', { env });

          expect(stdout, stderr).toBe(
            '{"reply":"on its way","sameError":true,"words":"word by word","report":{"delivered":4,"pending":0,"dropped":{}}}\n',
          );
          expect(endingsOf(fake)).toEqual([
            { name: 'succeeds', reason: 'stop', ...complete },
            { name: 'fails', reason: 'exception', ...complete },
            { name: 'streams', reason: 'stop', ...complete },
          ]);
        });
      });
    },
  );

  it.each([
    { runtime: bun, how: 'signal', ended: { signal: 'SIGTERM' }, reason: 'interrupted' },
    { runtime: bun, how: 'exit', ended: { exitCode: 3 }, reason: 'interrupted' },
    { runtime: bun, how: 'drain', ended: { exitCode: 0 }, reason: 'never_ended' },
    { runtime: bun, how: 'throw', ended: { exitCode: 1 }, reason: 'interrupted' },
    // Bun tells nobody of the rejection before it leaves.
    { runtime: bun, how: 'reject', ended: { exitCode: 1 }, reason: 'never_ended' },
    { runtime: deno, how: 'signal', ended: { signal: 'SIGTERM' }, reason: 'interrupted' },
    { runtime: denoThatMayRun, how: 'exit', ended: { exitCode: 3 }, reason: 'interrupted' },
    { runtime: deno, how: 'drain', ended: { exitCode: 0 }, reason: 'never_ended' },
  ])(
    'a run that is open at $how is complete, with $runtime.label',
    async ({ runtime, how, ended, reason }) => {
      await withFake(async (fake, env) => {
        const result = await run(runtime, 'ending.mjs', { args: [how], env });

        expect(result, result.stderr).toMatchObject(ended);
        expect(endingsOf(fake)).toEqual([{ name: how, reason, ...complete }]);
      });
    },
  );

  it(`${deno.label} delivers nothing at process.exit() when it may not run itself`, async () => {
    await withFake(async (fake, env) => {
      const { exitCode } = await run(deno, 'ending.mjs', { args: ['exit'], env });

      expect(exitCode).toBe(3);
      expect(endingsOf(fake)).toEqual([]);
    });
  });

  it.each(['throw', 'reject'])(
    `${deno.label} tells nobody of an error that it dies of (%s); the journal has what was open`,
    async (how) => {
      await withFake(async (fake, env) => {
        const journal = mkdtempSync(join(project.folder, 'journal-'));
        const withJournal = { ...env, LANGFUSE_LIFECYCLE_JOURNAL: journal };

        const died = await run(denoThatMayWrite, 'ending.mjs', { args: [how], env: withJournal });
        const arrived = endingsOf(fake);
        await run(denoThatMayWrite, 'runtime.mjs', { env: withJournal });

        expect(died.exitCode).toBe(1);
        expect(arrived).toEqual([]);
        expect(endingsOf(fake)).toContainEqual({ name: how, reason: 'never_ended', ...complete });
        expect(readdirSync(journal)).toEqual([]);
      });
    },
  );

  function run(
    { path, args: before }: Runtime,
    program: string,
    { args = [], env }: { readonly args?: readonly string[]; readonly env: Env },
  ): Promise<ProgramResult> {
    cpSync(new URL(`../fixtures/${program}`, import.meta.url), join(project.folder, program));
    return runProgram(path, {
      args: [...before, program, ...args],
      folder: project.folder,
      env: { ...env, NO_COLOR: '1' },
    });
  }
}
