/** A piece of a line, by what it is. */
export interface JsonToken {
  readonly kind: 'key' | 'text' | 'number' | 'word' | 'mark';
  readonly text: string;
}

/** A line of formatted JSON. */
export interface JsonLine {
  readonly indent: number;
  readonly tokens: readonly JsonToken[];
}

/** How much is laid out. */
export interface JsonLimits {
  readonly lines: number;
  /** Characters of one line of text. */
  readonly characters: number;
}

/** Formatted JSON, and whether a limit cut it. */
export interface FormattedJson {
  readonly lines: readonly JsonLine[];
  readonly isCut: boolean;
}

/**
 * JSON for reading: two columns of indent a level, the lines of a text as lines of their own. A text that stands alone is
 * shown without quotes. Copying uses `JSON.stringify`, which shows every escape.
 */
export function toJsonLines(value: unknown, limits: JsonLimits): FormattedJson {
  const lines: JsonLine[] = [];
  let isCut = false;

  function add(indent: number, tokens: readonly JsonToken[]): void {
    if (lines.length >= limits.lines) {
      isCut = true;
      return;
    }
    lines.push({ indent, tokens: tokens.map(shorten) });
  }

  function shorten(token: JsonToken): JsonToken {
    if (token.text.length <= limits.characters) return token;
    isCut = true;
    const text = token.text.slice(0, limits.characters).toWellFormed();
    return { ...token, text: `${text}…` };
  }

  function addText(text: string, { indent, before, after }: Frame): void {
    const parts = text.split(/\r\n|\r|\n/);
    for (const [index, part] of parts.entries()) {
      const opening = index === 0 ? [...before, mark('"')] : [];
      const closing = index === parts.length - 1 ? [mark('"'), ...after] : [];
      add(index === 0 ? indent : indent + 1, [
        ...opening,
        { kind: 'text', text: part },
        ...closing,
      ]);
    }
  }

  function addEntries(
    entries: readonly Entry[],
    { indent, before, after }: Frame,
    brackets: Brackets,
  ): void {
    if (entries.length === 0) {
      add(indent, [...before, mark(brackets.join('')), ...after]);
      return;
    }
    add(indent, [...before, mark(brackets[0])]);
    for (const [index, [key, item]] of entries.entries()) {
      // What comes later could not be shown anyway.
      if (isCut && lines.length >= limits.lines) return;
      const named: readonly JsonToken[] =
        key === undefined ? [] : [{ kind: 'key', text: JSON.stringify(key) }, mark(': ')];
      const isLast = index === entries.length - 1;
      addValue(item, { indent: indent + 1, before: named, after: isLast ? [] : [mark(',')] });
    }
    add(indent, [mark(brackets[1]), ...after]);
  }

  function addValue(item: unknown, frame: Frame): void {
    if (typeof item === 'string') addText(item, frame);
    else if (Array.isArray(item))
      addEntries(
        item.map((one): Entry => [undefined, one]),
        frame,
        ['[', ']'],
      );
    else if (typeof item === 'object' && item !== null)
      addEntries(Object.entries(item), frame, ['{', '}']);
    else {
      const kind = typeof item === 'number' ? 'number' : 'word';
      add(frame.indent, [...frame.before, { kind, text: String(item) }, ...frame.after]);
    }
  }

  if (typeof value === 'string') {
    for (const part of value.split(/\r\n|\r|\n/)) add(0, [{ kind: 'text', text: part }]);
  } else addValue(value, { indent: 0, before: [], after: [] });
  return { lines, isCut };
}

interface Frame {
  readonly indent: number;
  readonly before: readonly JsonToken[];
  readonly after: readonly JsonToken[];
}

type Entry = readonly [key: string | undefined, value: unknown];
type Brackets = readonly [string, string];

function mark(text: string): JsonToken {
  return { kind: 'mark', text };
}
