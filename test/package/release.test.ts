import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

import { manifest } from './manifest.ts';
import { packageFolder, runProgram, toolchainNode } from './node-programs.ts';
import { type ReleaseFacts, releaseProblems } from './release-problems.ts';

const ready: ReleaseFacts = {
  manifest: { version: '1.2.0', repository: 'a', bugs: 'b', homepage: 'c' },
  changelog:
    '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n- More.\n\n## [1.1.0] - 2026-11-01\n\n- Some.\n',
  uncommitted: [],
  tags: ['v1.2.0'],
};

describe('a release', () => {
  it('may go out when everything is there', () => {
    expect(releaseProblems(ready)).toEqual([]);
  });

  it.each([
    [
      'a file that is not committed',
      { uncommitted: [' M src/run.ts'] },
      /^Not committed: {2}M src\/run\.ts\. /,
    ],
    ['no tag', { tags: ['v1.1.0'] }, /no tag v1\.2\.0/],
    [
      'no section of the changelog',
      { changelog: '## [1.1.0] - 2026-11-01\n\n- Some.' },
      /nothing below "## \[1\.2\.0\] - " and a date/,
    ],
    ['a section without a date', { changelog: '## [1.2.0]\n\n- More.' }, /and a date/],
    [
      'an empty section',
      { changelog: '## [1.2.0] - 2026-12-01\n\n## [1.1.0] - 2026-11-01\n\n- Some.' },
      /says nothing/,
    ],
    [
      'changes that are not in the section',
      { changelog: ready.changelog.replace('[Unreleased]', '[Unreleased]\n\n- Left.') },
      /Move them/,
    ],
    [
      'no repository that provenance could name',
      { manifest: { version: '1.2.0', bugs: 'b', homepage: 'c' } },
      /no "repository"/,
    ],
  ] as const)('may not with %s', (_what, facts, problem) => {
    expect(releaseProblems({ ...ready, ...facts })).toEqual([expect.stringMatching(problem)]);
  });

  it('is looked at in the repository that it would come from', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-release-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'package.json'), JSON.stringify(ready.manifest));
    writeFileSync(join(folder, 'CHANGELOG.md'), ready.changelog);
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
    for (const args of [
      ['init', '-q'],
      ['add', '.'],
      [...author, 'commit', '-qm', 'Release'],
      ['tag', 'v1.2.0'],
    ])
      await runProgram('git', { args, folder });

    const committed = await look(folder);
    writeFileSync(join(folder, 'left.txt'), 'over');
    const changed = await look(folder);

    expect(committed, committed.stderr).toMatchObject({ exitCode: 0, stderr: '' });
    expect(changed).toMatchObject({
      exitCode: 1,
      stderr: 'Not committed: ?? left.txt. What is published has to be in the repository.\n',
    });
  });
});

function look(folder: string): ReturnType<typeof runProgram> {
  const script = fileURLToPath(new URL('release.ts', import.meta.url));
  return runProgram(toolchainNode.path, { args: [script], folder });
}

describe('package.json', () => {
  it('publishes for everybody, with provenance, and checks before', () => {
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    expect(manifest.scripts['prepublishOnly']).toBe(
      'node test/package/release.ts && npm run check',
    );
  });

  it('names the licence that is in the package', () => {
    const licence = readFileSync(join(packageFolder, 'LICENSE'), 'utf8');

    expect(licence).toMatch(
      /^MIT License\n\nCopyright \(c\) 2026 the langfuse-lifecycle authors\n/,
    );
    expect(manifest.license).toBe('MIT');
  });

  it('has a version of which the changelog tells', () => {
    const changelog = readFileSync(join(packageFolder, 'CHANGELOG.md'), 'utf8');

    expect(changelog).toContain(`\n## [${manifest.version}] - `);
  });
});
