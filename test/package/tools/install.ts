import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { npmInstall, type Unreachable } from '../npm.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Compilers and runtimes that only the tests of the package need. */
export interface Tools {
  readonly state: 'installed';
  readonly bun: string;
  readonly deno: string;
  readonly workerd: string;
  /** Programs for Node.js. */
  readonly wrangler: string;
  readonly typescript59: string;
  /** The declarations of Node.js, as a folder. */
  readonly nodeTypes: string;
}

/** The exact version of a tool, from its `package.json` here. */
export function toolVersion(name: string): string {
  const { dependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return dependencies[name]?.replace(/^npm:.*@/, '') ?? `no ${name}`;
}

/** Installs them beside this file, in the versions of the lockfile, when that has not been done. */
export async function installTools(): Promise<Tools | Unreachable> {
  const installed = `${folder}node_modules/.package-lock.json`;
  const lock = `${folder}package-lock.json`;
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
    // The binaries are in packages of their own, by platform; no script has to fetch them.
    const result = await npmInstall(['ci', '--prefer-offline'], { folder });
    if (result.state === 'unreachable') return result;
  }
  return {
    state: 'installed',
    bun: binary('@oven', 'bin/bun'),
    deno: binary('@deno', 'deno'),
    workerd: binary('@cloudflare', 'bin/workerd'),
    wrangler: join(folder, 'node_modules/wrangler/bin/wrangler.js'),
    typescript59: join(folder, 'node_modules/typescript-5.9'),
    nodeTypes: join(folder, 'node_modules/@types/node'),
  };
}

/** The binary in the one package of a scope that npm chose for this platform. */
function binary(scope: string, path: string): string {
  const file = readdirSync(join(folder, 'node_modules', scope))
    .flatMap((name) =>
      ['', '.exe'].map((end) => join(folder, 'node_modules', scope, name, path + end)),
    )
    .find((name) => existsSync(name));
  if (file === undefined) throw new Error(`No package of ${scope} holds ${path}.`);
  return file;
}
