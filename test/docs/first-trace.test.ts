import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { missingFromParent } from '../../mocks/completeness.ts';
import {
  createFakeLangfuse,
  type FakeLangfuse,
  type FakeLangfuseOptions,
} from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { blocksBelow, packageFolder, readPage } from './markdown.ts';

const page = readPage('docs/getting-started.md');
const program = blocksBelow(page, '1. A program')[0]?.code ?? '';
const promised = blocksBelow(page, '3. Run it').find(({ language }) => language === 'text')?.code;

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Does what the page says: the program and `.env` in a folder where the package is installed, then `node agent.mjs`. */
function follow(dotenv: string | undefined): Promise<Output> {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-first-trace-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(packageFolder, join(folder, 'node_modules/langfuse-lifecycle'), 'junction');
  writeFileSync(join(folder, 'agent.mjs'), program);
  if (dotenv !== undefined) writeFileSync(join(folder, '.env'), dotenv);
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'] }, timeout: 60_000 };
    execFile(process.execPath, ['agent.mjs'], options, (_error, stdout, stderr) =>
      resolve({ stdout: stdout.trim(), stderr }),
    );
  });
}

/** The lines of a section of the page, with the keys and the address of a fake where the page has dots. */
function dotenvOf(section: string, { fake, url }: Server): string {
  const lines = blocksBelow(page, section).find(({ language }) => language === 'ini')?.code ?? '';
  const { publicKey, secretKey } = fake.options;
  return lines
    .replace('pk-lf-…', publicKey)
    .replace('sk-lf-…', secretKey)
    .replace(/https?:\/\/\S+/, url);
}

interface Server {
  readonly fake: FakeLangfuse;
  readonly url: string;
}

async function serve(options: FakeLangfuseOptions): Promise<Server> {
  const fake = createFakeLangfuse(options);
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  return { fake, url: server.url };
}

function wireOf({ ingestionEvents, otlpSpans }: FakeLangfuse): string {
  if (ingestionEvents.length > 0 && otlpSpans.length > 0) return 'both';
  return otlpSpans.length > 0 ? 'otlp' : 'ingestion';
}

const v3 = 'Your own server, version 3 or older';
const v4 = 'Your own server, version 4';

describe('who follows docs/getting-started.md', () => {
  it.each([
    ['No keys', {}, 'otlp'],
    ['Langfuse Cloud', { writeMode: 'events_only' }, 'otlp'],
    [v4, { writeMode: 'events_only' }, 'otlp'],
    [v4, { writeMode: 'dual' }, 'otlp'],
    [v4, { writeMode: 'legacy' }, 'ingestion'],
    // The lines of version 4 are meant there, too.
    [v3, { writeMode: 'legacy', version: '3.100.0' }, 'ingestion'],
    [v3, { writeMode: 'legacy', version: '3.90.0' }, 'ingestion'],
    [v3, { writeMode: 'legacy', version: '3.20.0' }, 'ingestion'],
    [v3, { writeMode: 'legacy', version: '2.95.0' }, 'ingestion'],
  ] as const)(
    'with "%s" (%o) gets what the page shows, over %s',
    async (section, options, wire) => {
      const server = await serve(options);

      const output = await follow(dotenvOf(section === v3 ? v4 : section, server));

      expect(output).toEqual({ stdout: promised, stderr: '' });
      expect(server.fake.traces().map(missingFromParent)).toEqual([[]]);
      expect(server.fake.traces()).toMatchObject([{ name: 'support-agent', sessionId: 'chat-7' }]);
      expect(wireOf(server.fake)).toBe(wire);
    },
  );

  it('has forgotten .env, and is told', async () => {
    const { stdout, stderr } = await follow(undefined);

    expect(stdout).toContain('dropped: { disabled: 1 }');
    expect(stderr).toMatch(/LANGFUSE_PUBLIC_KEY.*not set/);
  });

  // Both at once: each waits for as long as a shutdown does.
  it('has keys of another project, or an address where nothing listens, and is told', async () => {
    const server = await serve({ secretKey: 'sk-lf-another' });
    const closed = await serveFakeLangfuse(server.fake);
    await closed.close();
    const mistaken = dotenvOf(v4, server).replace('sk-lf-another', 'sk-lf-mine');

    const [unauthorized, unreachable] = await Promise.all([
      follow(mistaken),
      follow(dotenvOf(v4, { ...server, url: closed.url })),
    ]);

    expect([unauthorized.stdout, unreachable.stdout]).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('pending: 2')),
    );
    expect(unauthorized.stderr).toContain('answered 401');
    expect(unreachable.stderr).toContain('cannot be reached');
  });
});
