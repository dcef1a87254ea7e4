import type { Ending } from '../../src/index.ts';
import { toAbandonedEnding, toAgentEnding, toStoppedEnding } from './agent-ending.ts';
import { type ExportedSpan, toTime } from './exported-span.ts';
import { runMetadata } from './metadata.ts';
import { internalUsageOf } from './model-call.ts';
import { isLost } from './processor-stop.ts';
import type { Recording } from './recording.ts';
import { inRound } from './run-progress.ts';
import { isResumed, resumedSpanId, toOwner, toRunId, toRunOptions } from './run-start.ts';
import type { TrackedRun } from './open-runs.ts';
import { toWorkflowEnding } from './workflow-ending.ts';

/** Starts the run that a span is. */
export function startRun(
  { port, runs, maxStepsOf, unended }: Recording,
  span: ExportedSpan,
): TrackedRun {
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
      resumeOf: runs.find(resumedSpanId(span))?.run.runId ?? span.traceId,
    }),
  });
  const lastTime = toTime(span.startTime) ?? port.now();
  const run = runs.addRun(span, { runId, lastTime, outer: parent?.run });
  if (isAgent) unended.register(span.startTime, run, run);
  return run;
}

/** Ends a run as its span says; one that has ended stays as it is. */
export function endRun(
  recording: Recording,
  run: TrackedRun,
  span: ExportedSpan,
  timestamp: number,
): void {
  if (!run.isOpen) return;
  tellInternalUsage(recording, run, span, timestamp);
  const { progress, outer } = run;
  const ending =
    span.type === 'agent_run'
      ? toAgentEnding(span, progress, recording.maxStepsOf(span.entityId ?? ''))
      : toWorkflowEnding(span, progress);
  if (ending.status === 'suspended' && outer !== undefined)
    outer.progress = inRound(outer.progress, { innerSuspension: ending });
  tellEnd(recording, run, { ending, timestamp, metadata: runMetadata(span) });
}

/** Ends a run that a processor stopped, where Mastra does not end the agent's span. */
export function endIfStopped(recording: Recording, run: TrackedRun, timestamp: number): void {
  const { stop } = run.progress.round;
  if (stop === undefined || run.type !== 'agent_run' || !isLost(stop)) return;
  tellEnd(recording, run, { ending: toStoppedEnding(stop, run.progress), timestamp });
}

/** Ends a run of which Mastra will tell nothing more. */
export function abandonRun(recording: Recording, run: TrackedRun): void {
  if (!recording.port.isOpen(run.runId)) return;
  tellEnd(recording, run, { ending: toAbandonedEnding(run.progress), timestamp: run.lastTime });
}

function tellEnd(
  { port, runs, unended }: Recording,
  run: TrackedRun,
  told: {
    readonly ending: Ending;
    readonly timestamp: number;
    readonly metadata?: Readonly<Record<string, unknown>>;
  },
): void {
  if (!run.isOpen) return;
  const { finishReason, stop } = run.progress.round;
  port.emit({
    type: 'run-end',
    runId: run.runId,
    timestamp: told.timestamp,
    ...told.ending,
    metadata: {
      ...told.metadata,
      ...(finishReason !== undefined && { finish_reason: finishReason }),
      ...(stop !== undefined && { processor: stop.processor }),
    },
  });
  runs.end(run);
  unended.unregister(run);
}

/** A run has no usage of its own in Langfuse, so model calls that Mastra hides in it become one step. */
function tellInternalUsage(
  { port }: Recording,
  { runId, spanId }: TrackedRun,
  span: ExportedSpan,
  end: number,
): void {
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
