import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { manifest } from './manifest.ts';
import { npmInstall, pack, type Unreachable } from './npm.ts';

/** An empty project into which the tarball was installed, as a user would do it. */
export interface EmptyProject {
  readonly state: 'installed';
  /** Outside of the repository: what is missing is not found above it. */
  readonly folder: string;
  /** The names of all packages in it, our own left out, sorted. */
  readonly packages: readonly string[];
  remove(): void;
}

/** Packs the package and installs the tarball into an empty project. */
export async function installPackage(): Promise<EmptyProject | Unreachable> {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-project-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const project = { name: 'empty-project', version: '1.0.0', private: true };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  const { path } = await pack(folder);
  const installed = await npmInstall(['install', '--prefer-offline', path], { folder });
  if (installed.state === 'unreachable') {
    remove();
    return installed;
  }
  return { state: 'installed', folder, packages: packagesIn(folder), remove };
}

function packagesIn(folder: string): readonly string[] {
  const lock = readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8');
  const { packages } = JSON.parse(lock) as { readonly packages: Readonly<Record<string, object>> };
  const names = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ''));
  return [...new Set(names)].filter((name) => name !== manifest.name).toSorted();
}
