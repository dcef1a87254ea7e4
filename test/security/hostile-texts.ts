// Samples of what the classes of a pattern match: blanks, letters, digits, quotes and the signs of keys, URLs and JSON.
const samples = Array.from(' \n\ta0A-_.,:;=/\\"\'<>()[]{}@#%&+*?!$~^|\u00e9\u{1f600}');

/** Texts of about `length` characters that repeat what a pattern looks for and then disappoint it. */
export function* hostileTexts({ source }: RegExp, length: number): Generator<string> {
  const words = wordsOf(source);
  const pumps = new Set([...samples, ...words, ...pairsOf(words)]);
  for (const start of ['', ...words]) {
    for (const pump of pumps) {
      const body = start + pump.repeat(Math.max(1, Math.floor(length / pump.length)));
      yield `${body}\u0000`;
      yield body;
    }
  }
}

/** The literal words of a pattern, at most eight. */
function wordsOf(source: string): readonly string[] {
  const literal = source
    .replaceAll(/\\[pP]\{[^}]*\}|\\u\{?[0-9a-fA-F]+\}?|\{\d+(?:,\d*)?\}|\(\?<\w+>|\\[a-zA-Z]/g, ' ')
    .replaceAll(/\\(.)/g, '$1');
  const found = literal.match(/[\w:=@<>/.-]{2,}/g) ?? [];
  return [...new Set(found)].slice(0, 8);
}

function pairsOf(words: readonly string[]): readonly string[] {
  return words.slice(0, 4).flatMap((word) => [' ', '=', ':', '"'].map((sign) => word + sign));
}
