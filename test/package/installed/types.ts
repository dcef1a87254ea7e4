import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { EmptyProject } from '../installed-package.ts';
import { entriesForPrograms, entriesForTests, entriesOfData } from '../manifest.ts';
import { packageFolder, runProgram, toolchainNode } from '../node-programs.ts';
import { type Tools, toolVersion } from '../tools/install.ts';

const require = createRequire(import.meta.url);

interface Compiler {
  readonly label: string;
  readonly folder: string;
}

type CompilerOptions = Readonly<Record<string, unknown>>;

interface Mode {
  readonly label: string;
  readonly options: CompilerOptions;
  /** Beside what compiles everywhere. */
  readonly files: readonly string[];
  readonly complaints: readonly unknown[];
}

const strictest: CompilerOptions = {
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
};

/** How programs find modules. */
const modes: readonly Mode[] = [
  {
    label: 'module node16, which knows no require of ESM, and nothing beyond strict',
    options: { module: 'node16' },
    files: ['required.cts'],
    complaints: ['TS1471', 'TS1479'].map((code) =>
      expect.stringMatching(new RegExp(`^types/required\\.cts.* ${code}: `)),
    ),
  },
  {
    label: 'module nodenext, as strict as can be',
    options: { module: 'nodenext', ...strictest },
    files: ['required.cts', 'json.mts'],
    complaints: [],
  },
  {
    label: 'module esnext and moduleResolution bundler, as strict as can be',
    options: { module: 'esnext', moduleResolution: 'bundler', ...strictest },
    files: ['json.mts'],
    complaints: [],
  },
];

/** What TypeScript says of the declarations in `project`, its own and those of what it brings. */
export function describeTypes(project: EmptyProject, tools: Tools): void {
  const folder = join(project.folder, 'types');

  beforeAll(() => {
    cpSync(new URL('../fixtures/types', import.meta.url), folder, { recursive: true });
    link('@types/node', tools.nodeTypes);
    writeFileSync(join(folder, 'entries.mts'), importing(entriesForPrograms));
    writeFileSync(join(folder, 'json.mts'), importing(entriesOfData));
    writeFileSync(join(folder, 'tests.mts'), importing(entriesForTests));
  });

  afterAll(() => unlink('@types/node'));

  const compilers: readonly Compiler[] = [
    { label: `TypeScript ${toolVersion('typescript-5.9')}`, folder: tools.typescript59 },
    {
      label: `TypeScript ${rootVersion()}`,
      folder: dirname(require.resolve('typescript/package.json')),
    },
  ];

  describe.each(compilers.map((compiler) => [compiler.label, compiler] as const))(
    'with %s',
    (_label, compiler) => {
      it.each(modes)(
        'compile for $label',
        async (mode) => {
          const complaints = await compile(
            compiler,
            ['use.mts', 'entries.mts', 'dynamic.cts', ...mode.files],
            mode.options,
          );

          expect(complaints).toEqual(mode.complaints);
        },
        120_000,
      );
    },
  );

  const [, newest = raise('There is no compiler.')] = compilers;

  it('need @types/node, or the libraries dom and esnext.disposable', async () => {
    const lib = ['es2022', 'dom', 'esnext.disposable'];

    const complaints = await compile(newest, ['entries.mts'], { ...nodenext, types: [], lib });

    expect(complaints).toEqual([]);
  });

  it('of the entries for tests need msw, and nothing else that is not there', async () => {
    const complaints = await compile(newest, ['tests.mts'], nodenext);

    expect(complaints.map((line) => line.replace(/^.*error/, 'error'))).toEqual([
      expect.stringMatching(/^error TS2307: Cannot find module 'msw'/),
    ]);
  });

  it('of the entries for tests compile beside msw and vitest', async () => {
    const peers = ['msw', 'vitest'];
    for (const name of peers) link(name, join(packageFolder, 'node_modules', name));

    const complaints = await compile(newest, ['tests.mts'], nodenext);

    for (const name of peers) unlink(name);
    // What msw and vitest say of their own declarations is theirs.
    expect(complaints.filter((line) => /^types|langfuse-lifecycle/.test(line))).toEqual([]);
  });

  async function compile(
    compiler: Compiler,
    files: readonly string[],
    compilerOptions: CompilerOptions,
  ): Promise<readonly string[]> {
    const config = join(project.folder, 'tsconfig.json');
    const content = {
      compilerOptions: { ...basics, ...compilerOptions },
      files: files.map((file) => `types/${file}`),
    };
    writeFileSync(config, JSON.stringify(content));
    const bin = join(compiler.folder, 'bin/tsc');
    const args = [bin, '-p', config, '--pretty', 'false'];
    const { exitCode, stdout, stderr } = await runProgram(toolchainNode.path, {
      args,
      folder: project.folder,
      timeoutMs: 120_000,
    });
    const complaints = stdout.split('\n').filter((line) => line.includes('error TS'));
    if (exitCode !== 0 && complaints.length === 0)
      throw new Error(`tsc failed: ${stdout}${stderr}`);
    return complaints;
  }

  function link(name: string, target: string): void {
    const at = join(project.folder, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(target, at, 'junction');
  }

  function unlink(name: string): void {
    rmSync(join(project.folder, 'node_modules', name));
  }
}

const basics: CompilerOptions = {
  noEmit: true,
  strict: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2022', 'esnext.disposable'],
  types: ['node'],
  resolveJsonModule: true,
  esModuleInterop: true,
};

const nodenext: CompilerOptions = { module: 'nodenext' };

/** A module that imports them all, and does not compile when one of their exports is of no type. */
function importing(names: readonly string[]): string {
  const imports = names.map((name, index) =>
    name.endsWith('.json')
      ? `import entry${index} from '${name}' with { type: 'json' };`
      : `import * as entry${index} from '${name}';`,
  );
  return [
    ...imports,
    'type IsAny<T> = 0 extends 1 & T ? true : false;',
    'type Untyped<M> = { [K in keyof M]: IsAny<M[K]> extends true ? K : never }[keyof M];',
    'export type None<T extends never> = T;',
    ...names.map((_, index) => `export type Typed${index} = None<Untyped<typeof entry${index}>>;`),
  ].join('\n');
}

function rootVersion(): string {
  return (require('typescript/package.json') as { readonly version: string }).version;
}

function raise(message: string): never {
  throw new Error(message);
}
