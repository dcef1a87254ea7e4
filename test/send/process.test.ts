import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFakeLangfuse, type FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import '../../mocks/vitest.ts';
import { eventsOfRuns, toNdjson } from './events.ts';

const main = fileURLToPath(new URL('../../adapters/cli/main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Program {
  readonly stdin: string;
  /** Leaves stdin open and sends the signal when this is on the server. */
  readonly stopWhen?: () => boolean;
  /** Default SIGINT, as Ctrl-C sends it. */
  readonly signal?: NodeJS.Signals;
}

async function served(): Promise<{
  readonly fake: FakeLangfuse;
  readonly send: (args: readonly string[], program?: Program) => Promise<Ended>;
}> {
  const fake = createFakeLangfuse();
  const server = await serveFakeLangfuse(fake, { port: 0 });
  onTestFinished(() => server.close());
  const env = {
    PATH: process.env['PATH'],
    LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
    LANGFUSE_SECRET_KEY: 'sk-lf-local',
    LANGFUSE_BASE_URL: server.url,
  };
  return { fake, send: (args, program) => run(['send', ...args], env, program) };
}

function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { stdin, stopWhen, signal = 'SIGINT' }: Program = { stdin: '' },
): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { cwd: tmpdir(), env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.write(stdin);
  if (stopWhen === undefined) child.stdin.end();
  else stopOnce(stopWhen, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function stopOnce(isReached: () => boolean, stop: () => void): void {
  const look = setInterval(() => {
    if (!isReached()) return;
    clearInterval(look);
    stop();
  }, 10);
}

describe('langfuse-lifecycle send', () => {
  it('sends what another program pipes into it', async () => {
    const { fake, send } = await served();

    const ended = await send([], { stdin: toNdjson(eventsOfRuns(5)) });

    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toBe('');
    expect(fake.traces()).toHaveLength(5);
    for (const trace of fake.traces()) expect(trace).toBeCompleteParent();
    expect(fake.traces()[2]).toHaveConversation('chat-2');
  });

  it('goes on where it stopped when the server was away, and writes nothing twice', async () => {
    const { fake, send } = await served();
    const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-send-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'events.ndjson');
    const events = eventsOfRuns(300, 4).map((event) =>
      event.type === 'run-start' ? { ...event, input: 'word '.repeat(12_000) } : event,
    );
    writeFileSync(file, toNdjson(events));
    const args = [file, '--checkpoint', join(folder, 'checkpoint'), '--timeout', '1'];
    fake.fault({ type: 'status', status: 503, on: 'writes', times: Infinity });
    const away = await send(args);
    const stored = fake.traces().length;
    fake.reset();

    const back = await send(args);

    expect(away.code).toBe(1);
    expect(away.stderr).toContain('Not everything was sent.');
    expect(stored).toBe(0);
    expect(back.code, back.stderr).toBe(0);
    expect(fake.traces()).toHaveLength(300);
    for (const trace of fake.traces()) expect(trace).toBeCompleteParent();
  });

  it.each([
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGTERM', code: 143 },
  ] as const)(
    'hears $signal while it waits for more, and ends what is open',
    async ({ signal, code }) => {
      const { fake, send } = await served();

      const ended = await send([], {
        stdin: toNdjson(eventsOfRuns(1).slice(0, -1)),
        stopWhen: () => fake.traces().length > 0,
        signal,
      });

      expect(ended.code).toBe(code);
      expect(ended.stderr).toContain('Start again with --checkpoint <file>');
      expect(fake).toBeCompleteParent();
      expect(fake).toHaveEndedAs('never_ended');
    },
  );
});
