import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';

const main = fileURLToPath(new URL('../../adapters/cli/main.ts', import.meta.url));

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], folder: string): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] } };
    execFile(process.execPath, [main, 'doctor', ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('reads .env of the working directory, and looks at what --import registers', async () => {
  const fake = createFakeLangfuse();
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  const folder = emptyFolder();
  const { publicKey, secretKey } = fake.options;
  writeFileSync(
    join(folder, '.env'),
    `LANGFUSE_PUBLIC_KEY=${publicKey}\nLANGFUSE_SECRET_KEY=${secretKey}\nLANGFUSE_BASE_URL=${server.url}\n`,
  );
  writeFileSync(
    join(folder, 'instrumentation.mjs'),
    `setInterval(() => {}, 60_000);
    import { createRequire } from 'node:module';
     const require = createRequire(${JSON.stringify(main)});
     const { BasicTracerProvider } = require('@opentelemetry/sdk-trace-base');
     require('@opentelemetry/api').trace.setGlobalTracerProvider(new BasicTracerProvider());`,
  );

  const ended = await run(['--import', 'instrumentation.mjs'], folder);

  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stdout).toContain('✓ environment      LANGFUSE_PUBLIC_KEY is set in .env (pk-lf-…');
  expect(ended.stdout).toContain('✓ probe            a run was written over otlp and read back');
  expect(ended.stdout).toContain('! instrumentation  OpenTelemetry has a tracer provider and no');
  expect(ended.stdout).toMatch(
    /\n {19}→ Register AsyncLocalStorageContextManager.*\n\n1 warning\.\n$/,
  );
  expect(ended.stderr).toBe('');
});

it('fails, and says what to do, when there is nothing to go by', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, '.env'), 'LANGFUSE_BASE_URL=http://127.0.0.1:1\n');

  const ended = await run([], folder);

  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain('✗ environment      LANGFUSE_SECRET_KEY is set neither');
  expect(ended.stdout).toContain('✗ network          127.0.0.1 cannot be reached on port 1: ECONN');
  expect(ended.stdout).toContain('– probe            not looked at: the server cannot be reached');
  expect(ended.stdout).toMatch(/\n3 problems\.\n$/);
});

it('says that an .env is there which cannot be read', async () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, '.env'));

  const ended = await run(['--no-probe'], folder);

  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain(
    '✗ environment      .env of the working directory cannot be read (EISDIR: illegal operation on a directory), so nothing in it counts',
  );
});

it('names an instrumentation that cannot be loaded, and why', async () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'broken.mjs'), "throw new Error('no collector is set');");

  const ended = await run(['--import', 'broken.mjs'], folder);

  expect(ended.code).toBe(1);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toMatch(
    /^error: --import .*broken\.mjs cannot be loaded: no collector is set\. Run it by itself/,
  );
});

it('refuses an instrumentation that is not there', async () => {
  const ended = await run(['--import', 'no-such-file.mjs'], emptyFolder());

  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('Expected a file, found none at ');
});
