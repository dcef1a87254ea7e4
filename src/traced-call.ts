import { isThenable, mapPromise } from './mapped-promise.ts';

/** What is told about the end of a call. Neither may throw. */
export interface CallObserver {
  onValue(value: unknown): void;
  onError(error: unknown): void;
}

/**
 * Calls `call` and tells how it ended, without changing how it looks to the caller: a value comes back as it is, a
 * throw is the same throw, a promise stays a promise with the same value or the same reason.
 *
 * A promise-like object that is not a plain promise (a query builder, a client's own promise class) comes back as a
 * proxy of itself: its methods work, and the end is told when somebody awaits it. It is never awaited on our side,
 * because for some of them that is what starts the work.
 */
export function observeCall<T>(call: () => T, observer: CallObserver): T {
  let result: T;
  try {
    result = call();
  } catch (error) {
    observer.onError(error);
    throw error;
  }
  if (!isThenable(result)) {
    observer.onValue(result);
    return result;
  }
  const observed = mapPromise(result, {
    onValue(value) {
      observer.onValue(value);
      return value;
    },
    onError: (error) => observer.onError(error),
  });
  // The same kind of promise, for the same value.
  return observed as T;
}
