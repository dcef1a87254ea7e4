import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { manifest } from './manifest.ts';
import { npmInstall, pack } from './npm.ts';

/** An empty project into which the tarball was installed, as a user would do it. */
export interface EmptyProject {
  /** Why nothing is in it; undefined when it was installed. */
  readonly missing: string | undefined;
  /** Outside of the repository: what is missing is not found above it. */
  readonly folder: string;
  /** The names of all packages in it, our own left out, sorted. */
  readonly packages: readonly string[];
  remove(): void;
}

/** Packs the package and installs the tarball into an empty project. */
export async function installPackage(): Promise<EmptyProject> {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-project-'));
  const project = { name: 'empty-project', version: '1.0.0', private: true };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  const { path } = await pack(folder);
  const missing = await npmInstall(['install', '--prefer-offline', path], { folder });
  return {
    missing,
    folder,
    packages: missing === undefined ? packagesIn(folder) : [],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function packagesIn(folder: string): readonly string[] {
  const lock = readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8');
  const { packages } = JSON.parse(lock) as { readonly packages: Readonly<Record<string, object>> };
  const names = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ''));
  return [...new Set(names)].filter((name) => name !== manifest.name).toSorted();
}
