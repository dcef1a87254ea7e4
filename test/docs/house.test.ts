import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { blocksOf, packageFolder, readPage } from './markdown.ts';

/** The folders of a picture: indented names that end in a slash, each with what it holds behind it. */
function foldersIn(picture: string): readonly string[] {
  let outer = '';
  return picture.split('\n').flatMap((line) => {
    const [, indent = '', name] = /^( *)([\w.-]+\/) +\S/.exec(line) ?? [];
    if (name === undefined) return [];
    if (indent === '') outer = name;
    return [indent === '' ? name : outer + name];
  });
}

/** The folders of the package, two levels deep, without what is made or installed. */
function foldersOf(folder: string, depth = 2, prefix = ''): readonly string[] {
  const made = readFileSync(join(packageFolder, '.gitignore'), 'utf8').split('\n');
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !made.includes(entry.name),
    )
    .flatMap(({ name }) => {
      const path = `${prefix}${name}/`;
      return [path, ...(depth > 1 ? foldersOf(join(folder, name), depth - 1, path) : [])];
    });
}

describe('the picture of the house in docs/contributing.md', () => {
  it('shows the folders that there are, two levels deep', () => {
    const picture = blocksOf(readPage('docs/contributing.md')).find(({ code }) =>
      code.startsWith('src/'),
    );

    expect(foldersIn(picture?.code ?? '').toSorted()).toEqual(foldersOf(packageFolder).toSorted());
  });

  it('that leaves out what a folder is for does not count it', () => {
    expect(foldersIn('src/  the core\n  journal/\n  stream/  streams')).toEqual([
      'src/',
      'src/stream/',
    ]);
  });
});
