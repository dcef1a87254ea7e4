import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { ContenderId } from '../contenders/index.ts';
import type { Figure } from './figure.ts';

const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));
const benchFolder = fileURLToPath(new URL('..', import.meta.url));

/** What a program installs to use a contender; peers come with it. */
const packagesOf: Readonly<Partial<Record<ContenderId, readonly string[]>>> = {
  'otel-json': ['@opentelemetry/sdk-trace-base', '@opentelemetry/exporter-trace-otlp-http'],
  'otel-protobuf': ['@opentelemetry/sdk-trace-base', '@opentelemetry/exporter-trace-otlp-proto'],
  'langfuse-otel': ['@langfuse/otel', '@langfuse/tracing'],
  'langfuse-legacy': ['langfuse'],
  braintrust: ['braintrust'],
  langsmith: ['langsmith'],
};

interface Manifest {
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function neededBy(folder: string): readonly string[] {
  const {
    dependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = readManifest(folder);
  const peers = Object.entries(peerDependencies)
    // Any version will do: it is for programs that have the package already.
    .filter(([name, range]) => range !== '*' && peerDependenciesMeta[name]?.optional !== true)
    .map(([name]) => name);
  return [...Object.keys(dependencies), ...peers];
}

/** The folder of a package as Node finds it from `folder`; undefined when it is not installed. */
function folderOf(name: string, folder: string): string | undefined {
  for (let from = folder; ; from = dirname(from)) {
    const candidate = join(from, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (from === dirname(from)) return undefined;
  }
}

function treeOf(names: readonly string[], folder: string, found: Set<string>): void {
  for (const name of names) {
    const place = folderOf(name, folder);
    if (place === undefined || found.has(place)) continue;
    found.add(place);
    // Linked from elsewhere it still finds what lies beside it there.
    treeOf(neededBy(place), place, found);
  }
}

function bytesIn(path: string): number {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

function ownBytes(): number {
  const { files = [] } = readManifest(packageFolder);
  return [...files, 'package.json'].reduce(
    (sum, name) => sum + bytesIn(join(packageFolder, name)),
    0,
  );
}

/** What lies on the disk for a contender. */
export const installedSize: Figure = {
  name: 'installed-size',
  title: 'Installed size',
  method:
    'All files of the package and of everything that npm installs with it: dependencies, and peers that are not optional. Ours holds its integrations, mocks, command line and documentation too.',
  contenders: [
    'otel-json',
    'otel-protobuf',
    'langfuse-otel',
    'langfuse-legacy',
    'braintrust',
    'langsmith',
    'ours-otlp',
  ],
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 1, long: 1 },
  atOnce: 1,
  columns: [
    { key: 'megabytes', title: 'MB', digits: 1, hasRatio: true },
    { key: 'packages', title: 'packages', digits: 0 },
  ],
  goals: [
    {
      column: 'megabytes',
      contenders: ['ours-otlp'],
      limit: { type: 'times', of: 'langfuse-otel', atMost: 0.25 },
    },
  ],

  measure({ contenderId }) {
    const names = packagesOf[contenderId];
    const found = new Set<string>();
    if (names === undefined) treeOf(neededBy(packageFolder), packageFolder, found);
    else treeOf(names, benchFolder, found);
    const own = names === undefined ? [ownBytes()] : [];
    const sizes = [...own, ...Array.from(found, bytesIn)];
    return Promise.resolve({
      megabytes: sizes.reduce((sum, size) => sum + size, 0) / 1_048_576,
      packages: sizes.length,
    });
  },
};
