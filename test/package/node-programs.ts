import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A Node.js that programs can be run with. */
export interface NodeProgram {
  readonly path: string;
  /** For example `20.20.2`. */
  readonly version: string;
  /** For the name of a test: which one it is, and when it is only a substitute. */
  readonly label: string;
}

/** The folder of the package. */
export const packageFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/** The Node.js that runs the tests. */
export const toolchainNode: NodeProgram = {
  path: process.execPath,
  version: process.versions.node,
  label: `the toolchain's Node.js ${process.versions.node}`,
};

/**
 * The Node.js that the machine has of its own: the first `node` on PATH outside `node_modules/.bin`. Where there is none
 * that the package supports, it is the toolchain's once more, and the label says so.
 */
export const hostNode: NodeProgram = findHostNode();

function findHostNode(): NodeProgram {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !/node_modules|node-gyp-bin/.test(folder));
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (path === undefined) return substitute('no other Node.js was found on PATH');
  const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  if (!isAtLeast(version, '20.19.0'))
    return substitute(`the host's Node.js ${version} is older than 20.19`);
  return { path, version, label: `the host's Node.js ${version}` };
}

function substitute(why: string): NodeProgram {
  return { ...toolchainNode, label: `${toolchainNode.label}, because ${why}` };
}

/** Whether a version of three numbers is the other one or later. */
export function isAtLeast(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}

/** How a program ended. */
export interface ProgramResult {
  /** -1 when it was ended by a signal, or could not be started. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a fixture. */
export interface FixtureOptions {
  readonly node: NodeProgram;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a file of `fixtures/`; nothing of this process's environment reaches it but PATH. */
export function runFixture(
  name: string,
  { node, args = [], env = {} }: FixtureOptions,
): Promise<ProgramResult> {
  const file = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  return runProgram(node.path, { args: [file, ...args], env, folder: packageFolder });
}

/** What to run, and where. */
export interface ProgramOptions {
  readonly args: readonly string[];
  readonly folder: string;
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** After which it is killed; default a minute. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end; of this process's environment it gets PATH and HOME. */
export function runProgram(
  path: string,
  { args, folder, env = {}, timeoutMs = 60_000 }: ProgramOptions,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const options = {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
    };
    const child = execFile(path, args, options, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, signal: child.signalCode, stdout, stderr }),
    );
  });
}
