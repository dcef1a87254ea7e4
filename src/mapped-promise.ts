import * as types from 'node:util/types';

/** What is made of a promise's end. `onValue` must not throw. */
export interface PromiseMapping {
  readonly onValue: (value: unknown) => unknown;
  readonly onError: (error: unknown) => void;
}

type Then = (
  onFulfilled?: (value: unknown) => unknown,
  onRejected?: (error: unknown) => unknown,
) => unknown;

/** Whether it has a `then`. */
export function isThenable(value: unknown): value is object & PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  try {
    return typeof Reflect.get(value, 'then') === 'function';
  } catch {
    return false;
  }
}

/**
 * The same kind of promise, for what `onValue` makes of the value; a rejection stays the same.
 *
 * A promise of a class of its own comes back as a proxy of itself that has its methods. It is awaited only when
 * somebody awaits it: for some that is what starts the work.
 */
export function mapPromise(
  promise: object & PromiseLike<unknown>,
  mapping: PromiseMapping,
): unknown {
  const isPlain =
    types.isPromise(promise) && !types.isProxy(promise) && promise.constructor === Promise;
  if (isPlain) return toMapped(promise, mapping)();
  const then = toMapped(promise, mapping);
  return new Proxy(promise, {
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

function toMapped(promise: PromiseLike<unknown>, { onValue, onError }: PromiseMapping): Then {
  // Whoever awaits twice gets the same twice where it is the same without the mapping; a lazy query may run again.
  let mapped: { readonly from: unknown; readonly value: unknown } | undefined;
  return (onFulfilled, onRejected) =>
    promise.then(
      (value) => {
        if (mapped === undefined || !Object.is(mapped.from, value))
          mapped = { from: value, value: onValue(value) };
        return typeof onFulfilled === 'function' ? onFulfilled(mapped.value) : mapped.value;
      },
      (error: unknown) => {
        onError(error);
        if (typeof onRejected !== 'function') throw error;
        return onRejected(error);
      },
    );
}
