/** Where LangChain keeps the async context of all its copies, and what stands in it. */
const storageKey = Symbol.for('ls:tracing_async_local_storage');
const configKey = Symbol.for('lc:child_config');
const variablesKey = Symbol.for('lc:context_variables');

/** Our context variable: the id of the LangChain run that passed it on. */
const callerKey = Symbol.for('langfuse-lifecycle.langchain-caller');

/**
 * The id of the LangChain run (a tool, a node, a lambda) whose code is running here; `undefined` outside of one, and
 * where LangChain has no async context: it has one as soon as `@langchain/langgraph` or `@langchain/core/context` is
 * loaded. Read from `AsyncLocalStorageProvider` of @langchain/core 1.4.
 */
export function runningRunId(): string | undefined {
  return safely(() => {
    const config = read(read(currentStore(), 'extra'), configKey);
    const runId = read(read(config, 'callbacks'), '_parentRunId');
    return typeof runId === 'string' ? runId : undefined;
  });
}

/**
 * Leaves the id for what is called from here. LangChain passes its context variables on to the contexts that it makes,
 * also where the call has callbacks of its own and nothing else says what it is called from.
 */
export function leaveCaller(runId: string): void {
  safely(() => {
    const store = currentStore();
    if (typeof store !== 'object' || store === null) return;
    const variables = read(store, variablesKey);
    if (read(variables, callerKey) === runId) return;
    const others = typeof variables === 'object' ? variables : {};
    Reflect.set(store, variablesKey, { ...others, [callerKey]: runId });
  });
}

/** The id that was left on the way here. */
export function leftCaller(): string | undefined {
  return safely(() => {
    const runId = read(read(currentStore(), variablesKey), callerKey);
    return typeof runId === 'string' ? runId : undefined;
  });
}

function currentStore(): unknown {
  const storage: unknown = Reflect.get(globalThis, storageKey);
  const getStore = read(storage, 'getStore');
  return typeof getStore === 'function' ? Reflect.apply(getStore, storage, []) : undefined;
}

function read(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function safely<T>(fn: () => T | undefined): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
