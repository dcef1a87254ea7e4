import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { releaseProblems } from './release-problems.ts';

// `npm publish` calls this first, in the folder of the package.
const read = (path: string): string => readFileSync(path, 'utf8');
const git = (...args: readonly string[]): readonly string[] =>
  execFileSync('git', args, { encoding: 'utf8' }).split('\n').filter(Boolean);

const problems = releaseProblems({
  manifest: JSON.parse(read('package.json')),
  changelog: read('CHANGELOG.md'),
  uncommitted: git('status', '--porcelain'),
  tags: git('tag', '--points-at', 'HEAD'),
});
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
