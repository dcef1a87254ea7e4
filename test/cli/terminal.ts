import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';

const main = fileURLToPath(new URL('../../adapters/cli/main.ts', import.meta.url));

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  /** What it wrote; on a terminal both of its outputs. */
  readonly output: string;
  readonly errors: string;
}

/** What a person does while the program runs. */
export interface Person {
  /** Presses Ctrl-C once the output matches. */
  readonly stopsAt?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command on a pseudo-terminal of 100 columns. */
export function onTerminal(
  args: readonly string[],
  { stopsAt, env = {} }: Person = {},
): Promise<Ended> {
  const terminal = spawnOnTerminal(process.execPath, [main, ...args], {
    cols: 100,
    rows: 40,
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', ...env },
  });
  let output = '';
  let hasStopped = false;
  terminal.onData((text) => {
    output += text;
    if (hasStopped || stopsAt?.test(output) !== true) return;
    hasStopped = true;
    terminal.write('\u0003');
  });
  return new Promise((resolve) => {
    terminal.onExit(({ exitCode }) => resolve({ code: exitCode, output, errors: '' }));
  });
}

/** Runs the command with pipes. A reader that has seen enough closes its end, as `head` does. */
export function inPipe(
  args: readonly string[],
  { env = {}, readsAtMost = Infinity }: Person & { readonly readsAtMost?: number } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], ...env },
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > readsAtMost) child.stdout.destroy();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}
