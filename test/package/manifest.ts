import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageFolder } from './node-programs.ts';

/** What the tests read of `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly publishConfig?: unknown;
  readonly exports: Readonly<
    Record<string, string | { readonly types: string; readonly default: string }>
  >;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The `package.json` of this package. */
export const manifest: Manifest = JSON.parse(
  readFileSync(join(packageFolder, 'package.json'), 'utf8'),
);

/** Every entry as a program names it, for example `langfuse-lifecycle/core`. */
export const entries: readonly string[] = Object.keys(manifest.exports).map((entry) =>
  entry.replace(/^\./, manifest.name),
);

/** Those for tests, which stand on msw, and on vitest. */
export const entriesForTests: readonly string[] = entries.filter((entry) =>
  entry.includes('/mocks'),
);

/** Those that hold data. */
export const entriesOfData: readonly string[] = entries.filter((entry) => entry.endsWith('.json'));

/** Those that programs import. */
export const entriesForPrograms: readonly string[] = entries.filter(
  (entry) => ![...entriesForTests, ...entriesOfData].includes(entry),
);

/** The text of a file that an entry leads to. */
export function readEntry(entry: string, condition: 'types' | 'default'): string {
  const target = manifest.exports[entry.replace(manifest.name, '.')];
  if (target === undefined) throw new Error(`package.json has no entry ${entry}.`);
  return readFileSync(
    join(packageFolder, typeof target === 'string' ? target : target[condition]),
    'utf8',
  );
}
