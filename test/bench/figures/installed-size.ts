import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
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

/** Packages that a built file imports by a statement, itself or through other built files: without them it cannot start. */
function importedPackages(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const code = readFileSync(file, 'utf8');
  const specifiers = Array.from(
    code.matchAll(/^(?:import|export)\b[^"\n]*"([^"\n]+)";/gm),
    ([, specifier = '']) => specifier,
  ).filter((specifier) => !isBuiltin(specifier));
  return new Set(
    specifiers.flatMap((specifier) =>
      specifier.startsWith('.')
        ? [...importedPackages(join(dirname(file), specifier), seen)]
        : [specifier],
    ),
  );
}

function sizeOf(names: readonly string[], { from, own }: { from: string; own: number }): Size {
  const found = new Set<string>();
  treeOf(names, from, found);
  const bytes = Array.from(found, bytesIn).reduce((sum, size) => sum + size, own);
  return { megabytes: bytes / 1_048_576, packages: found.size + (own > 0 ? 1 : 0) };
}

interface Size {
  readonly megabytes: number;
  readonly packages: number;
}

/** What lies on the disk for a contender. */
export const installedSize: Figure = {
  name: 'installed-size',
  title: 'Installed size',
  method:
    'MB is all files of the package and of everything that npm installs with it: dependencies, and peers that are not optional. Ours holds its integrations, mocks, command line, source maps and documentation too, and installs packages that a delivery over OTLP never loads: `langfuse` (the legacy wire), `undici` (a proxy), `commander` and `cli-table3` (the command line), `zod` (the type of one export; its code is built in). "MB needed" leaves out what the main entry does not import; a test watches that a first delivered run loads no other package. The trees of the others are not looked into: they count whole in both.',
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
    { key: 'needed', title: 'MB needed', digits: 1, hasRatio: true },
  ],
  goals: [
    {
      column: 'needed',
      contenders: ['ours-otlp'],
      limit: { type: 'times', of: 'langfuse-otel', atMost: 0.25 },
    },
  ],

  measure({ contenderId }) {
    const names = packagesOf[contenderId];
    if (names !== undefined) {
      const whole = sizeOf(names, { from: benchFolder, own: 0 });
      return Promise.resolve({ ...whole, needed: whole.megabytes });
    }
    const own = ownBytes();
    const entry = join(packageFolder, 'dist/index.js');
    const whole = sizeOf(neededBy(packageFolder), { from: packageFolder, own });
    const needed = sizeOf([...importedPackages(entry)], { from: packageFolder, own });
    return Promise.resolve({ ...whole, needed: needed.megabytes });
  },
};
