import { readField } from '../foreign-value.ts';
import type { StreamLease } from './stream-lease.ts';
import { observeCall } from '../traced-call.ts';

type Method = (...args: unknown[]) => unknown;
type Traced = ReadonlyMap<PropertyKey, Method>;

/** How an iterator is iterated: `for await` or `for`. */
type Pace = 'async' | 'sync';

const iteratorPrototype: object = Object.getPrototypeOf(
  Object.getPrototypeOf([][Symbol.iterator]()),
);
const asyncIteratorPrototype: object = Object.getPrototypeOf(
  Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())),
);

/**
 * The same iterable, iterator or generator with everything that it can do; whoever iterates it is followed. Chunks and
 * results pass as they are, nothing is read ahead, and the code of the source runs in the context of its run.
 */
export function traceIterable<T extends object>(source: T, lease: StreamLease): T {
  const pace = isFunction(member(source, Symbol.asyncIterator)) ? 'async' : 'sync';
  return traceIterator(source, { lease, pace });
}

interface Door {
  readonly lease: StreamLease;
  readonly pace: Pace;
}

function traceIterator<T extends object>(source: T, door: Door): T {
  const isGenerator =
    inheritsFrom(source, iteratorPrototype) || inheritsFrom(source, asyncIteratorPrototype);
  // A member that is fixed on the object itself could not be shown in another form by a proxy of it.
  const target = hasFixedMembers(source) ? Object.create(source) : source;
  const proxy: T = new Proxy(target, {
    get(_target, key) {
      const own = traced.get(key);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(source, key, source);
      if (!isFunction(value) || key === 'constructor') return value;
      // Methods of built-in iterators (`map`, `return` on disposal) go by `next` and `return` of what they are called
      // on; those of other objects may need their private fields, which are not seen through a proxy.
      return isGenerator && isBuiltIn(key, value) ? value : value.bind(source);
    },
    set: (_target, key, value) => Reflect.set(source, key, value, source),
  });
  const traced = tracedMembers(source, door, proxy);
  return proxy;
}

function isBuiltIn(key: PropertyKey, method: Method): boolean {
  return [iteratorPrototype, asyncIteratorPrototype].some(
    (prototype) => member(prototype, key) === method,
  );
}

function inheritsFrom(object: object, prototype: object): boolean {
  return Object.prototype.isPrototypeOf.call(prototype, object);
}

function hasFixedMembers(object: object): boolean {
  return Object.values(Object.getOwnPropertyDescriptors(object)).some(
    ({ configurable }) => configurable !== true,
  );
}

function tracedMembers(source: object, door: Door, proxy: object): Traced {
  const members = new Map<PropertyKey, Method>();
  const next = member(source, 'next');
  if (isFunction(next)) {
    members.set('next', tracedMethod(source, next, door));
    members.set('return', tracedReturn(source, door));
    const raise = member(source, 'throw');
    if (isFunction(raise)) members.set('throw', tracedMethod(source, raise, door));
  }
  for (const [key, pace] of [
    [Symbol.asyncIterator, 'async'],
    [Symbol.iterator, 'sync'],
  ] as const) {
    const open = member(source, key);
    if (isFunction(open))
      members.set(key, opened(source, open, { proxy, door: { ...door, pace } }));
  }
  return members;
}

function opened(
  source: object,
  open: Method,
  { proxy, door }: { readonly proxy: object; readonly door: Door },
): Method {
  return () => {
    const iterator = observed(door, () => Reflect.apply(open, source, []), ignore);
    if (iterator === source) return proxy;
    return typeof iterator === 'object' && iterator !== null
      ? traceIterator(iterator, door)
      : iterator;
  };
}

function tracedMethod(source: object, method: Method, door: Door): Method {
  return (...args) =>
    observed(
      door,
      () => Reflect.apply(method, source, args),
      (result) => {
        if (isDone(result)) door.lease.session.finish(readField(result, 'value'));
        else door.lease.session.chunk(readField(result, 'value'));
      },
    );
}

/** A source without `return` gets one, because that is how a reader says that it stops. */
function tracedReturn(source: object, door: Door): Method {
  const method = member(source, 'return');
  const call: Method = isFunction(method)
    ? (...args) => Reflect.apply(method, source, args)
    : (value) =>
        door.pace === 'async' ? Promise.resolve({ done: true, value }) : { done: true, value };
  return (...args) =>
    observed(
      door,
      () => call(...args),
      (result) => {
        if (isDone(result)) door.lease.session.leave({ how: 'stopped' });
        else door.lease.session.chunk(readField(result, 'value'));
      },
    );
}

function observed(door: Door, call: () => unknown, onValue: (result: unknown) => void): unknown {
  return observeCall(() => door.lease.session.within(call), {
    onValue,
    onError: (error) => door.lease.session.fail(error),
  });
}

function ignore(): void {}

function isDone(result: unknown): boolean {
  return Boolean(readField(result, 'done'));
}

function member(object: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(object, key);
  } catch {
    return undefined;
  }
}

function isFunction(value: unknown): value is Method {
  return typeof value === 'function';
}
