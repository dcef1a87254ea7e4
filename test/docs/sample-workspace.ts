import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { type Block, packageFolder } from './markdown.ts';

/** How a process ended. */
export interface ProcessResult {
  readonly exitCode: number;
  /** Standard output and standard error, in this order. */
  readonly output: string;
}

/** A project of its own in which the samples are compiled and run, as a user's would be. */
export interface SampleWorkspace {
  /** The compiler's complaints, by page and line, for example `README.md:42: error TS2322: …`. */
  compile(): Promise<readonly string[]>;
  /** Runs the compiled sample. */
  run(block: Block, env: Readonly<Record<string, string>>): Promise<ProcessResult>;
  /** Runs the compiled sample as a vitest test file. */
  runTests(block: Block): Promise<ProcessResult>;
  remove(): void;
}

const require = createRequire(import.meta.url);

/** What the samples may import, besides the package itself. */
const installed = ['vitest', 'msw', 'zod', '@types/node', 'ai'];

/** Writes each block as a file of its own; its lines keep the numbers that they have on the page. */
export function createSampleWorkspace(blocks: readonly Block[]): SampleWorkspace {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-samples-'));
  link('langfuse-lifecycle', packageFolder);
  for (const name of installed) link(name, join(packageFolder, 'node_modules', name));
  cpSync(new URL('surroundings.ts', import.meta.url), join(folder, 'surroundings.ts'));
  write('package.json', JSON.stringify({ private: true, type: 'module' }));
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
  for (const block of blocks) write(`${nameOf(block)}.ts`, toModule(block));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  function link(name: string, target: string): void {
    const at = join(folder, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(target, at, 'junction');
  }

  return {
    async compile() {
      const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
      const { output } = await runNode([compiler, '--pretty', 'false'], { folder });
      return output
        .split('\n')
        .filter((line) => line.includes('error TS'))
        .map(toComplaint);
    },
    run: (block, env) =>
      runNode(['--import', './out/surroundings.js', `out/${nameOf(block)}.js`], { folder, env }),
    runTests: (block) => {
      const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
      return runNode([vitest, 'run', '--no-cache', `out/${nameOf(block)}.js`], { folder });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  outDir: 'out',
  rootDir: '.',
};

/** `README.md` at line 42 becomes `README.md/42`, and `README.md/42.test` when vitest runs it. */
function nameOf({ page, line, directive }: Block): string {
  return `${page}/${line}${directive === 'vitest' ? '.test' : ''}`;
}

function toModule({ code, line }: Block): string {
  // Without an import or export it would be a script, whose names are everybody's.
  return `${'\n'.repeat(line - 1)}${code}\nexport {};\n`;
}

function toComplaint(line: string): string {
  return line.replace(/^(.+)\/\d+(?:\.test)?\.ts\((\d+),\d+\)/, '$1:$2');
}

function runNode(
  args: readonly string[],
  {
    folder,
    env = {},
  }: { readonly folder: string; readonly env?: Readonly<Record<string, string>> },
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'], ...env }, timeout: 60_000 };
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}
