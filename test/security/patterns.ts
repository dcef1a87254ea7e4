import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageFolder } from '../docs/markdown.ts';

/** A regular expression of shipped code. */
export interface Pattern {
  /** For example `src/sampling.ts:12`. */
  readonly place: string;
  readonly pattern: RegExp;
}

/** Every regular expression literal of the shipped folders, in the order of the files. */
export function shippedPatterns(): readonly Pattern[] {
  return ['src', 'adapters', 'mocks'].flatMap((folder) =>
    readdirSync(join(packageFolder, folder), { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((path) => path.endsWith('.ts'))
      .toSorted()
      .flatMap((path) => patternsIn(readFileSync(join(packageFolder, path), 'utf8'), path)),
  );
}

/** The regular expression literals of a TypeScript source. */
export function patternsIn(code: string, path: string): readonly Pattern[] {
  const found: Pattern[] = [];
  let isValueBefore = false;
  let at = 0;
  while (at < code.length) {
    const token = tokenAt(code, at, isValueBefore);
    if (token.type === 'pattern') {
      const line = code.slice(0, at).split('\n').length;
      const end = token.text.lastIndexOf('/');
      const pattern = new RegExp(token.text.slice(1, end), token.text.slice(end + 1));
      found.push({ place: `${path}:${line}`, pattern });
    }
    if (token.type !== 'space') isValueBefore = isValue(token);
    at += token.text.length;
  }
  return found;
}

interface Token {
  readonly type: 'space' | 'pattern' | 'word' | 'text' | 'sign';
  readonly text: string;
}

const tokens = {
  space: /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y,
  pattern: /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[dgimsuvy]*/y,
  word: /[\w$]+/y,
  // The code between ${ and } is read as a part of the text; a pattern in there would be missed.
  text: /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\[\s\S]|[^`\\])*`/y,
} as const;

function tokenAt(code: string, at: number, isValueBefore: boolean): Token {
  for (const type of ['space', 'pattern', 'word', 'text'] as const) {
    // A slash behind a value divides it.
    if (type === 'pattern' && isValueBefore) continue;
    const rule = tokens[type];
    rule.lastIndex = at;
    const text = rule.exec(code)?.[0];
    if (text !== undefined) return { type, text };
  }
  return { type: 'sign', text: code.charAt(at) };
}

const operators = new Set(['return', 'case', 'typeof', 'in', 'of', 'await', 'yield', 'void']);

function isValue({ type, text }: Token): boolean {
  switch (type) {
    case 'word':
      return !operators.has(text);
    case 'sign':
      return text === ')' || text === ']' || text === '}';
    case 'text':
    case 'pattern':
      return true;
    case 'space':
      return false;
    default:
      return type satisfies never;
  }
}
