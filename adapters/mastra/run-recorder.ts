import type { AdapterPort, Ending, RunEndEvent } from '../../src/index.ts';
import { abandonedEnding, agentEnding, stoppedEnding } from './agent-ending.ts';
import type { ProcessorStop } from './agent-progress.ts';
import { type ExportedSpan, toTime } from './exported-span.ts';
import type { OpenRuns, TrackedRun } from './open-runs.ts';
import {
  isResumed,
  resumedSpanId,
  runMetadata,
  toOwner,
  toRunId,
  toRunOptions,
} from './run-start.ts';
import { internalUsageOf } from './step-facts.ts';
import { workflowEnding } from './workflow-ending.ts';

/** What is known about an agent's loop from outside. */
export type MaxStepsOf = (agentId: string) => number | undefined;

/** Starts and ends runs. */
export interface RunRecorder {
  start(span: ExportedSpan): TrackedRun;
  /** Ends a run as its span says; one that has ended stays as it is. */
  end(run: TrackedRun, span: ExportedSpan, timestamp: number): void;
  /** Ends a run that a processor stopped, where Mastra does not end the agent's span. */
  endIfStopped(run: TrackedRun, timestamp: number): void;
}

/** Makes a recorder of runs. */
export function createRunRecorder(
  port: AdapterPort,
  runs: OpenRuns,
  maxStepsOf: MaxStepsOf,
): RunRecorder {
  // Mastra drops its spans without a word when nobody reads the stream that they belong to. What is watched is the one
  // object that a live span shares with every export of it.
  const unended = new FinalizationRegistry<TrackedRun>((run) => {
    port.guard('The Mastra adapter failed to end an abandoned run', () => {
      if (port.isOpen(run.runId)) emitEnd(run, abandonedEnding(run.progress), run.lastTime);
    });
  });

  function emitEnd(run: TrackedRun, ending: Ending, timestamp: number, span?: ExportedSpan): void {
    if (!run.isOpen) return;
    const { finishReason, stop } = run.progress;
    const metadata = {
      ...(span !== undefined && runMetadata(span)),
      ...(finishReason !== undefined && { finish_reason: finishReason }),
      ...(stop !== undefined && { processor: stop.processor }),
    };
    const end: RunEndEvent = { type: 'run-end', runId: run.runId, timestamp, ...ending, metadata };
    port.emit(end);
    runs.end(run);
    unended.unregister(run);
  }

  /** A run has no usage of its own in Langfuse, so model calls that Mastra hides in it become one step. */
  function emitInternalUsage({ runId, spanId }: TrackedRun, span: ExportedSpan, end: number): void {
    const usage = internalUsageOf(span);
    if (usage === undefined) return;
    port.emit({
      type: 'step-end',
      runId,
      stepId: `${spanId}:internal`,
      timestamp: end,
      startTime: end,
      kind: 'generation',
      name: 'internal model calls',
      usage,
    });
  }

  return {
    start(span) {
      const runId = toRunId(span, !runs.isTaken(span.traceId));
      const parent = span.isRootSpan ? undefined : runs.around(span);
      const isAgent = span.type === 'agent_run';
      const maxIterations = isAgent ? maxStepsOf(span.entityId ?? '') : undefined;
      port.startRun({
        ...toRunOptions(span),
        ...(parent === undefined && toOwner(span)),
        runId,
        ...(maxIterations !== undefined && { maxIterations }),
        ...(parent !== undefined && { parent: parent.place }),
        // In another process the suspended run is taken to be the one that began the trace.
        ...(isResumed(span) && {
          resumeOf: runs.span(resumedSpanId(span))?.run.runId ?? span.traceId,
        }),
      });
      const lastTime = toTime(span.startTime) ?? port.now();
      const run = runs.addRun(span, { runId, lastTime, outer: parent?.run });
      if (isAgent) unended.register(span.startTime, run, run);
      return run;
    },
    end(run, span, timestamp) {
      if (!run.isOpen) return;
      emitInternalUsage(run, span, timestamp);
      const ending =
        span.type === 'agent_run'
          ? agentEnding(span, run.progress, maxStepsOf(span.entityId ?? ''))
          : workflowEnding(span, run.suspendedSteps);
      if (ending.status === 'suspended' && run.outer !== undefined)
        run.outer.progress = { ...run.outer.progress, innerSuspension: ending };
      emitEnd(run, ending, timestamp, span);
    },
    endIfStopped(run, timestamp) {
      const { stop } = run.progress;
      if (stop === undefined || run.type !== 'agent_run' || !isLost(stop)) return;
      emitEnd(run, stoppedEnding(stop, run.progress), timestamp);
    },
  };
}

/** Where a processor stops the run so that Mastra 1.71 never ends the agent's span. */
function isLost({ how, phase, retry }: ProcessorStop): boolean {
  if (retry) return false;
  switch (how) {
    case 'tripwire':
      return phase === 'inputStep' || phase === 'outputStream';
    case 'broke':
      return phase === 'inputStep' || phase === 'outputStep';
    default:
      return how satisfies never;
  }
}
