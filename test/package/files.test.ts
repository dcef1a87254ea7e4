import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { manifest } from './manifest.ts';
import { packageFolder, type ProgramResult, runProgram, toolchainNode } from './node-programs.ts';

// Without its scripts: they would build dist again, under the feet of the other tests.
const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

function npm(folder: string, ...args: readonly string[]): Promise<ProgramResult> {
  // With the whole environment: it says how the registry is reached.
  return runProgram('npm', { args: [...args, ...quiet], folder, env: { ...process.env } });
}

async function packedFiles(): Promise<readonly string[]> {
  const { stdout } = await npm(packageFolder, 'pack', '--dry-run', '--json');
  const packed: unknown = JSON.parse(stdout);
  // npm prints a list, from version 12 on an object by package.
  const [first] = Object.values(
    packed as Readonly<Record<string, { readonly files: readonly { readonly path: string }[] }>>,
  );
  return (first?.files ?? []).map(({ path }) => path);
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-install-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('the package', () => {
  it('holds what is needed to use and understand it, and nothing else', async () => {
    const files = await packedFiles();

    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    const needed = [...targets, ...Object.values(manifest.bin)].map((path) =>
      path.replace('./', ''),
    );
    expect(files).toEqual(
      expect.arrayContaining([...needed, 'README.md', 'CHANGELOG.md', 'LICENSE', '.env.example']),
    );
    expect(
      files.filter(
        (path) =>
          !/^dist\/(?:[\w-]+\.js(?:\.map)?|built-in-licenses\.txt|(?:src|adapters|mocks)\/[\w/-]+\.d\.ts|mocks\/viewer\/[\w/-]+\.js)$|^docs\/(?:[\w/-]+\.md|lifecycle-event\.schema\.json)$|^(?:README\.md|CHANGELOG\.md|LICENSE|\.env\.example|package\.json)$/.test(
            path,
          ),
      ),
    ).toEqual([]);
  });

  // Unpacked beside its declared dependencies and nothing else: what an install does, without a registry.
  it('works from its tarball in a program without TypeScript', async () => {
    const folder = emptyFolder();
    await npm(packageFolder, 'pack', '--pack-destination', folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'no tarball';
    const modules = join(folder, 'node_modules');
    const installed = join(modules, manifest.name);
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    await runProgram('tar', {
      args: ['-xzf', tarball, '--strip-components=1', '-C', installed],
      folder,
      env: { ...process.env },
    });
    for (const name of Object.keys(manifest.dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(packageFolder, 'node_modules', name), join(modules, name));
    }
    await copyFile(
      new URL('fixtures/user-program.mjs', import.meta.url),
      join(folder, 'program.mjs'),
    );

    const program = await runProgram(toolchainNode.path, { args: ['program.mjs'], folder });
    const bin = join(installed, manifest.bin['langfuse-lifecycle'] ?? 'no bin');
    const version = await runProgram(toolchainNode.path, { args: [bin, '--version'], folder });

    expect(program.stdout, program.stderr).toBe(
      '{"delivered":2,"disabled":true,"name":"installed"}',
    );
    expect(version.stdout, version.stderr).toBe(`${manifest.version}\n`);
  });
});
