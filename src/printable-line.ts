/**
 * A text as one line that neither steers a terminal nor passes for a line of its own in a log: control characters,
 * invisible format characters and line breaks are blanks. Names and messages come from models, servers and users.
 */
export function toPrintableLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim();
}
