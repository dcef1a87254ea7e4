import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

import { anchorsOf, linksOf, packageFolder, type Page, readPage, readPages } from './markdown.ts';

function brokenLinks(page: Page): readonly string[] {
  return linksOf(page)
    .filter(({ target }) => !leadsSomewhere(page, target))
    .map(({ line, target }) => `${page.path}:${line}: ${target}`);
}

function leadsSomewhere(page: Page, target: string): boolean {
  const [file = '', anchor] = target.split('#', 2);
  const path = file === '' ? page.path : posix.join(posix.dirname(page.path), file);
  if (path.startsWith('..') || !existsSync(posix.join(packageFolder, path))) return false;
  return anchor === undefined || anchorsOf(readPage(path)).has(anchor);
}

describe('the links of', () => {
  it.each(readPages().map((page) => [page.path, page] as const))(
    '%s lead to files and headings that exist',
    (_path, page) => {
      expect(brokenLinks(page)).toEqual([]);
    },
  );

  it('a page with a missing file, heading or picture are found', () => {
    const page = {
      path: 'docs/made-up.md',
      text: 'See [one](nowhere.md),\n[two](../README.md#no-such-heading).\n<img src="no.png">',
    };

    expect(brokenLinks(page)).toEqual([
      'docs/made-up.md:1: nowhere.md',
      'docs/made-up.md:2: ../README.md#no-such-heading',
      'docs/made-up.md:3: no.png',
    ]);
  });
});

describe('docs/README.md', () => {
  it('lists every page', () => {
    const listed = linksOf(readPage('docs/README.md')).map(({ target }) => `docs/${target}`);
    const pages = readPages()
      .map(({ path }) => path)
      .filter((path) => /^docs\/(?!README)/.test(path));

    expect(listed).toEqual(expect.arrayContaining(pages));
  });
});
