/**
 * A field of a value that somebody else made, inherited fields included.
 * `undefined` when the value has no fields, has not this one, or when a getter or a proxy throws.
 */
export function readField(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function')
    return undefined;
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** The same for a field that is worth something only as a text with something in it. */
export function readText(value: unknown, key: string): string | undefined {
  const field = readField(value, key);
  return typeof field === 'string' && field.trim() !== '' ? field : undefined;
}

/** The first of several fields that is such a text. */
export function readFirstText(value: unknown, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = readText(value, key);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The names of its own fields; none when it is no object or does not let itself be looked at. */
export function readKeys(value: unknown): readonly string[] {
  try {
    return typeof value === 'object' && value !== null ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

/** Up to `maximum` entries of a value that may be an array; none when it is no array or when reading it throws. */
export function readEntries(value: unknown, maximum: number): readonly unknown[] {
  try {
    return Array.isArray(value)
      ? Array.from({ length: Math.min(value.length, maximum) }, (_, index) => value[index])
      : [];
  } catch {
    return [];
  }
}

// A longer text is cut when it is recorded, and would take long to read.
const longestJson = 1_000_000;

/** What a text of at most a million characters says that is JSON of an object or a list; anything else as it is. */
export function parsedJson(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > longestJson || !/^\s*[[{]/.test(value))
    return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
