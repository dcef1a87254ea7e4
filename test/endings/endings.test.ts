import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFakeLangfuse, type FakeTrace } from '../../mocks/fake-langfuse.ts';
import { type ServedFakeLangfuse, serveFakeLangfuse } from '../../mocks/server.ts';
import '../../mocks/vitest.ts';

const program = fileURLToPath(new URL('./program.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Case {
  readonly ending: string;
  /** Sent when the program says that it is ready. */
  readonly signal?: NodeJS.Signals;
  readonly reason: 'stop' | 'interrupted' | 'never_ended';
  /** What the parent says happened. */
  readonly message?: string;
}

const cases: readonly Case[] = [
  { ending: 'end of the program', reason: 'stop' },
  { ending: 'process.exit right after a run', reason: 'stop' },
  { ending: 'process.exitCode and the end', reason: 'stop' },
  {
    ending: 'drained with an open run',
    reason: 'never_ended',
    message: 'the process ran out of work while the run was open',
  },
  { ending: 'process.exit in mid-run', reason: 'interrupted', message: 'process.exit(3)' },
  {
    ending: 'uncaught exception',
    reason: 'interrupted',
    message: 'uncaught exception: Error: boom',
  },
  {
    ending: 'uncaught value that is no Error',
    reason: 'interrupted',
    message: 'uncaught exception: string: out of paper',
  },
  {
    ending: 'unhandled rejection',
    reason: 'interrupted',
    message: 'unhandled rejection: Error: boom',
  },
  { ending: 'a signal', signal: 'SIGTERM', reason: 'interrupted', message: 'SIGTERM' },
  { ending: 'a signal', signal: 'SIGINT', reason: 'interrupted', message: 'SIGINT' },
  { ending: 'a signal', signal: 'SIGHUP', reason: 'interrupted', message: 'SIGHUP' },
  { ending: 'process.kill of itself', reason: 'interrupted', message: 'SIGTERM' },
  {
    ending: 'a signal with a handler that exits',
    signal: 'SIGTERM',
    reason: 'interrupted',
    message: 'process.exit(5)',
  },
  {
    ending: 'a signal with a handler that lets go',
    signal: 'SIGTERM',
    reason: 'never_ended',
    message: 'the process ran out of work while the run was open',
  },
  {
    ending: 'a signal with a handler that counts listeners',
    signal: 'SIGTERM',
    reason: 'interrupted',
    message: 'SIGTERM',
  },
  { ending: 'a cluster worker that is stopped', reason: 'interrupted', message: 'SIGTERM' },
  { ending: 'process.exit in a worker thread', reason: 'interrupted', message: 'process.exit(3)' },
  {
    ending: 'uncaught exception in a worker thread',
    reason: 'interrupted',
    message: 'uncaught exception: Error: boom',
  },
];

const rows: string[] = [];

describe.each([
  { wire: 'legacy ingestion', writeMode: 'legacy' },
  { wire: 'OTLP', writeMode: 'events_only' },
] as const)('on $wire', ({ wire, writeMode }) => {
  const fake = createFakeLangfuse({ writeMode });
  let server: ServedFakeLangfuse;

  beforeAll(async () => {
    server = await serveFakeLangfuse(fake, { port: 0 });
  });
  afterEach(() => fake.reset());
  afterAll(() => server.close());

  it.each(cases)(
    '$ending ($signal) leaves a complete parent and changes nothing outside',
    async (one) => {
      const [traced, untraced] = await Promise.all([end(one, server.url), end(one, undefined)]);

      const [trace, ...others] = fake.traces();
      expect(others).toEqual([]);
      expect(trace).toBeCompleteParent();
      expect(trace).toHaveEndedAs(one.reason);
      expect(trace).toHaveConversation('chat-1');
      expect(messageOf(trace)).toBe(one.message);
      expect(trace?.observations.map(({ name }) => name)).toContain('search');
      expect(outside(traced)).toEqual(outside(untraced));
      rows.push(
        `${wire.padEnd(16)} ${`${one.ending} ${one.signal ?? ''}`.padEnd(52)} ${one.reason.padEnd(12)} code ${traced.code} signal ${traced.signal}`,
      );
    },
  );
});

describe('a Langfuse that does not answer while the process ends', () => {
  const fake = createFakeLangfuse();
  const stopped: Case = { ending: 'a signal', signal: 'SIGTERM', reason: 'interrupted' };
  let server: ServedFakeLangfuse;

  beforeAll(async () => {
    server = await serveFakeLangfuse(fake, { port: 0 });
  });
  afterEach(() => fake.reset());
  afterAll(() => server.close());

  it('gets everything from a helper process when only one request hangs', async () => {
    fake.fault({ type: 'hang', on: 'writes' });

    const ended = await end(stopped, server.url);

    expect(fake.traces()[0]).toBeCompleteParent();
    expect(outside(ended)).toEqual(outside(await end(stopped, undefined)));
  });

  it('does not keep the process', async () => {
    fake.fault({ type: 'hang', on: 'everything', times: Infinity });

    const ended = await end(stopped, server.url, { END_WITHIN_MS: '1000' });

    expect(fake.traces()).toEqual([]);
    expect(ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});

afterAll(() => {
  console.log(
    `complete parents after the end of the process: ${rows.length} of ${cases.length * 2}\n${rows.join('\n')}`,
  );
});

function messageOf(trace: FakeTrace | undefined): string | undefined {
  return trace?.root?.statusMessage ?? undefined;
}

/** What the outside sees. Node's own report of an uncaught error names places in the program, so stderr is its last words. */
function outside({ code, signal, stdout, stderr }: Ended): unknown {
  return { code, signal, stdout, isSilent: stderr === '' };
}

function end(
  { ending, signal }: Case,
  url: string | undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ending], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      ...(url !== undefined && {
        TRACED: '1',
        LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
        LANGFUSE_SECRET_KEY: 'sk-lf-local',
        LANGFUSE_BASE_URL: url,
      }),
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (signal !== undefined && text.includes('ready')) child.kill(signal);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on('close', (code, endSignal) => resolve({ code, signal: endSignal, stdout, stderr }));
  });
}
