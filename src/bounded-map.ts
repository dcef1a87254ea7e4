/** A map that forgets: beyond its maximum the entry that was set longest ago goes. */
export interface BoundedMap<Key, Value> {
  readonly size: number;
  get(key: Key): Value | undefined;
  has(key: Key): boolean;
  /** Sets the entry, as the newest also where the key is known. Gives the value that had to go for it, if one had to. */
  set(key: Key, value: Value): Value | undefined;
  /** The value, which is no longer in the map then. */
  take(key: Key): Value | undefined;
  /** From the one that was set longest ago to the newest. */
  values(): IterableIterator<Value>;
  clear(): void;
}

// An iterator that rests holds every table that the engine has replaced since; a new one costs the next entry that goes.
const setsPerIterator = 100;

/** Makes one of at most `maximum` entries, a positive integer. What is not told to end must not fill the memory. */
export function createBoundedMap<Key, Value>(maximum: number): BoundedMap<Key, Value> {
  const entries = new Map<Key, Value>();
  // The same iterator while entries go: what it has passed is gone, so what it gives next is the oldest. A new one would
  // walk over the holes that deleted entries leave, which costs microseconds in a map of ten thousand.
  let oldest = entries.keys();
  let setsSinceOneWent = 0;

  function renewIterator(): void {
    oldest = entries.keys();
    setsSinceOneWent = 0;
  }

  function take(key: Key): Value | undefined {
    const value = entries.get(key);
    entries.delete(key);
    return value;
  }

  return {
    get size() {
      return entries.size;
    },
    get: (key) => entries.get(key),
    has: (key) => entries.has(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= maximum) {
        setsSinceOneWent += 1;
        if (setsSinceOneWent >= setsPerIterator) renewIterator();
        return undefined;
      }
      setsSinceOneWent = 0;
      const next = oldest.next();
      return next.done === true ? undefined : take(next.value);
    },
    take,
    values: () => entries.values(),
    clear() {
      entries.clear();
      renewIterator();
    },
  };
}
