import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Document } from './knowledge.ts';

/** The folder of the package that a file belongs to: the nearest one above it with a `package.json`. */
export function findPackageFolder(file: string): string {
  const folder = dirname(file);
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (folder === file) throw new Error('Expected a package.json above this file, found none.');
  return findPackageFolder(folder);
}

/** The documentation of a package, or the Markdown files of a folder. */
export function readDocumentation({
  type,
  folder,
}: {
  readonly type: 'package' | 'folder';
  readonly folder: string;
}): readonly Document[] {
  return type === 'package' ? readPackageDocuments(folder) : readDocuments(folder);
}

/** The documentation of a package: the Markdown files of its folder and everything below `docs`. */
export function readPackageDocuments(folder: string): readonly Document[] {
  const pages = readMarkdown(folder, { depth: 0 });
  const docs = join(folder, 'docs');
  const below = existsSync(docs) ? readMarkdown(docs, { depth: deepestFolder }) : [];
  return toDocuments([...pages, ...below], folder);
}

/**
 * The Markdown files of a folder and of the folders in it.
 *
 * @throws {Error} when the folder cannot be read or has none.
 */
export function readDocuments(folder: string): readonly Document[] {
  const documents = toDocuments(readAllMarkdown(folder), folder);
  if (documents.length === 0) {
    throw new Error(`Expected Markdown files (*.md) in ${folder}, found none.`);
  }
  return documents;
}

const deepestFolder = 5;
const mostFiles = 1_000;

function readAllMarkdown(folder: string): readonly string[] {
  try {
    return readMarkdown(folder, { depth: deepestFolder });
  } catch (error) {
    throw new Error(`Expected a folder with Markdown files, cannot read ${folder}.`, {
      cause: error,
    });
  }
}

function readMarkdown(folder: string, { depth }: { readonly depth: number }): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted(byName);
  return entries
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return /\.(?:md|markdown)$/i.test(entry.name) ? [path] : [];
      const isOpen =
        entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules';
      return isOpen && depth > 0 ? readMarkdown(path, { depth: depth - 1 }) : [];
    })
    .slice(0, mostFiles);
}

function byName(one: Dirent, other: Dirent): number {
  return one.name < other.name ? -1 : 1;
}

function toDocuments(files: readonly string[], folder: string): readonly Document[] {
  return files.map((file) => ({
    path: relative(folder, file).replaceAll(sep, '/'),
    text: readFileSync(file, 'utf8'),
  }));
}
