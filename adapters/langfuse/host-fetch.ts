import { readText } from '../../src/index.ts';

/**
 * Whether the global `fetch` is more than what Node.js comes with: that of another runtime, a mock, a wrapper, or one whose
 * dispatcher the host has set up, for example with a proxy or a certificate authority of its own. What is not recognised
 * counts as that.
 */
export function isFetchOfHost(): boolean {
  return !isNode() || !isFetchOfNode(globalThis.fetch) || !isPlain(dispatcher());
}

// Other runtimes call themselves Node too, and imitate its HTTP on top of their own. Node.js 20 has no navigator.
function isNode(): boolean {
  const navigator: unknown = Reflect.get(globalThis, 'navigator');
  return (
    navigator === undefined || readText(navigator, 'userAgent')?.startsWith('Node.js/') === true
  );
}

// By its text, which looks the same since Node.js 18: who comes first, a mock or this module, is not known.
function isFetchOfNode(fetch: unknown): boolean {
  return (
    typeof fetch === 'function' &&
    Function.prototype.toString.call(fetch).includes('internal/deps/undici')
  );
}

// `setGlobalDispatcher` of undici puts it there, by whatever copy of it.
function dispatcher(): unknown {
  return Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));
}

/** None yet, or the one that Node's own `fetch` makes at its first request: an `Agent` without options for connections. */
function isPlain(found: unknown): boolean {
  if (found === undefined) return true;
  if (typeof found !== 'object' || found === null || found.constructor.name !== 'Agent')
    return false;
  const symbol = Object.getOwnPropertySymbols(found).find(
    ({ description }) => description === 'options',
  );
  const options: unknown = symbol && Reflect.get(found, symbol);
  return (
    typeof options === 'object' &&
    options !== null &&
    ['connect', 'tls'].every((name) => Reflect.get(options, name) === undefined)
  );
}
