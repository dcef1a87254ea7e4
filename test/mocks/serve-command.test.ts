import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, onTestFinished } from 'vitest';

import { serveCommand, type ServeSurroundings } from '../../adapters/cli/serve.ts';
import { viaHttp } from './raw-client.ts';

interface Running extends ServeSurroundings {
  readonly firstLine: Promise<string>;
  readonly lines: readonly string[];
  readonly stop: () => void;
}

function surroundings(): Running {
  const lines: string[] = [];
  const line = deferred<string>();
  const stopped = deferred<void>();
  const write = (text: string): void => {
    lines.push(text);
    line.resolve(text);
  };
  const untilStopped = (): Promise<void> => stopped.promise;
  return { write, untilStopped, firstLine: line.promise, lines, stop: stopped.resolve };
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

describe('serve', () => {
  it('says in one line where it listens, and how to reach it', async () => {
    const running = surroundings();

    const done = serveCommand(running).parseAsync(['--port', '0'], { from: 'user' });
    const line = await running.firstLine;
    running.stop();
    await done;

    expect(running.lines).toHaveLength(1);
    expect(line.replace(/:\d+ /, ':PORT ')).toMatchInlineSnapshot(`
      "Fake Langfuse 4.16.0 listens on http://127.0.0.1:PORT (write mode events_only, LANGFUSE_PUBLIC_KEY=pk-lf-local, LANGFUSE_SECRET_KEY=sk-lf-local)
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

  it.each(['SIGINT', 'SIGTERM'] as const)('exits with 0 on %s', async (signal) => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const code =
      "import { serveCommand } from './adapters/cli/serve.ts'; await serveCommand().parseAsync(['--port', '0'], { from: 'user' });";
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: root });
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

    const health = await viaHttp(`${addressIn(await line)}/api/public/health`);
    child.kill(signal);

    expect(health.status).toBe(200);
    expect(await ended).toEqual({ exitCode: 0, exitSignal: null });
    expect(output).toHaveLength(1);
  });
});
