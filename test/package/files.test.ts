import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { manifest } from './manifest.ts';
import { packageFolder, runProgram, toolchainNode } from './node-programs.ts';
import { pack, type Tarball } from './npm.ts';

const kilobyte = 1024;

/** Everything that may be in the package. */
const shipped: readonly RegExp[] = [
  /^dist\/[\w-]+\.js(?:\.map)?$/,
  // What others ask for whose code is built in.
  /^dist\/built-in-licenses\.txt$/,
  /^dist\/(?:src|adapters|mocks)\/(?:[\w-]+\/)*[\w-]+\.d\.ts$/,
  /^dist\/mocks\/viewer\/(?:browser\/)?[\w-]+\.js$/,
  /^docs\/(?:decisions\/)?[\w-]+\.md$/,
  /^docs\/lifecycle-event\.schema\.json$/,
  /^(?:README\.md|CHANGELOG\.md|LICENSE|\.env\.example|package\.json)$/,
];

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-tarball-'));
  const modules = join(folder, 'node_modules');
  const unpacked = join(modules, manifest.name);
  let tarball: Tarball;

  // Unpacked beside its declared dependencies and nothing else: what an install does, without a registry.
  beforeAll(async () => {
    tarball = await pack(folder);
    mkdirSync(unpacked, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    await runProgram('tar', {
      args: ['-xzf', basename(tarball.path), '--strip-components=1', '-C', unpacked],
      folder,
    });
    for (const name of Object.keys(manifest.dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(packageFolder, 'node_modules', name), join(modules, name));
    }
  }, 60_000);

  function readShipped(path: string): string {
    return readFileSync(join(unpacked, path), 'utf8');
  }

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what its entries and commands lead to, and what explains them', () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    const needed = [...targets, ...Object.values(manifest.bin)].map((path) =>
      path.replace('./', ''),
    );
    const papers = ['README.md', 'CHANGELOG.md', 'LICENSE', '.env.example', 'docs/README.md'];

    expect(tarball.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([...needed, ...papers]),
    );
  });

  it('holds nothing else: no tests, and sources only in maps', () => {
    const others = tarball.files.filter(({ path }) => !shipped.some((form) => form.test(path)));

    expect(others).toEqual([]);
  });

  it('is small', () => {
    const bytes = tarball.files.reduce((sum, { size }) => sum + size, 0);
    const largest = Math.max(...tarball.files.map(({ size }) => size));

    expect(tarball.bytes).toBeLessThan(1280 * kilobyte);
    expect(bytes).toBeLessThan(5120 * kilobyte);
    expect(largest).toBeLessThan(1024 * kilobyte);
  });

  it('names no place on the machine that built it', () => {
    const places = [packageFolder, homedir(), 'file:///'];
    const found = tarball.files.flatMap(({ path }) =>
      places
        .filter((place) => readShipped(path).includes(place))
        .map((place) => `${path}: ${place}`),
    );

    expect(found).toEqual([]);
  });

  it('names no source map that it does not hold, and holds none without its sources', () => {
    const paths = tarball.files.map(({ path }) => path);
    const named = paths.flatMap((path) =>
      Array.from(readShipped(path).matchAll(/^\/\/# sourceMappingURL=(.+)$/gm), ([, map = '']) =>
        join(dirname(path), map),
      ),
    );
    const maps = paths.filter((path) => path.endsWith('.map'));

    expect(named.toSorted()).toEqual(maps.toSorted());
    expect(maps.filter((path) => !hasItsSources(readShipped(path)))).toEqual([]);
  });

  it('works in a program without TypeScript', async () => {
    const program = new URL('fixtures/user-program.mjs', import.meta.url);
    await copyFile(program, join(folder, 'program.mjs'));

    const { stdout, stderr } = await runProgram(toolchainNode.path, {
      args: ['program.mjs'],
      folder,
    });

    expect(stdout, stderr).toBe('{"delivered":2,"disabled":true,"name":"installed"}');
  });

  it('brings its command', async () => {
    const bin = join(unpacked, manifest.bin['langfuse-lifecycle'] ?? 'no bin');

    const { stdout, stderr } = await runProgram(toolchainNode.path, {
      args: [bin, '--version'],
      folder,
    });

    expect(stdout, stderr).toBe(`${manifest.version}\n`);
  });
});

function hasItsSources(map: string): boolean {
  const { sources, sourcesContent } = JSON.parse(map) as {
    readonly sources: readonly string[];
    readonly sourcesContent?: readonly unknown[];
  };
  return sources.every((_, index) => typeof sourcesContent?.[index] === 'string');
}
