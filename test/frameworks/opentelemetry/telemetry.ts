import { context, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll } from 'vitest';

import type { Lifecycle } from '../../../adapters/index.ts';
import {
  LifecycleSpanProcessor,
  type LifecycleSpanProcessorOptions,
} from '../../../adapters/opentelemetry/index.ts';

/** Registers a context manager with the API, as an SDK does it at its start, for the tests of a file. */
export function withContextManager(): void {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterAll(() => context.disable());
}

/** A provider whose spans come to the lifecycle; without one they come to nobody. */
export function provider(
  lifecycle: Lifecycle | undefined,
  options?: LifecycleSpanProcessorOptions,
): BasicTracerProvider {
  return new BasicTracerProvider({
    spanProcessors: lifecycle === undefined ? [] : [new LifecycleSpanProcessor(lifecycle, options)],
  });
}

/** A tracer of such a provider, under the name of an instrumentation. */
export function tracer(lifecycle: Lifecycle | undefined, scope = 'test'): Tracer {
  return provider(lifecycle).getTracer(scope);
}
