import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { npmInstall } from '../npm.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const modules = join(folder, 'node_modules');

/** Compilers and runtimes that only the tests of the package need. */
export interface Tools {
  /** Why there are none; undefined when they are there. */
  readonly missing: string | undefined;
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
export async function installTools(): Promise<Tools> {
  const installed = `${folder}node_modules/.package-lock.json`;
  const lock = `${folder}package-lock.json`;
  const isInstalled = existsSync(installed) && statSync(installed).mtimeMs > statSync(lock).mtimeMs;
  // The binaries are in packages of their own, by platform; no script has to fetch them.
  const missing = isInstalled
    ? undefined
    : await npmInstall(['ci', '--prefer-offline'], { folder });
  return {
    missing,
    bun: binary('@oven/*/bin/bun'),
    deno: binary('@deno/*/deno'),
    workerd: binary('@cloudflare/*/bin/workerd'),
    wrangler: join(modules, 'wrangler/bin/wrangler.js'),
    typescript59: join(modules, 'typescript-5.9'),
    nodeTypes: join(modules, '@types/node'),
  };
}

/** The binary in the one package of a scope that npm chose for this platform. */
function binary(pattern: string): string {
  const [file] = globSync(`${pattern}{,.exe}`, { cwd: modules });
  return join(modules, file ?? `no ${pattern}`);
}
