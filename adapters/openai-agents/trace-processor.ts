import { AsyncLocalStorage } from 'node:async_hooks';

import type { AdapterPort } from '../../src/index.ts';
import type { AgentTraceProcessor, AgentTraceProvider } from './sdk.ts';
import type { SpanSteps } from './span-steps.ts';

/** The run in which the caller is, one for each lifecycle. */
export type TracedRuns = ReadonlyMap<AdapterPort, TracedRun>;

/** A run of the SDK, as long as something of it is going on. */
export interface TracedRun {
  readonly runId: string;
  readonly steps: SpanSteps;
  /** A span or an agent of the run has begun: the SDK has read the session. */
  onProgress(): void;
}

// One for all lifecycles: the SDK's callbacks run in the async context of whoever made the span.
const tracedRuns = new AsyncLocalStorage<TracedRuns>();

/** The runs around the caller. */
export function currentRuns(): TracedRuns {
  return tracedRuns.getStore() ?? new Map();
}

/** Calls `fn` inside a run, besides those of other lifecycles. */
export function withinRun<T>(port: AdapterPort, run: TracedRun, fn: () => T): T {
  return tracedRuns.run(new Map(currentRuns()).set(port, run), fn);
}

const registered = new WeakSet<AgentTraceProvider>();

/** Adds our one processor to those of the SDK, unless it is there. */
export function ensureProcessor(provider: AgentTraceProvider | undefined): void {
  if (provider === undefined || registered.has(provider)) return;
  registered.add(provider);
  // `setTraceProcessors` shuts down the processors that it takes away; then ours is added again before the next run.
  // One that was shut down and kept makes two: a span is told once, whoever tells it.
  provider.registerProcessor(createProcessor(() => registered.delete(provider)));
}

function createProcessor(onShutdown: () => void): AgentTraceProcessor {
  function tell(what: string, fn: (run: TracedRun) => void): void {
    for (const [port, run] of currentRuns()) port.guard(what, () => fn(run));
  }

  return {
    async onTraceStart() {},
    async onTraceEnd() {},
    async onSpanStart(span) {
      tell('A span of OpenAI Agents could not be recorded', (run) => {
        run.steps.started(span);
        run.onProgress();
      });
    },
    async onSpanEnd(span) {
      tell('The end of a span of OpenAI Agents could not be recorded', (run) =>
        run.steps.ended(span),
      );
    },
    async shutdown() {
      onShutdown();
    },
    async forceFlush() {},
  };
}
