import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import '../../mocks/vitest.ts';

const main = fileURLToPath(new URL('../../adapters/cli/main.ts', import.meta.url));
const program = fileURLToPath(new URL('../endings/killed-program.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  file: string,
  args: readonly string[],
  { env, until }: { readonly env: Record<string, string>; readonly until?: RegExp },
): Promise<Ended> {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (until?.test(stdout)) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

it('hands over what a killed process left, once', async () => {
  const fake = createFakeLangfuse();
  const server = await serveFakeLangfuse(fake, { port: 0 });
  onTestFinished(() => server.close());
  const journal = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-journal-'));
  onTestFinished(() => rmSync(journal, { recursive: true, force: true }));
  const env = {
    LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
    LANGFUSE_SECRET_KEY: 'sk-lf-local',
    LANGFUSE_BASE_URL: server.url,
    LANGFUSE_LIFECYCLE_JOURNAL: journal,
  };
  // Twenty runs begin about 15 ms apart, so the first of them is on disk.
  await run(program, [], { env, until: /(?:began.*\n){20}/ });

  const first = await run(main, ['deliver'], { env });
  const second = await run(main, ['deliver', '--journal', journal], { env });

  expect(first, first.stderr).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(/delivered/);
  expect(fake.traces().length).toBeGreaterThan(0);
  for (const trace of fake.traces()) expect(trace).toBeCompleteParent();
  expect(second).toMatchObject({ code: 0 });
  expect(readdirSync(journal)).toEqual([]);
}, 60_000);
