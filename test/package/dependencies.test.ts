import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { manifest } from './manifest.ts';
import { packageFolder } from './node-programs.ts';

const importPattern = /(?:\bfrom\s*|\bimport\s*|\bimport\(\s*|\brequire\(\s*)(['"])([^'"\n]+)\1/g;

function withoutComments(code: string): string {
  return code.replaceAll(/^\s*\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
}

/** Packages that shipped code loads, and those that its declarations name. */
function importedPackages(extension: '.js' | '.d.ts'): ReadonlySet<string> {
  const files = readdirSync(join(packageFolder, 'dist'), { recursive: true }).map(String);
  const specifiers = files
    .filter((file) => file.endsWith(extension))
    .flatMap((file) => {
      const code = withoutComments(readFileSync(join(packageFolder, 'dist', file), 'utf8'));
      return Array.from(code.matchAll(importPattern), (match) => match[2] ?? '');
    });
  const packages = specifiers.filter((name) => /^@?[a-z]/.test(name) && !isBuiltin(name));
  return new Set(packages.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name));
}

const used = [...new Set([...importedPackages('.js'), ...importedPackages('.d.ts')])].toSorted();
const dependencies = Object.keys(manifest.dependencies);
const peers = Object.keys(manifest.peerDependencies ?? {});
const testTools = ['msw', 'vitest'];
// Named although nothing loads it, so that audits and bills of materials see what is built in.
const builtIn = ['dotenv'];
// The integrations know their frameworks by form and import none of them: test/package/frameworks.test.ts.
const frameworks = peers.filter((name) => !testTools.includes(name));

describe('package.json', () => {
  it('names every package that the shipped code imports', () => {
    expect(used.filter((name) => ![...dependencies, ...peers].includes(name))).toEqual([]);
  });

  it('names no package that the shipped code neither imports nor has built in', () => {
    expect([...dependencies, ...testTools].filter((name) => !used.includes(name))).toEqual(builtIn);
  });

  it('imports no framework', () => {
    expect(frameworks.filter((name) => used.includes(name))).toEqual([]);
    expect(frameworks).not.toEqual([]);
  });

  it('leaves the test tools to those who test', () => {
    expect(peers).toEqual(expect.arrayContaining(testTools));
    expect(manifest.peerDependenciesMeta).toEqual(
      Object.fromEntries(peers.map((name) => [name, { optional: true }])),
    );
  });
});
