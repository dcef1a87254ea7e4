import { setImmediate } from 'node:timers/promises';
import type { Place } from './adapter-port.ts';
import type { FindPlace, Places } from './context.ts';

/** What adapters asked to be asked for or told. */
export interface AdapterHooks {
  /** Asks `find` from now on where the caller is; gives the function that ends it. */
  locate(find: FindPlace): () => void;
  /** Where they say that the caller is, as far as those runs are open. */
  places(): Places;
  /** Calls `fn` before open runs are ended; gives the function that takes it back. */
  beforeEnding(fn: () => void): () => void;
  /** Says that open runs are about to be ended. */
  tellBeforeEnding(): void;
  /** While `hasOpen` is true, an ending may be on its way that is told just after its caller got the result. */
  tellsLate(hasOpen: () => boolean): void;
  /** Calls `fn` at once, or after a turn of the event loop when an ending may be on its way. */
  whenTold<T>(fn: () => Promise<T>): Promise<T>;
  /** Calls code of an adapter; what it throws is told and goes no further. */
  guard(what: string, fn: () => void): void;
}

/** What the hooks need from the lifecycle. */
export interface AdapterHookPorts {
  readonly isOpen: (place: Place) => boolean;
  readonly reportInternal: (what: string, error: unknown) => void;
}

const nowhere: Places = new Map();

/** Makes the hooks of a lifecycle; nothing in them throws. */
export function createAdapterHooks({ isOpen, reportInternal }: AdapterHookPorts): AdapterHooks {
  const finders = new Set<FindPlace>();
  const endingListeners = new Set<() => void>();
  const latecomers: (() => boolean)[] = [];

  function guard(what: string, fn: () => void): void {
    try {
      fn();
    } catch (error) {
      reportInternal(what, error);
    }
  }

  return {
    guard,
    locate(find) {
      finders.add(find);
      return () => void finders.delete(find);
    },
    places() {
      if (finders.size === 0) return nowhere;
      const places = new Map<FindPlace, Place>();
      for (const find of finders) {
        guard('The place of a caller could not be found', () => {
          const place = find();
          if (place !== undefined && isOpen(place)) places.set(find, place);
        });
      }
      return places;
    },
    beforeEnding(fn) {
      endingListeners.add(fn);
      return () => void endingListeners.delete(fn);
    },
    tellBeforeEnding() {
      for (const listener of endingListeners)
        guard('What was known of an open run could not be told', listener);
    },
    tellsLate: (hasOpen) => void latecomers.push(hasOpen),
    whenTold: (fn) => (latecomers.some((hasOpen) => hasOpen()) ? setImmediate().then(fn) : fn()),
  };
}
