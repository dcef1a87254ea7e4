import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const lock = `${folder}package-lock.json`;
const modules = `${folder}node_modules`;
const installed = `${modules}/.package-lock.json`;

/**
 * Installs the contenders beside this file, in the exact versions of the lockfile, when that has not been done. Throws
 * when it would have to and `node_modules` is a link: npm empties what a link leads to, which is somebody else's.
 */
export function installContenders(): void {
  if (isInstalled()) return;
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw new Error(
      `${modules} is a link to a folder without the contenders of ${lock}. Install them where it leads, or remove the link.`,
    );
  }
  console.error('Installing the contenders (once) …');
  // Without scripts: none of the packages needs one to trace.
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (result.status !== 0)
    throw new Error(`npm ci in ${folder} ended with ${result.status ?? result.signal}.`);
}

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly optional?: true }>
  >;
}

// By what they say and not by their times: a checkout makes the lockfile newer than what was installed from it.
function isInstalled(): boolean {
  if (!existsSync(installed)) return false;
  const found = readLockfile(installed);
  return Object.entries(readLockfile(lock)).every(
    ([path, { version, optional }]) =>
      path === '' || (optional === true && !(path in found)) || found[path]?.version === version,
  );
}

function readLockfile(path: string): Lockfile['packages'] {
  return (JSON.parse(readFileSync(path, 'utf8')) as Lockfile).packages;
}

/** The contenders' packages and their versions. */
export function contenderVersions(): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}
