import * as types from 'node:util/types';

/** Stands in for what throws whatever one does with it. */
export const unreadable = '[unreadable]';

/** Whether accessors are run, or only named: those of a class may query, compute or consume. */
export type Accessors = 'run' | 'name';

const messageLength = 200;
/** Decimal text of a larger one takes time that grows with the square of its length. */
const largestBigint = 1n << 4_096n;

/** One member of a host object; what stands in for it when reading throws. */
export function readMember(object: object, key: string | number, accessors: Accessors): unknown {
  try {
    const isAccessor =
      accessors === 'name' && Object.getOwnPropertyDescriptor(object, key)?.get !== undefined;
    return isAccessor ? '[getter]' : Reflect.get(object, key);
  } catch (error) {
    return unreadableMember(object, error);
  }
}

/** A member of a plain object: what {@link readMember} does, without a call of `Reflect.get`, which costs more than the read. */
export function readField(object: Readonly<Record<string, unknown>>, key: string): unknown {
  try {
    return object[key];
  } catch (error) {
    return unreadableMember(object, error);
  }
}

/** The same for an element of an array. */
export function readElement(array: readonly unknown[], index: number): unknown {
  try {
    return array[index];
  } catch (error) {
    return unreadableMember(array, error);
  }
}

function unreadableMember(object: object, error: unknown): string {
  return types.isProxy(object) ? unreadable : `[getter threw: ${thrownMessage(error)}]`;
}

/** What the object's own `toJSON` says; the object itself when it has none. */
export function callToJson(object: { readonly toJSON?: unknown }): unknown {
  const { toJSON: toJson } = object;
  if (typeof toJson !== 'function') return object;
  try {
    const json: unknown = Reflect.apply(toJson, object, ['']);
    // This call made the promise: nobody else would handle its rejection.
    if (types.isPromise(json)) void Promise.prototype.then.call(json, undefined, () => undefined);
    return json;
  } catch (error) {
    return `[toJSON threw: ${thrownMessage(error)}]`;
  }
}

function thrownMessage(error: unknown): string {
  try {
    const message: unknown = error instanceof Error ? error.message : error;
    return typeof message === 'string' ? message.slice(0, messageLength) : typeof message;
  } catch {
    return 'unknown';
  }
}

/** In decimal, up to 4,096 bits. */
export function bigintText(value: bigint): string {
  const isLarge = value > largestBigint || value < -largestBigint;
  return isLarge ? '[bigint over 4,096 bits]' : String(value);
}

/** `[symbol name]` */
export function symbolText(value: symbol): string {
  return `[symbol ${value.description ?? ''}]`.replace(' ]', ']');
}

/** `[function name]` */
export function functionText(value: object): string {
  const name = readMember(value, 'name', 'run');
  return typeof name === 'string' && name !== '' ? `[function ${name}]` : '[function]';
}
