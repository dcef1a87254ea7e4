import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const lock = `${folder}package-lock.json`;
const installed = `${folder}node_modules/.package-lock.json`;

/** Installs the contenders beside this file, in the exact versions of the lockfile, when that has not been done. */
export function installContenders(): void {
  if (existsSync(installed) && statSync(installed).mtimeMs > statSync(lock).mtimeMs) return;
  console.error('Installing the contenders (once) …');
  // Without scripts: none of the packages needs one to trace.
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (result.status !== 0)
    throw new Error(`npm ci in ${folder} ended with ${result.status ?? result.signal}.`);
}

/** The contenders' packages and their versions. */
export function contenderVersions(): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}
