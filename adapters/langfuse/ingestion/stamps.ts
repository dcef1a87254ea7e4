import { createBoundedMap } from '../../../src/index.ts';

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
  const shown = createBoundedMap<string, number>(limit);
  const others = createBoundedMap<string, number>(limit);
  let firstMs: number | undefined;

  return {
    next(entity, { timeMs, nowMs }) {
      const wantedMs = Math.floor(Math.min(timeMs, nowMs));
      firstMs ??= wantedMs;
      const known = shown.has(entity) ? shown : others;
      const before = known.get(entity) ?? -Infinity;
      const stamp = Math.max(wantedMs - firstMs, before + 1);
      known.set(entity, stamp);
      return firstMs + stamp;
    },
    markShown(entity) {
      const stamp = others.take(entity);
      if (stamp !== undefined) shown.set(entity, stamp);
    },
    isShown: (entity) => shown.has(entity),
    forget(entity) {
      shown.take(entity);
      others.take(entity);
    },
  };
}
