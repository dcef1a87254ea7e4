import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { blocksOf, readPage } from '../../docs/markdown.ts';
import type { EmptyProject } from '../installed-package.ts';
import { entriesForPrograms, entriesForTests, entriesOfData, manifest } from '../manifest.ts';
import { hostNode, type ProgramResult, runProgram, toolchainNode } from '../node-programs.ts';
import { npm } from '../npm.ts';
import { endingsOf, withFake } from './fake.ts';

const nodes = [toolchainNode, hostNode].map((node) => [node.label, node] as const);
const entriesToImport = [...entriesForPrograms, ...entriesOfData];

/** What programs of plain JavaScript do with the package in `project`. */
export function describePrograms({ folder, packages }: EmptyProject): void {
  const bin = join(folder, 'node_modules/.bin/langfuse-lifecycle');

  function runFixture(node: string, name: string, args: readonly string[]): Promise<ProgramResult> {
    cpSync(new URL(`../fixtures/${name}`, import.meta.url), join(folder, name));
    return runProgram(node, { args: [name, ...args], folder });
  }

  describe.each(nodes)('with %s', (_label, node) => {
    it('every entry for programs can be imported', async () => {
      const { stdout, stderr } = await runFixture(node.path, 'import-entries.mjs', entriesToImport);

      expect(stderr).toBe('');
      expect(Object.keys(JSON.parse(stdout))).toEqual(entriesToImport);
    });

    it('every entry for programs can be required, and holds the same', async () => {
      const imported = await runFixture(node.path, 'import-entries.mjs', entriesForPrograms);

      const required = await runFixture(node.path, 'require-entries.cjs', entriesForPrograms);

      expect(required.stderr).toBe('');
      expect(withoutInterop(required.stdout)).toEqual(JSON.parse(imported.stdout));
    });

    it.each(entriesForTests)('%s says which package it needs', async (entry) => {
      const { stderr } = await runFixture(node.path, 'import-entries.mjs', [entry]);

      expect(stderr).toMatch(/Cannot find package '(?:msw|vitest)' imported from/);
    });

    it('the first sample of the README leaves a complete parent', async () => {
      const sample = blocksOf(readPage('README.md')).find(({ directive }) => directive === 'run');
      const surroundings = new URL('../../docs/surroundings.ts', import.meta.url);
      writeModule('surroundings.mjs', readFileSync(surroundings, 'utf8'));
      writeModule('sample.mjs', sample?.code ?? '');

      await withFake(async (fake, env) => {
        const args = ['--import', './surroundings.mjs', 'sample.mjs'];
        const { exitCode, stderr } = await runProgram(node.path, { args, folder, env });

        expect(exitCode, stderr).toBe(0);
        expect(endingsOf(fake)).toEqual([{ name: 'support-agent', reason: 'stop', missing: [] }]);
      });
    });

    it('the command is there', async () => {
      const { stdout, stderr } = await runProgram(node.path, { args: [bin, '--version'], folder });

      expect(stdout, stderr).toBe(`${manifest.version}\n`);
    });
  });

  it(`the demo runs with ${hostNode.label}`, async () => {
    const { exitCode, stdout } = await runProgram(hostNode.path, { args: [bin, 'demo'], folder });

    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('max_iterations');
  }, 60_000);

  it('the command can be called through npx', async () => {
    const { stdout, stderr } = await npm(['exec', '--offline', '--', manifest.name, '--version'], {
      folder,
    });

    expect(stdout, stderr).toBe(`${manifest.version}\n`);
  });

  it('brings these packages, none of them a framework or a test tool', async () => {
    expect(packages.filter((name) => name in (manifest.peerDependencies ?? {}))).toEqual([]);
    await expect(`${packages.join('\n')}\n`).toMatchFileSnapshot('installed-packages.txt');
  });

  function writeModule(name: string, code: string): void {
    writeFileSync(join(folder, name), stripTypeScriptTypes(code));
  }
}

/** What `require` gives of a module, without the marks that Node adds for CommonJS. */
function withoutInterop(stdout: string): unknown {
  const entries = Object.entries(JSON.parse(stdout) as Readonly<Record<string, readonly string[]>>);
  return Object.fromEntries(
    entries.map(([entry, names]) => [entry, names.filter((name) => name !== '__esModule')]),
  );
}
