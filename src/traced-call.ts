import { types } from 'node:util';

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
  if (isPlainPromise(result)) return settle(result, observer) as T;
  if (isThenable(result)) return observeThenable(result, observer);
  observer.onValue(result);
  return result;
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  return types.isPromise(value) && !types.isProxy(value) && value.constructor === Promise;
}

// The promise that is returned is the one that settles: an unhandled rejection stays one.
function settle(promise: Promise<unknown>, observer: CallObserver): Promise<unknown> {
  return promise.then(
    (value) => {
      observer.onValue(value);
      return value;
    },
    (error: unknown) => {
      observer.onError(error);
      throw error;
    },
  );
}

interface Thenable {
  then(
    onFulfilled?: (value: unknown) => unknown,
    onRejected?: (error: unknown) => unknown,
  ): unknown;
}

function isThenable(value: unknown): value is object & Thenable {
  try {
    return (
      ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
      typeof Reflect.get(value, 'then') === 'function'
    );
  } catch {
    return false;
  }
}

function observeThenable<T>(thenable: T & object & Thenable, observer: CallObserver): T {
  const then: Thenable['then'] = (onFulfilled, onRejected) =>
    thenable.then(
      (value) => {
        observer.onValue(value);
        return typeof onFulfilled === 'function' ? onFulfilled(value) : value;
      },
      (error: unknown) => {
        observer.onError(error);
        if (typeof onRejected !== 'function') throw error;
        return onRejected(error);
      },
    );
  return new Proxy(thenable, {
    get(target, key) {
      if (key === 'then') return then;
      if (key === 'catch' && 'catch' in target)
        return (onRejected?: (error: unknown) => unknown) => then(undefined, onRejected);
      // Methods run on the object itself: private fields and internal slots do not see through a proxy.
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
