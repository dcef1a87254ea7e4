import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { linksOf, packageFolder, pictureTextsOf, readPages } from './markdown.ts';

const pages = readPages();
const pictures = readdirSync(join(packageFolder, 'docs/pictures')).filter((name) =>
  name.endsWith('.png'),
);

describe('a picture of the documentation', () => {
  it('is described for whoever does not see it', () => {
    const texts = pages.flatMap(pictureTextsOf);

    expect(texts.filter((text) => text.length < 40)).toEqual([]);
    expect(texts.length).toBeGreaterThan(0);
  });

  it.each(pictures)('%s stands on a page', (name) => {
    const targets = pages.flatMap(linksOf).map(({ target }) => target);

    expect(targets.some((target) => target.endsWith(`pictures/${name}`))).toBe(true);
  });

  it.each(pictures)('%s is light', (name) => {
    expect(statSync(join(packageFolder, 'docs/pictures', name)).size).toBeLessThan(150_000);
  });

  it('without a description is found', () => {
    const text = '<img src="a.png">\n![](b.png)\n<img alt="a cat" src="c.png">';

    expect(pictureTextsOf({ path: 'made-up.md', text })).toEqual(['', '', 'a cat']);
  });
});
