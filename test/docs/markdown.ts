import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const packageFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** Path in the package, for example `docs/testing.md`. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** The line of its first line of code, counted from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** What the comment `<!-- sample: … -->` right before it says; empty without one. */
  readonly directive: string;
}

/** A link to a file of the package or to a heading, or a picture. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

/** The README, the changelog and everything in docs/. */
export function readPages(): readonly Page[] {
  const docs = readdirSync(new URL('../../docs', import.meta.url), { recursive: true })
    .map((name) => `docs/${String(name)}`)
    .filter((name) => name.endsWith('.md'));
  return ['README.md', 'CHANGELOG.md', ...docs.toSorted()].map(readPage);
}

/** One page, by its path in the package. */
export function readPage(path: string): Page {
  return { path, text: readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8') };
}

/** The fenced blocks of a page, in order. */
export function blocksOf({ path, text }: Page): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  let open:
    | { readonly start: number; readonly language: string; readonly indent: number }
    | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^(\s*)```\s*([\w-]*)/.exec(line);
    if (fence === null) continue;
    if (open === undefined) {
      open = { start: index + 1, language: fence[2] ?? '', indent: fence[1]?.length ?? 0 };
      continue;
    }
    const { start, language, indent } = open;
    const code = lines
      .slice(start, index)
      .map((row) => row.slice(indent))
      .join('\n');
    blocks.push({
      page: path,
      line: start + 1,
      language,
      code,
      directive: directiveAbove(lines, start - 2),
    });
    open = undefined;
  }
  if (open !== undefined)
    throw new Error(`${path}:${open.start}: this block is never closed. Add \`\`\`.`);
  return blocks;
}

/** The fenced blocks between a heading and the next one. */
export function blocksBelow(page: Page, heading: string): readonly Block[] {
  const lines = withoutBlocks(page);
  const start = lines.findIndex(
    (line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading,
  );
  if (start === -1) throw new Error(`${page.path} has no heading "${heading}".`);
  const end = lines.findIndex((line, index) => index > start && /^#+ /.test(line));
  return blocksOf(page).filter(({ line }) => line > start && (end === -1 || line <= end));
}

function directiveAbove(lines: readonly string[], last: number): string {
  const above = lines.slice(0, last + 1).findLast((line) => line.trim() !== '') ?? '';
  return /^\s*<!-- sample: (.+?) -->$/.exec(above)?.[1] ?? '';
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of withoutBlocks(page)) {
    const heading = /^#{1,6} (.+)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const plain = heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = plain;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${plain}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The links of a page that stay in the package. */
export function linksOf(page: Page): readonly Link[] {
  return withoutBlocks(page).flatMap((text, index) =>
    Array.from(
      text
        .replaceAll(/`[^`]*`/g, '')
        .matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"\s]+)"/g),
      ([, inMarkdown, inTag = '']) => ({ line: index + 1, target: inMarkdown ?? inTag }),
    ).filter(({ target }) => !/^(?:https?|mailto):/.test(target)),
  );
}

/** The texts in place of the pictures of a page; empty where there is none. */
export function pictureTextsOf({ text }: Page): readonly string[] {
  return Array.from(text.matchAll(/<img\b[^>]*>|!\[([^\]]*)\]\(/g), ([tag, alt]) =>
    alt === undefined ? (/\balt="([^"]*)"/.exec(tag)?.[1] ?? '') : alt,
  );
}

/** The rows of the first table below a heading, header and rule left out; cells without surrounding blanks. */
export function tableBelow(page: Page, heading: string): readonly (readonly string[])[] {
  const lines = page.text.split('\n');
  const at = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (at === -1) throw new Error(`${page.path} has no heading "${heading}".`);
  const start = lines.findIndex((line, index) => index > at && line.startsWith('|'));
  const rows: string[] = [];
  for (let index = start; lines[index]?.startsWith('|') === true; index += 1)
    rows.push(lines[index] ?? '');
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** The texts in backticks, in order. */
export function codesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), (match) => match[1] ?? '');
}

// Lines of code stay as empty lines, so that line numbers are those of the page.
function withoutBlocks({ text }: Page): readonly string[] {
  let inside = false;
  return text.split('\n').map((line) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) inside = !inside;
    return isFence || inside ? '' : line;
  });
}
