/** An object that is, for whoever uses it, the one that `find` gives. `find` is called at each use, and not before. */
export function objectOnFirstUse<T extends object>(find: () => T): T {
  return new Proxy({} as T, {
    get: (_target, key) => Reflect.get(find(), key),
    set: (_target, key, value) => Reflect.set(find(), key, value),
    has: (_target, key) => Reflect.has(find(), key),
    getPrototypeOf: () => Reflect.getPrototypeOf(find()),
    ownKeys: () => Reflect.ownKeys(find()),
    getOwnPropertyDescriptor(_target, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(find(), key);
      // A proxy may not call a property fixed that its own target does not have.
      return descriptor && { ...descriptor, configurable: true };
    },
    defineProperty: (_target, key, descriptor) => Reflect.defineProperty(find(), key, descriptor),
    deleteProperty: (_target, key) => Reflect.deleteProperty(find(), key),
  });
}
