import { askSession } from './conversation.ts';
import { currentRuns, type OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';
import type { AgentTraceProcessor, AgentTraceProvider } from './sdk.ts';
import { endSpan, startSpan } from './step-events.ts';

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
  return {
    async onTraceStart() {},
    async onTraceEnd() {},
    async onSpanStart(span) {
      inEachRun('A span of OpenAI Agents could not be recorded', (recording, run) => {
        startSpan(recording, run, span);
        askSession(recording, run);
      });
    },
    async onSpanEnd(span) {
      inEachRun('The end of a span of OpenAI Agents could not be recorded', (recording, run) =>
        endSpan(recording, run, span),
      );
    },
    async shutdown() {
      onShutdown();
    },
    async forceFlush() {},
  };
}

function inEachRun(what: string, fn: (recording: Recording, run: OpenRun) => void): void {
  for (const [recording, run] of currentRuns())
    recording.port.guard(what, () => fn(recording, run));
}
