import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { doctorCommand, type DoctorSurroundings } from '../../adapters/cli/doctor/command.ts';
import type { Finding } from '../../adapters/cli/doctor/finding.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';
import {
  createFakeLangfuse,
  type FakeLangfuse,
  type FakeLangfuseOptions,
  type WriteMode,
} from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import '../../mocks/vitest.ts';

interface Examined {
  readonly findings: readonly Finding[];
  readonly output: string;
  readonly exitCode: number;
}

const healthySurroundings = { openTelemetry: undefined, manifest: undefined } as const;

function surroundingsOf(env: Readonly<Record<string, string>>): DoctorSurroundings {
  return {
    env,
    dotenvText: '',
    createSink: (options) => langfuse(options),
    surroundings: () => healthySurroundings,
    wait: () => Promise.resolve(),
    write: () => {},
    paint: (_style, text) => text,
    setExitCode: () => {},
    exit: () => {},
  };
}

async function examine(
  env: Readonly<Record<string, string>>,
  options: Partial<DoctorSurroundings> & { readonly flags?: readonly string[] } = {},
): Promise<Examined> {
  const { flags = [], ...surroundings } = options;
  let output = '';
  let exitCode = 0;
  const command = doctorCommand({
    ...surroundingsOf(env),
    write: (text) => void (output += text),
    setExitCode: (code) => void (exitCode = code),
    ...surroundings,
  });
  await command.exitOverride().parseAsync(['--json', ...flags], { from: 'user' });
  const { findings } = JSON.parse(output) as { readonly findings: readonly Finding[] };
  return { findings, output, exitCode };
}

async function serve(options: FakeLangfuseOptions = {}): Promise<{
  readonly fake: FakeLangfuse;
  readonly env: Readonly<Record<string, string>>;
}> {
  const fake = createFakeLangfuse(options);
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  return {
    fake,
    env: {
      LANGFUSE_PUBLIC_KEY: fake.options.publicKey,
      LANGFUSE_SECRET_KEY: fake.options.secretKey,
      LANGFUSE_BASE_URL: server.url,
    },
  };
}

function statuses(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ check, status }) => `${check} ${status}`);
}

function find(findings: readonly Finding[], check: Finding['check']): Finding | undefined {
  return findings.find((finding) => finding.check === check && finding.status !== 'ok');
}

describe('doctor, when all is well', () => {
  it.each([
    ['legacy', 'write mode legacy: sending to the ingestion endpoint'],
    ['dual', 'write mode dual: sending OTLP'],
    ['events_only', 'write mode events_only: sending OTLP'],
  ] as const)('writes a run in write mode %s and reads it back', async (writeMode, reason) => {
    const { fake, env } = await serve({ writeMode: writeMode satisfies WriteMode });

    const { findings, exitCode } = await examine(env);

    expect(statuses(findings)).toEqual([
      'environment ok',
      'environment ok',
      'address ok',
      'network ok',
      'server ok',
      'clock ok',
      'keys ok',
      'wire ok',
      'probe ok',
      'journal ok',
      'instrumentation ok',
    ]);
    expect(findings.find(({ check }) => check === 'wire')?.found).toContain(reason);
    expect(findings.find(({ check }) => check === 'probe')?.found).toMatch(
      /read back after \d+\.\d s: http:\/\/127\.0\.0\.1:\d+\/project\/lf-project\/traces\/[0-9a-f]{32}$/,
    );
    expect(fake).toBeCompleteParent();
    expect(exitCode).toBe(0);
  });

  it('knows servers of before the write modes', async () => {
    const { env } = await serve({ version: '3.80.0', writeMode: 'legacy' });

    const { findings } = await examine(env);

    expect(find(findings, 'wire')).toBeUndefined();
    expect(find(findings, 'probe')).toBeUndefined();
  });

  it('writes nothing with --no-probe', async () => {
    const { fake, env } = await serve();

    const { findings } = await examine(env, { flags: ['--no-probe'] });

    expect(fake.traces()).toEqual([]);
    expect(statuses(findings).join()).not.toContain('probe');
  });

  it('never prints a key', async () => {
    const { env } = await serve({ publicKey: 'pk-lf-0123', secretKey: 'sk-lf-4567' });

    const { output } = await examine(env);

    expect(output).not.toContain('pk-lf-0123');
    expect(output).not.toContain('sk-lf-4567');
    expect(output).not.toContain(Buffer.from('pk-lf-0123:sk-lf-4567').toString('base64'));
  });
});

