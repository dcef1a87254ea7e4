/** Where LangChain keeps the async context of all its copies. */
const storageKey = Symbol.for('ls:tracing_async_local_storage');
const configKey = Symbol.for('lc:child_config');

/**
 * The id of the LangChain run (a tool, a node, a lambda) whose code is running here; `undefined` outside of one, and
 * where LangChain has no async context: it has one as soon as `@langchain/langgraph` or `@langchain/core/context` is
 * loaded. Read from `AsyncLocalStorageProvider` of @langchain/core 1.4.
 */
export function runningRunId(): string | undefined {
  try {
    const storage: unknown = Reflect.get(globalThis, storageKey);
    const getStore = read(storage, 'getStore');
    if (typeof getStore !== 'function') return undefined;
    const store: unknown = Reflect.apply(getStore, storage, []);
    const callbacks = read(read(read(store, 'extra'), configKey), 'callbacks');
    const runId = read(callbacks, '_parentRunId');
    return typeof runId === 'string' ? runId : undefined;
  } catch {
    return undefined;
  }
}

function read(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
