/** Attributes of a span or of one of its events. */
export type Attributes = Readonly<Record<string, unknown>>;

/** The first of the keys that holds a text with something in it. */
export function firstText(attributes: Attributes, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = attributes[key];
    // ax writes this where a request has no value.
    if (typeof value === 'string' && value.trim() !== '' && value !== 'Not set') return value;
  }
  return undefined;
}

/** The first of the keys that holds a finite number. */
export function firstNumber(attributes: Attributes, keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = attributes[key];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return undefined;
}

/** The first of the keys that holds something, JSON in a text parsed. */
export function firstValue(attributes: Attributes, keys: readonly string[]): unknown {
  for (const key of keys) {
    const value = attributes[key];
    if (value !== undefined && value !== null && value !== '') return parsed(value);
  }
  return undefined;
}

// A record keeps a million characters; beyond this, parsing would only hold up the program.
const maxJsonCharacters = 4_194_304;

/** Attributes hold no objects, so instrumentation writes JSON; a text that is none, is too long, or a bare number, stays a text. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > maxJsonCharacters) return value;
  if (!/^\s*[[{"]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The same, when it is an object and no list. */
export function toObject(value: unknown): Attributes | undefined {
  const object = parsed(value);
  return isObject(object) ? object : undefined;
}

/** The attributes below a prefix, without it. */
export function below(attributes: Attributes, prefix: string): Attributes {
  // Defined and not assigned: what is named __proto__ becomes a key like any other.
  return Object.fromEntries(
    Object.keys(attributes)
      .filter((key) => key.startsWith(prefix))
      .map((key) => [key.slice(prefix.length), attributes[key]]),
  );
}

/**
 * The list that was flattened into `prefix.0.…`, `prefix.1.…`: each entry is the object of what stands below its
 * index, without `wrapper.`. None when there is nothing.
 */
export function unflattened(
  attributes: Attributes,
  prefix: string,
  wrapper: string = '',
): readonly Attributes[] {
  const entries = new Map<number, [name: string, value: unknown][]>();
  for (const key of Object.keys(attributes)) {
    if (!key.startsWith(prefix)) continue;
    const [, index, path = ''] = /^\.(\d{1,4})\.(.+)$/.exec(key.slice(prefix.length)) ?? [];
    if (index === undefined) continue;
    const entry = entries.get(Number(index)) ?? [];
    entries.set(Number(index), entry);
    const name = path.startsWith(wrapper) ? path.slice(wrapper.length) : path;
    entry.push([name, parsed(attributes[key])]);
  }
  return [...entries]
    .toSorted(([one], [other]) => one - other)
    .map(([, entry]) => Object.fromEntries(entry));
}

/** Whether it is an object and no list. */
export function isObject(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
