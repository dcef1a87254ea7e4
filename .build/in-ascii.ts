import type { Plugin } from 'rolldown';
import { parseSync, Visitor } from 'rolldown/utils';

/**
 * Writes what is not ASCII as escapes. A source with anything beyond Latin-1 is kept by V8 in two bytes a character, as
 * long as the program runs, and takes longer to load.
 */
export function inAscii(): Plugin {
  return {
    name: 'in-ascii',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk' || isAscii(file.code)) continue;
        assertNotRaw(file.code, file.fileName);
        file.code = file.code.replaceAll(/[^\p{ASCII}]/gu, escapesOf);
      }
    },
  };
}

function isAscii(text: string): boolean {
  return !/[^\p{ASCII}]/u.test(text);
}

/** What a character is in UTF-16: lines stay as the source maps know them. */
function escapesOf(character: string): string {
  return Array.from(
    { length: character.length },
    (_none, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}

// In strings, templates and patterns an escape is the character; in raw text it stays an escape.
function assertNotRaw(code: string, fileName: string): void {
  new Visitor({
    TaggedTemplateExpression({ tag, quasi }) {
      const text = code.slice(quasi.start, quasi.end);
      if (code.slice(tag.start, tag.end) === 'String.raw' && !isAscii(text))
        throw new Error(`${fileName}: expected only ASCII in String.raw, found ${text}.`);
    },
  }).visit(parseSync(fileName, code).program);
}
