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

interface Known {
  readonly lastMs: number;
  readonly shown: boolean;
}

/** Remembers at most `limit` entities, the ones that were used last. */
export function createStamps(limit = 20_000): Stamps {
  const known = new Map<string, Known>();

  function remember(entity: string, value: Known): void {
    known.delete(entity);
    known.set(entity, value);
    if (known.size <= limit) return;
    for (const oldest of known.keys()) {
      known.delete(oldest);
      return;
    }
  }

  return {
    next(entity, { timeMs, nowMs }) {
      const before = known.get(entity);
      const wanted = Math.floor(Math.min(timeMs, nowMs));
      const stamp = before === undefined ? wanted : Math.max(wanted, before.lastMs + 1);
      remember(entity, { lastMs: stamp, shown: before?.shown ?? false });
      return stamp;
    },
    markShown(entity) {
      const before = known.get(entity);
      if (before !== undefined) remember(entity, { ...before, shown: true });
    },
    isShown: (entity) => known.get(entity)?.shown ?? false,
    forget(entity) {
      known.delete(entity);
    },
  };
}
