/** A line of a text, and where it stands: `end` is the byte after its line feed. */
export type Line =
  | {
      readonly type: 'text';
      /** From 1. */
      readonly number: number;
      readonly offset: number;
      readonly end: number;
      readonly text: string;
    }
  | {
      readonly type: 'too-long';
      readonly number: number;
      readonly offset: number;
      readonly end: number;
    };

/** Where the reading begins. */
export interface LinePosition {
  /** Bytes before the first line that is read. */
  readonly offset: number;
  /** Lines before it. */
  readonly line: number;
}

const lineFeed = 0x0a;

/**
 * The lines of a byte stream, one at a time; never holds more than one chunk and `maxBytes` of one line. A line that is
 * longer is told and passed over. The last line needs no line feed. UTF-8; a byte order mark belongs to no line.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  {
    maxBytes,
    from = { offset: 0, line: 0 },
  }: { readonly maxBytes: number; readonly from?: LinePosition },
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let number = from.line + 1;
  let offset = from.offset;
  let position = from.offset;

  function take(part: Uint8Array): void {
    held += part.length;
    position += part.length;
    // What is too long is counted and not kept.
    if (held <= maxBytes) parts.push(part);
    else parts = [];
  }

  function finish(): Line {
    const place = { number, offset, end: position };
    const line: Line =
      held > maxBytes
        ? { type: 'too-long', ...place }
        : { type: 'text', ...place, text: toText(parts) };
    parts = [];
    held = 0;
    number += 1;
    offset = position;
    return line;
  }

  for await (const chunk of source) {
    let start = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, start)) {
      take(chunk.subarray(start, at));
      // The line feed is counted with its line and is no part of its text.
      position += 1;
      start = at + 1;
      yield finish();
    }
    // A copy: the source may use the memory of its chunk again.
    if (start < chunk.length) take(chunk.slice(start));
  }
  if (held > 0) yield finish();
}

function toText(parts: readonly Uint8Array[]): string {
  // The decoder takes a byte order mark away.
  return new TextDecoder().decode(Buffer.concat(parts)).trim();
}
