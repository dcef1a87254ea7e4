import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { hostNode, runProgram, toolchainNode } from './node-programs.ts';

const fixture = fileURLToPath(new URL('fixtures/start-up.mjs', import.meta.url));

interface Loaded {
  readonly files: readonly string[];
  readonly builtins: readonly string[];
  readonly zod: boolean;
}

/** What a program has loaded that has done everything up to a step, in an empty folder. */
async function loadedUpTo(step: 'import' | 'construct' | 'deliver' | 'emit'): Promise<Loaded> {
  const fake = createFakeLangfuse({ writeMode: 'events_only' });
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  const { publicKey, secretKey } = fake.options;
  const { stdout, stderr } = await runProgram(toolchainNode.path, {
    args: [fixture, step],
    folder: mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-')),
    env: {
      LANGFUSE_PUBLIC_KEY: publicKey,
      LANGFUSE_SECRET_KEY: secretKey,
      LANGFUSE_BASE_URL: server.url,
    },
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Loaded;
}

function namesOf({ files }: Loaded): readonly string[] {
  return files.map((url) => basename(url)).toSorted();
}

/** Modules of Node.js that take milliseconds to load. */
function heavyBuiltins({ builtins }: Loaded): readonly string[] {
  const heavy =
    /^NativeModule (?:child_process|crypto|https?|tls|worker_threads|zlib|internal\/deps\/undici\/undici)$/;
  return builtins.filter((name) => heavy.test(name)).toSorted();
}

/** A module that programs can ask for; what it is made of is internal. */
function isPublic(builtin: string): boolean {
  return /^NativeModule (?!internal\/)/.test(builtin);
}

const ours = ['index.js', 'langfuse-sink.js', 'lifecycle.js', 'rolldown-runtime.js', 'zod.js'];

describe('a program that starts', () => {
  it('loads files that V8 keeps in a byte a character', async () => {
    const { files } = await loadedUpTo('deliver');

    const texts = files.map((url) => readFileSync(fileURLToPath(url), 'utf8'));
    expect(texts.length).toBeGreaterThan(ours.length);
    expect(texts.filter((text) => /[^\p{ASCII}]/u.test(text))).toEqual([]);
  });

  it('loads five files with the main entry, no other package and no module of Node.js, and evaluates no zod', async () => {
    const loaded = await loadedUpTo('import');

    expect(namesOf(loaded)).toEqual(ours);
    expect(loaded.builtins.filter(isPublic)).toEqual([]);
    expect(loaded.zod).toBe(false);
  });

  it('loads nothing more to make a lifecycle', async () => {
    const loaded = await loadedUpTo('construct');

    expect(namesOf(loaded)).toEqual(ours);
    expect(heavyBuiltins(loaded)).toEqual([]);
    expect(loaded.zod).toBe(false);
  });

  it('loads one file more until its first run is delivered over OTLP, and no fetch', async () => {
    const loaded = await loadedUpTo('deliver');

    expect(namesOf(loaded)).toEqual([...ours, 'wires.js'].toSorted());
    expect(heavyBuiltins(loaded)).toEqual([
      'NativeModule crypto',
      'NativeModule http',
      'NativeModule zlib',
    ]);
    expect(loaded.zod).toBe(false);
  });

  it('evaluates zod with the first event that somebody else made, so that these tests would see it', async () => {
    expect((await loadedUpTo('emit')).zod).toBe(true);
  });
});

describe.each([toolchainNode, hostNode].map((node) => [node.label, node] as const))(
  'with %s',
  (_label, node) => {
    it('keys in .env are found', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-'));
      writeFileSync(
        join(folder, '.env'),
        'LANGFUSE_PUBLIC_KEY=pk-lf-1\nLANGFUSE_SECRET_KEY="sk-lf-1" # mine\n',
      );
      const program = join(folder, 'program.mjs');
      const entry = JSON.stringify(import.meta.resolve('langfuse-lifecycle/langfuse'));
      writeFileSync(
        program,
        `const { langfuse } = await import(${entry}); console.log(langfuse().disabled);`,
      );

      const { stdout, stderr } = await runProgram(node.path, { args: [program], folder });

      expect(stdout, stderr).toBe('undefined\n');
    });

    it('a stack leads to the sources when source maps are on', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-'));
      const program = join(folder, 'program.mjs');
      const entry = JSON.stringify(import.meta.resolve('langfuse-lifecycle'));
      writeFileSync(
        program,
        `const { createLifecycle } = await import(${entry}); createLifecycle({ sink: 1 });`,
      );

      const { stderr } = await runProgram(node.path, {
        args: ['--enable-source-maps', program],
        folder,
      });

      expect(stderr).toContain(
        'ConfigError: createLifecycle: sink: expected an object with send()',
      );
      expect(stderr).toMatch(/src\/lifecycle-options\.ts:\d+/);
    });
  },
);
