import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { rolldown } from 'rolldown';

import { builtIn } from './built-in.ts';
import { inAscii } from './in-ascii.ts';
import { builtinsOnFirstUse, onFirstUse } from './on-first-use.ts';

// Why it is built like this: docs/decisions/0016-few-files-zod-on-first-use.md

interface Manifest {
  readonly exports: Readonly<
    Record<string, string | { readonly types: string; readonly default: string }>
  >;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

/** What package.json offers: it names the file to build, and the declarations, which lie as the sources do. */
const publicEntries = Object.fromEntries(
  Object.values(manifest.exports)
    .filter((target) => typeof target !== 'string')
    .map((target) => [
      target.default.replace(/^\.\/dist\/(.+)\.js$/, '$1'),
      target.types.replace(/^\.\/dist\/(.+)\.d\.ts$/, '$1.ts'),
    ]),
);

/** What is started by its path. Whoever starts one looks for it in its own folder: all files are built into one. */
const programs = {
  cli: 'adapters/cli/main.ts',
  'interrupted-agent': 'adapters/cli/demo/interrupted-agent.ts',
  'stand-in-main': 'src/stand-in-main.ts',
};

const packagesBuiltIn = ['zod', 'dotenv'];

const installed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
  (name) => !packagesBuiltIn.includes(name),
);

/** Whether a module's path in this folder is like that. */
const isAt =
  (pattern: RegExp) =>
  (id: string): boolean =>
    pattern.test(relative('.', id).replaceAll(sep, '/'));

// By its API: the command prints each file that it wrote, before every demo and every test.
const bundle = await rolldown({
  input: { ...publicEntries, ...programs },
  platform: 'node',
  external: new RegExp(`^(?:${installed.join('|')})(?:/|$)`),
  plugins: [
    onFirstUse({
      'src/event-schema.ts': { objects: ['lifecycleEventSchema', 'eventSchemas'] },
      'src/run-token-schema.ts': { objects: ['tokenContentSchema'] },
      'src/journal/journal-owner-schema.ts': { objects: ['ownerSchema'] },
      'adapters/langfuse/environment-schema.ts': { objects: ['environmentSchema'] },
      'node_modules/dotenv/dist/index.cjs': { functions: ['parse'] },
    }),
    builtinsOnFirstUse([
      'node:child_process',
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:os',
      'node:timers',
      'node:timers/promises',
      'node:util',
      'node:zlib',
    ]),
    builtIn({ packages: packagesBuiltIn, minified: ['zod.js'] }),
    inAscii(),
  ],
  // A wrapper that looks as if it were called at once is compiled at once.
  optimization: { pifeForModuleWrappers: false },
});

await bundle.write({
  dir: 'dist',
  format: 'esm',
  chunkFileNames: '[name].js',
  comments: { legal: true, annotation: true, jsdoc: false },
  sourcemap: true,
  // What every program needs in a few files, and what only a delivery needs in another.
  codeSplitting: {
    groups: [
      { name: 'zod', test: isAt(/node_modules\/zod\//), priority: 3 },
      {
        name: 'lifecycle',
        test: isAt(
          /^src\/(?!stand-in-main)|on-first-use|^adapters\/opentelemetry(?:-context|\/active-span)\.ts/,
        ),
        priority: 2,
      },
      {
        name: 'langfuse-sink',
        test: isAt(/^adapters\/langfuse\/(?:index|discovery|environment-schema|sinks)\.ts/),
        priority: 1,
      },
    ],
  },
});
await bundle.close();
