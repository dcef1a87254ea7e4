/** A Markdown file. */
export interface Document {
  /** As a reader would name it, for example `docs/delivery.md`. */
  readonly path: string;
  readonly text: string;
}

/** What stands below one heading. */
export interface Section {
  /** `path#2`: the second section of that file. */
  readonly id: string;
  readonly path: string;
  readonly title: string;
  readonly words: number;
  readonly text: string;
}

/** A section that matches, the better the higher the score. */
export interface Hit {
  readonly id: string;
  readonly title: string;
  readonly score: number;
  readonly words: number;
  /** The line that matches best. */
  readonly excerpt: string;
}

/** Documents that can be searched and read. */
export interface Knowledge {
  readonly sections: readonly Section[];
  /** The best sections first, ranked by BM25 with titles counted threefold; empty when no word occurs. */
  search(query: string, limit: number): readonly Hit[];
  read(id: string): Section | undefined;
}

/** Cuts documents into sections and indexes their words. */
export function createKnowledge(documents: readonly Document[]): Knowledge {
  const sections = documents.flatMap(toSections);
  const indexed = sections.map(toIndexed);
  const averageLength =
    indexed.reduce((total, { length }) => total + length, 0) / Math.max(indexed.length, 1);
  return {
    sections,
    search: (query, limit) => search({ indexed, averageLength }, toWords(query)).slice(0, limit),
    read: (id) => sections.find((section) => section.id === id),
  };
}

/** Words in lower case, plural and singular made alike. */
export function toWords(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word) => (word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word));
}

function toSections({ path, text }: Document): readonly Section[] {
  const drafts: { title: string; lines: string[] }[] = [{ title: path, lines: [] }];
  let isCode = false;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:```|~~~)/.test(line)) isCode = !isCode;
    const title = isCode ? undefined : /^#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1];
    if (title === undefined) drafts.at(-1)?.lines.push(line);
    else drafts.push({ title: title.replaceAll('`', ''), lines: [] });
  }
  return drafts
    .map(({ title, lines }) => ({ title, text: lines.join('\n').trim() }))
    .filter((section) => section.text !== '')
    .map((section, index) => ({
      id: `${path}#${index + 1}`,
      path,
      title: section.title,
      words: section.text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0,
      text: section.text,
    }));
}

interface IndexedSection {
  readonly section: Section;
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

const titleWeight = 3;

function toIndexed(section: Section): IndexedSection {
  const counts = new Map<string, number>();
  const count = (word: string, weight: number): void =>
    void counts.set(word, (counts.get(word) ?? 0) + weight);
  for (const word of toWords(section.title)) count(word, titleWeight);
  const words = toWords(section.text);
  for (const word of words) count(word, 1);
  return { section, counts, length: words.length };
}

// The constants that Robertson and Zaragoza give as usual for BM25.
const bm25 = { saturation: 1.2, lengthWeight: 0.75 } as const;

function search(
  {
    indexed,
    averageLength,
  }: { readonly indexed: readonly IndexedSection[]; readonly averageLength: number },
  words: readonly string[],
): readonly Hit[] {
  const weights = new Map(
    [...new Set(words)].map((word) => {
      const found = indexed.filter(({ counts }) => counts.has(word)).length;
      return [word, Math.log(1 + (indexed.length - found + 0.5) / (found + 0.5))] as const;
    }),
  );
  return indexed
    .map((entry) => ({ entry, score: toScore(entry, { weights, averageLength }) }))
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)
    .map(({ entry: { section }, score }) => ({
      id: section.id,
      title: section.title,
      score: Math.round(score * 100) / 100,
      words: section.words,
      excerpt: toExcerpt(section, weights),
    }));
}

function toScore(
  { counts, length }: IndexedSection,
  {
    weights,
    averageLength,
  }: { readonly weights: ReadonlyMap<string, number>; readonly averageLength: number },
): number {
  const relativeLength = length / Math.max(averageLength, 1);
  const penalty = bm25.saturation * (1 - bm25.lengthWeight + bm25.lengthWeight * relativeLength);
  return [...weights].reduce((score, [word, weight]) => {
    const count = counts.get(word) ?? 0;
    return score + (weight * count * (bm25.saturation + 1)) / (count + penalty);
  }, 0);
}

const longestExcerpt = 160;

function toExcerpt({ text }: Section, weights: ReadonlyMap<string, number>): string {
  const scored = text.split('\n').map((line) => ({
    line: line.trim(),
    score: [...new Set(toWords(line))].reduce((sum, word) => sum + (weights.get(word) ?? 0), 0),
  }));
  const best = scored.reduce((one, other) => (other.score > one.score ? other : one));
  return best.line.length > longestExcerpt
    ? `${best.line.slice(0, longestExcerpt).toWellFormed()}…`
    : best.line;
}