describe('doctor finds', () => {
  const keys = { LANGFUSE_PUBLIC_KEY: 'pk-lf-a', LANGFUSE_SECRET_KEY: 'sk-lf-a' };

  it('keys that are missing, and still looks at the rest', async () => {
    const { env } = await serve();

    const { findings, exitCode } = await examine({
      LANGFUSE_BASE_URL: env['LANGFUSE_BASE_URL'] ?? '',
    });

    expect(statuses(findings)).toEqual([
      'environment failed',
      'environment failed',
      'address ok',
      'network ok',
      'server ok',
      'clock ok',
      'keys skipped',
      'wire skipped',
      'probe skipped',
      'journal ok',
      'instrumentation ok',
    ]);
    expect(exitCode).toBe(1);
  });

  it('keys that the server does not know, and says where they may come from', async () => {
    const { env } = await serve();

    const { findings } = await examine({ ...env, LANGFUSE_SECRET_KEY: 'sk-lf-other' });

    expect(find(findings, 'keys')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('is LANGFUSE_BASE_URL the server that they come from?'),
    });
  });

  it('an address that cannot work', async () => {
    const { findings } = await examine({ ...keys, LANGFUSE_BASE_URL: 'langfuse.example' });

    expect(find(findings, 'address')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('LANGFUSE_BASE_URL: expected an http or https address'),
    });
  });

  it('a port on which nothing listens', async () => {
    const server = createTcpServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    await new Promise((resolve) => {
      server.close(resolve);
    });

    const { findings } = await examine({ ...keys, LANGFUSE_BASE_URL: `http://127.0.0.1:${port}` });

    expect(find(findings, 'network')).toMatchObject({
      found: `127.0.0.1 cannot be reached on port ${port}: ECONNREFUSED`,
      fix: expect.stringContaining('that Langfuse is running'),
    });
  });

  it('https where none is spoken', async () => {
    const { env } = await serve();

    const { findings } = await examine({
      ...env,
      LANGFUSE_BASE_URL: (env['LANGFUSE_BASE_URL'] ?? '').replace('http:', 'https:'),
    });

    expect(find(findings, 'network')?.fix).toContain('begin with http:// instead of https://');
  });

  it('a page that is not Langfuse', async () => {
    const { fake, env } = await serve();
    fake.fault({ type: 'html', status: 200, on: 'reads', times: Infinity });

    const { findings } = await examine(env);

    expect(find(findings, 'server')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('the address of Langfuse itself'),
    });
    expect(find(findings, 'probe')).toMatchObject({ status: 'skipped' });
  });

  it('a server that is too busy to say who it is', async () => {
    const { fake, env } = await serve();
    fake.fault({ type: 'status', status: 503, on: 'reads', times: Infinity });

    const { findings } = await examine(env);

    expect(find(findings, 'server')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('answers 503: Langfuse, or what stands before it'),
      fix: expect.stringContaining('Try again in a minute'),
    });
  });

  it('a server whose words would steer the terminal', async () => {
    const { fake, env } = await serve();
    const body = JSON.stringify({ status: 'OK', version: '4.16.0\u001B[31m\u009B2J\u202E' });
    const headers = { 'content-type': 'application/json' };
    fake.fault({
      type: 'answer',
      response: { status: 200, headers, body },
      on: 'reads',
      times: Infinity,
    });
    let output = '';

    await doctorCommand({
      ...surroundingsOf(env),
      write: (text) => void (output += text),
    }).parseAsync(['--no-probe'], { from: 'user' });

    expect(output).toMatch(/Langfuse 4\.16\.0 \[31m 2J +at http:/);
    expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('a server that takes a run and does not show it', async () => {
    const { fake, env } = await serve();
    // Its worker is away: what was acknowledged is never stored.
    fake.fault({
      type: 'answer',
      response: { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' },
      on: 'writes',
      times: Infinity,
    });

    const { findings } = await examine(env, { flags: ['--timeout', '0.2'] });

    expect(find(findings, 'probe')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('does not show it after 0.2 s'),
      fix: expect.stringContaining('is the worker running'),
    });
  });

  it('a wire that was set and is not the one that the server wants', async () => {
    const { env } = await serve({ writeMode: 'events_only' });

    const { findings } = await examine(
      { ...env, LANGFUSE_WIRE: 'ingestion' },
      {
        flags: ['--no-probe'],
      },
    );

    expect(find(findings, 'wire')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(/^LANGFUSE_WIRE says ingestion, but .* sending OTLP$/),
    });
  });

  it('a journal directory that is a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-doctor-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'journal');
    writeFileSync(file, '');
    const { env } = await serve();

    const { findings } = await examine({ ...env, LANGFUSE_LIFECYCLE_JOURNAL: file });

    expect(find(findings, 'journal')).toMatchObject({
      status: 'failed',
      found: `the journal directory ${file} cannot be written: it is no directory`,
    });
  });

  it('what else writes to Langfuse', async () => {
    const { env } = await serve();
    const manifest = { dependencies: { '@langfuse/otel': '^5.0.0' } };

    const { findings } = await examine(env, {
      surroundings: () => ({ openTelemetry: undefined, manifest }),
    });

    expect(find(findings, 'instrumentation')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('package.json lists @langfuse/otel'),
    });
  });
});
