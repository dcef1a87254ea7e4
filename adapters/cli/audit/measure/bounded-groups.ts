/** Values by key, at most `limit` of them. */
export interface BoundedGroups<Value> {
  /** The value to count in: that of the key, or the one of all keys that there is no room for. */
  of(key: string): Value;
  /** Keys with their values. */
  entries(): readonly (readonly [string, Value])[];
  /** What there was no room for; undefined when there was. */
  readonly other: Value | undefined;
  /** Adds all of another. */
  absorb(added: Pick<BoundedGroups<Value>, 'entries' | 'other'>): void;
}

/** How groups are made and put together. */
export interface GroupsOptions<Value> {
  readonly limit: number;
  readonly create: () => Value;
  /** Adds the second to the first. */
  readonly merge: (value: Value, added: Value) => void;
}

/**
 * Keeps the keys that sort first. That is not the most useful choice, but the only one that gives the same groups in
 * whatever order the keys come, with whole counts.
 */
export function createBoundedGroups<Value>(options: GroupsOptions<Value>): BoundedGroups<Value> {
  const { limit, create, merge } = options;
  const groups = new Map<string, Value>();
  let last = '';
  let other: Value | undefined;

  function add(key: string): Value {
    const value = create();
    groups.set(key, value);
    if (groups.size > limit) {
      const evicted = groups.get(last);
      groups.delete(last);
      other ??= create();
      if (evicted !== undefined) merge(other, evicted);
      last = lastOf(groups);
    } else if (key > last) {
      last = key;
    }
    return value;
  }

  function of(key: string): Value {
    const known = groups.get(key);
    if (known !== undefined) return known;
    return groups.size >= limit && key > last ? (other ??= create()) : add(key);
  }

  return {
    of,
    entries: () => [...groups],
    get other() {
      return other;
    },
    absorb(added) {
      for (const [key, value] of added.entries()) merge(of(key), value);
      if (added.other !== undefined) merge((other ??= create()), added.other);
    },
  };
}

function lastOf(groups: ReadonlyMap<string, unknown>): string {
  let last = '';
  for (const key of groups.keys()) if (key > last) last = key;
  return last;
}
