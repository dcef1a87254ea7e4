import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, onTestFinished } from 'vitest';

import { serveCommand, type ServeSurroundings } from '../../adapters/cli/serve/command.ts';
import { traceIdOf } from '../viewer/bench.ts';
import { authorization, exportOf, span, startedAtMs } from './fake-requests.ts';
import { viaHttp } from './raw-client.ts';

interface Running extends ServeSurroundings {
  readonly firstLine: Promise<string>;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
  readonly stop: () => void;
}

function surroundings(): Running {
  const lines: string[] = [];
  const errors: string[] = [];
  const line = deferred<string>();
  const stopped = deferred<void>();
  const write = (text: string): void => {
    lines.push(text);
    line.resolve(text);
  };
  const untilStopped = (): Promise<void> => stopped.promise;
  const writeError = (text: string): void => void errors.push(text);
  const firstLine = line.promise;
  return { write, writeError, untilStopped, firstLine, lines, errors, stop: stopped.resolve };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle?.(value) };
}

function addressIn(line: string): string {
  return /http:\/\/[^ ]+/.exec(line)?.[0] ?? '';
}

async function errorOf(flags: readonly string[]): Promise<string> {
  const errors: string[] = [];
  const command = serveCommand(surroundings())
    .exitOverride()
    .configureOutput({ writeErr: (text) => errors.push(text) });
  await expect(command.parseAsync(flags, { from: 'user' })).rejects.toMatchObject({ exitCode: 1 });
  return errors.join('');
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-serve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Served<Result> {
  readonly greeting: string;
  readonly result: Result;
  readonly errors: readonly string[];
}

/** Serves, does something with the server, and stops it. */
async function whileServing<Result>(
  flags: readonly string[],
  action: (url: string) => Promise<Result>,
): Promise<Served<Result>> {
  const running = surroundings();
  const done = serveCommand(running).parseAsync(['--port', '0', ...flags], { from: 'user' });
  const greeting = await Promise.race([running.firstLine, done.then(() => '')]);
  const result = await action(addressIn(greeting));
  running.stop();
  await done;
  return { greeting, result, errors: running.errors };
}

async function sendRun(url: string, number: number): Promise<void> {
  const fields = { traceId: traceIdOf(number), startTimeUnixNano: `${startedAtMs + number}000000` };
  const { status } = await viaHttp(`${url}/api/public/otel/v1/traces`, {
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'application/json',
      'x-langfuse-ingestion-version': '4',
    },
    body: Buffer.from(JSON.stringify(exportOf([span(fields)]))),
  });
  expect(status).toBe(200);
}

async function readTraceIds(url: string): Promise<readonly string[]> {
  const { body } = await viaHttp(`${url}/api/public/v2/observations`, {
    headers: { authorization },
  });
  const { data } = JSON.parse(body) as { readonly data: readonly { readonly traceId: string }[] };
  return data.map(({ traceId }) => traceId).toSorted();
}

