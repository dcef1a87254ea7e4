/** The SDK's `run`, by what is used of it. */
export type AgentRun = (...args: never[]) => Promise<unknown>;

/** The SDK's `Runner`, by what is used of it. */
export interface AgentRunner {
  run(...args: never[]): Promise<unknown>;
}

/** A trace processor as the SDK calls it. */
export interface AgentTraceProcessor {
  onTraceStart(trace: unknown): Promise<void>;
  onTraceEnd(trace: unknown): Promise<void>;
  onSpanStart(span: unknown): Promise<void>;
  onSpanEnd(span: unknown): Promise<void>;
  shutdown(timeout?: number): Promise<void>;
  forceFlush(): Promise<void>;
}

/** The SDK's trace provider, what `getGlobalTraceProvider()` gives, by what is used of it. */
export interface AgentTraceProvider {
  /** Adds to the processors that are there. */
  registerProcessor(processor: AgentTraceProcessor): void;
  getCurrentSpan(): unknown;
  getCurrentTrace(): unknown;
}

// All copies of the SDK in a process share the provider under this key (agents-core, tracing/provider). To import the
// SDK here instead could load a second copy, and loading it replaces the trace processors that the program has set.
const providerKey = Symbol.for('openai.agents.core.traceProvider');

/** The trace provider of the SDK that is loaded; `undefined` before the SDK has made it. */
export function findTraceProvider(): AgentTraceProvider | undefined {
  const provider: unknown = Reflect.get(globalThis, providerKey);
  return isTraceProvider(provider) ? provider : undefined;
}

/** Whether a value has what we call on a trace provider. */
export function isTraceProvider(value: unknown): value is AgentTraceProvider {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['registerProcessor', 'getCurrentSpan', 'getCurrentTrace'].every(
      (method) => typeof Reflect.get(value, method) === 'function',
    )
  );
}
