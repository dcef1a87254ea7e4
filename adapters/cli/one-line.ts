/**
 * A text that somebody else wrote, as part of one line: what would break or turn the line, or steer a terminal, is a
 * space.
 */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim();
}
