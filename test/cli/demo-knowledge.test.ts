import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  findPackageFolder,
  readDocuments,
  readPackageDocuments,
} from '../../adapters/cli/demo/documents.ts';
import { createKnowledge } from '../../adapters/cli/demo/knowledge.ts';

const guide = `Intro text about traces.

# Retries
A retry waits. Retries have backoff.

\`\`\`sh
# no heading
\`\`\`

## \`flush\` and shutdown ##
Flush sends what waits.
`;

describe('createKnowledge', () => {
  it('cuts a document at its headings, not at comments in code', () => {
    const { sections } = createKnowledge([{ path: 'guide.md', text: guide }]);

    expect(sections).toMatchObject([
      { id: 'guide.md#1', title: 'guide.md', words: 4 },
      { id: 'guide.md#2', title: 'Retries', text: expect.stringContaining('# no heading') },
      { id: 'guide.md#3', title: 'flush and shutdown', words: 4 },
    ]);
  });

  it('ranks the section first that says most about the words, whatever their case and number', () => {
    const knowledge = createKnowledge([
      { path: 'guide.md', text: guide },
      { path: 'other.md', text: '# Other\nOne retry in a long text about very different things.' },
    ]);

    const hits = knowledge.search('RETRY', 5);

    expect(hits.map(({ id }) => id)).toEqual(['guide.md#2', 'other.md#1']);
    expect(hits[0]).toMatchObject({
      title: 'Retries',
      excerpt: 'A retry waits. Retries have backoff.',
    });
  });

  it('returns no more than asked, and nothing for words that do not occur', () => {
    const knowledge = createKnowledge([{ path: 'guide.md', text: guide }]);

    expect(knowledge.search('waits flush retry', 1)).toHaveLength(1);
    expect(knowledge.search('zeppelin', 5)).toEqual([]);
    expect(createKnowledge([]).search('retry', 5)).toEqual([]);
  });

  it('reads a section by its id', () => {
    const knowledge = createKnowledge([{ path: 'guide.md', text: guide }]);

    expect(knowledge.read('guide.md#3')?.text).toBe('Flush sends what waits.');
    expect(knowledge.read('guide.md#9')).toBeUndefined();
  });
});

describe('the documents of a folder', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function createFolder(files: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(tmpdir(), 'demo-docs-'));
    folders.push(folder);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return folder;
  }

  it('are its Markdown files and those below it, without hidden folders and dependencies', () => {
    const folder = createFolder({
      'b.md': 'b',
      'a/c.md': 'c',
      'a.txt': 'no',
      '.git/d.md': 'no',
      'node_modules/e.md': 'no',
    });

    expect(readDocuments(folder).map(({ path }) => path)).toEqual(['a/c.md', 'b.md']);
  });

  it('must exist', () => {
    const empty = createFolder({ 'a.txt': 'no' });

    expect(() => readDocuments(empty)).toThrow('found none');
    expect(() => readDocuments(join(empty, 'nowhere'))).toThrow('cannot read');
  });

  it('of a package are its pages and everything in docs', () => {
    const folder = createFolder({
      'package.json': '{}',
      'README.md': 'readme',
      'docs/deep/page.md': 'page',
      'src/notes.md': 'no',
    });

    const found = findPackageFolder(join(folder, 'dist', 'main.js'));

    expect(found).toBe(folder);
    expect(readPackageDocuments(found).map(({ path }) => path)).toEqual([
      'README.md',
      'docs/deep/page.md',
    ]);
  });
});