describe('serve', () => {
  it('says where it listens, and how to reach it', async () => {
    const running = surroundings();

    const done = serveCommand(running).parseAsync(['--port', '0'], { from: 'user' });
    const line = await running.firstLine;
    running.stop();
    await done;

    expect(running.lines).toHaveLength(1);
    expect(line.replace(/:\d+ /, ':PORT ')).toMatchInlineSnapshot(`
      "Fake Langfuse 4.16.0 listens on http://127.0.0.1:PORT (write mode events_only, LANGFUSE_PUBLIC_KEY=pk-lf-local, LANGFUSE_SECRET_KEY=sk-lf-local)
      Open that address in a browser to see the runs. Ctrl-C stops.
      "
    `);
  });

  it('serves until it is stopped, and no longer', async () => {
    const running = surroundings();
    const done = serveCommand(running).parseAsync(['--port', '0'], { from: 'user' });
    const url = addressIn(await running.firstLine);

    const during = await viaHttp(`${url}/api/public/health`);
    running.stop();
    await done;
    const after = await viaHttp(`${url}/api/public/health`).catch((error: unknown) => error);

    expect(JSON.parse(during.body)).toEqual({ status: 'OK', version: '4.16.0' });
    expect(after).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is the Langfuse that the flags ask for', async () => {
    const running = surroundings();
    const flags = '--port 0 --write-mode dual --server-version 3.98.2 --secret-key sk-mine';
    const done = serveCommand(running).parseAsync(flags.split(' '), { from: 'user' });
    const url = addressIn(await running.firstLine);

    const health = await viaHttp(`${url}/api/public/health`);
    const statuses = await Promise.all(
      ['pk-lf-local:sk-mine', 'pk-lf-local:sk-lf-local'].map(async (keys) => {
        const authorization = `Basic ${Buffer.from(keys).toString('base64')}`;
        const answer = await viaHttp(`${url}/api/public/traces?limit=1`, {
          headers: { authorization },
        });
        return answer.status;
      }),
    );
    running.stop();
    await done;

    expect(JSON.parse(health.body).version).toBe('3.98.2');
    expect(statuses).toEqual([200, 401]);
  });

  it('refuses flags that cannot be, and says what it expects', async () => {
    const refused = [
      ['--port', 'http'],
      ['--port', '65536'],
      ['--port', '-1'],
      ['--host', 'not a host'],
      ['--write-mode', 'v4'],
      ['--server-version', 'latest'],
      ['--public-key', 'pk:lf'],
      ['--colour', 'red'],
    ];

    const errors = await Promise.all(refused.map(errorOf));

    expect(errors.join('')).toMatchInlineSnapshot(`
      "error: option '--port <number>' argument 'http' is invalid. Expected a whole number from 0 to 65535, for example 3000.
      error: option '--port <number>' argument '65536' is invalid. Expected a whole number from 0 to 65535, for example 3000.
      error: option '--port <number>' argument '-1' is invalid. Expected a whole number from 0 to 65535, for example 3000.
      error: option '--host <name>' argument 'not a host' is invalid. Expected a host name or IP address, for example 127.0.0.1.
      error: option '--write-mode <mode>' argument 'v4' is invalid. Allowed choices are legacy, dual, events_only.
      error: option '--server-version <version>' argument 'latest' is invalid. Expected three numbers, for example 4.16.0 or 3.98.2.
      error: option '--public-key <key>' argument 'pk:lf' is invalid. Expected visible ASCII without colon or space, for example pk-lf-local.
      error: unknown option '--colour'
      "
    `);
  });

  it('fails with the port and the way out when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => {
      other.once('listening', resolve);
    });
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';

    const outcome = serveCommand(surroundings()).parseAsync(['--port', port], { from: 'user' });

    await expect(outcome).rejects.toThrow(`Port ${port} on 127.0.0.1 is already in use.`);
    other.close();
  });

  it('shows the runs on a page of its own', async () => {
    const running = surroundings();
    const done = serveCommand(running).parseAsync(['--port', '0'], { from: 'user' });
    const url = addressIn(await running.firstLine);

    const page = await viaHttp(url);
    running.stop();
    await done;

    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('<script type="module" src="/viewer/app/main.js">');
  });

  it('ends while the page is open', async () => {
    const running = surroundings();
    const done = serveCommand(running).parseAsync(['--port', '0'], { from: 'user' });
    const url = addressIn(await running.firstLine);

    const stream = viaHttp(`${url}/viewer/api/events`, { onBytes: running.stop });

    await expect(stream).rejects.toMatchObject({ code: 'ECONNRESET' });
    await done;
  });

  it('keeps the runs in the file of --data across restarts, and says how many', async () => {
    const path = join(newFolder(), 'runs.ndjson');
    const first = await whileServing(['--data', path], (url) => sendRun(url, 1));
    const second = await whileServing(['--data', path], (url) => sendRun(url, 2));
    const third = await whileServing(['--data', path], readTraceIds);

    expect(first.greeting).toContain(`${path} keeps the runs; 0 are there now.`);
    expect(second.greeting).toContain(`${path} keeps the runs; 1 are there now.`);
    expect(third.result).toEqual([traceIdOf(1), traceIdOf(2)]);
    expect(third.errors).toEqual([]);
  });

  it('adds the runs of --import, and writes them to --data only', async () => {
    const [data, source] = ['data.ndjson', 'source.ndjson'].map((name) => join(newFolder(), name));
    if (data === undefined || source === undefined) throw new Error('no paths');
    await whileServing(['--data', source], (url) => sendRun(url, 1));
    const before = readFileSync(source, 'utf8');

    await whileServing(['--import', source, '--data', data], (url) => sendRun(url, 2));
    const { result } = await whileServing(['--data', data], readTraceIds);

    expect(result).toEqual([traceIdOf(1), traceIdOf(2)]);
    expect(readFileSync(source, 'utf8')).toBe(before);
  });

  it.each(['--data', '--import'])(
    'does not start with a damaged file for %s, and leaves it as it is',
    async (flag) => {
      const path = join(newFolder(), 'runs.ndjson');
      writeFileSync(path, 'not a data file');

      const outcome = serveCommand(surroundings()).parseAsync(['--port', '0', flag, path], {
        from: 'user',
      });

      await expect(outcome).rejects.toThrow(/is not a data file of this fake.*line 1: expected/);
      expect(readFileSync(path, 'utf8')).toBe('not a data file');
    },
  );

  it('explains its options and its bounds', () => {
    let help = '';
    const command = serveCommand(surroundings()).configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();

    for (const flag of ['--port', '--host', '--write-mode', '--data', '--import']) {
      expect(help).toContain(`${flag} <`);
    }
    expect(help).toContain('10,000 runs or 64 Mi characters');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('saves and exits with 0 on %s', async (signal) => {
    const main = fileURLToPath(new URL('../../adapters/cli/main.ts', import.meta.url));
    const path = join(newFolder(), 'runs.ndjson');
    const args = [main, 'serve', '--port', '0', '--data', path];
    const child = spawn(process.execPath, args, { cwd: tmpdir() });
    onTestFinished(() => void child.kill('SIGKILL'));
    const output: string[] = [];
    const line = new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.push(text);
        resolve(text);
      });
    });
    const ended = new Promise<unknown>((resolve) => {
      child.once('exit', (exitCode, exitSignal) => resolve({ exitCode, exitSignal }));
    });

    const url = addressIn(await line);
    const health = await viaHttp(`${url}/api/public/health`);
    await sendRun(url, 1);
    child.kill(signal);

    expect(health.status).toBe(200);
    expect(await ended).toEqual({ exitCode: 0, exitSignal: null });
    expect(output).toHaveLength(1);
    expect((await whileServing(['--data', path], readTraceIds)).result).toEqual([traceIdOf(1)]);
  });
});
