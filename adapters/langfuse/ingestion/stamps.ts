/** When each event of an entity is said to have been sent. */
export interface Stamps {
  /**
   * The stamp of the next event of `entity`, milliseconds: when it happened, but never in the future and always later
   * than the one before. The server folds events by stamp, and among equal stamps the first one wins.
   */
  next(entity: string, happened: { readonly timeMs: number; readonly nowMs: number }): number;
  /** Remembers that the server has acknowledged `entity` while it was open. */
  markShown(entity: string): void;
  isShown(entity: string): boolean;
  /** Forgets `entity`: the last word on it was acknowledged. */
  forget(entity: string): void;
}

/** Remembers at most `limit` entities that are shown and as many others, the ones that were stamped last. */
export function createStamps(limit = 20_000): Stamps {
  // The last stamp of each, counted from the first of all: as small integers thousands of them take no room of their own.
  const shown = new Map<string, number>();
  const others = new Map<string, number>();
  let firstMs: number | undefined;

  function remember(known: Map<string, number>, entity: string, stamp: number): void {
    known.delete(entity);
    known.set(entity, stamp);
    if (known.size <= limit) return;
    for (const oldest of known.keys()) {
      known.delete(oldest);
      return;
    }
  }

  return {
    next(entity, { timeMs, nowMs }) {
      const wantedMs = Math.floor(Math.min(timeMs, nowMs));
      firstMs ??= wantedMs;
      const known = shown.has(entity) ? shown : others;
      const before = known.get(entity) ?? -Infinity;
      const stamp = Math.max(wantedMs - firstMs, before + 1);
      remember(known, entity, stamp);
      return firstMs + stamp;
    },
    markShown(entity) {
      const stamp = others.get(entity);
      if (stamp === undefined) return;
      others.delete(entity);
      remember(shown, entity, stamp);
    },
    isShown: (entity) => shown.has(entity),
    forget(entity) {
      shown.delete(entity);
      others.delete(entity);
    },
  };
}
