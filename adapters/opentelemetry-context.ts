/** A context of OpenTelemetry, as far as it is used here: by its form, so that nobody has to install its API. */
export interface OpenTelemetryContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): OpenTelemetryContext;
}

/** What keeps track of the active context. */
export interface ContextManager {
  active(): OpenTelemetryContext;
  with<T>(context: OpenTelemetryContext, fn: () => T): T;
}

// Where every copy of the API, version 1, keeps what is registered: https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts
const apiKey = Symbol.for('opentelemetry.js.api.1');

// Keys of contexts are registered symbols of their descriptions, so that several copies of a package find the same value.
const suppressKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * The context manager that the program has registered with OpenTelemetry, by whatever copy of its API; undefined in a
 * program without one. Loads nothing and costs two look-ups, because it is asked at every run and step.
 */
export function registeredContextManager(): ContextManager | undefined {
  const api: unknown = Reflect.get(globalThis, apiKey);
  return typeof api === 'object' &&
    api !== null &&
    'context' in api &&
    isContextManager(api.context)
    ? api.context
    : undefined;
}

/**
 * Calls `fn` in a changed OpenTelemetry context, or as it is when there is none or it cannot be changed; gives what `fn`
 * gives and throws what it throws.
 */
export function withOpenTelemetryContext<T>(
  change: (active: OpenTelemetryContext) => OpenTelemetryContext,
  fn: () => T,
): T {
  const manager = registeredContextManager();
  if (manager === undefined) return fn();
  let wasCalled = false;
  try {
    return manager.with(change(manager.active()), () => {
      wasCalled = true;
      return fn();
    });
  } catch (error) {
    if (wasCalled) throw error;
    return fn();
  }
}

/** Calls `fn` so that instrumentation of the program makes no spans of what it does. */
export function withoutTracing<T>(fn: () => T): T {
  return withOpenTelemetryContext((active) => active.setValue(suppressKey, true), fn);
}

function isContextManager(value: unknown): value is ContextManager {
  return (
    typeof value === 'object' &&
    value !== null &&
    'active' in value &&
    'with' in value &&
    typeof value.active === 'function' &&
    typeof value.with === 'function'
  );
}
