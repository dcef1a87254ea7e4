import {
  type AdapterPort,
  type Ending,
  type Place,
  readText,
  type RunEndEvent,
} from '../../src/index.ts';
import { abandonedEnding, agentEnding, stoppedEnding } from './agent-ending.ts';
import { isSuspended, withEnded, withStarted } from './agent-progress.ts';
import {
  attribute,
  entityLabel,
  type ExportedSpan,
  textAttribute,
  toTime,
} from './exported-span.ts';
import { createOpenRuns, type TrackedRun, type TrackedSpan } from './open-runs.ts';
import { isResumed, ownMetadata, runMetadata, toRunId, toRunOptions } from './run-start.ts';
import { roleOf } from './span-kind.ts';
import { internalUsageOf, stepFailure, toStepFacts, usageOf } from './step-facts.ts';
import { workflowEnding } from './workflow-ending.ts';

/** Turns the life of Mastra's spans into lifecycle events. */
export interface SpanRecorder {
  started(span: ExportedSpan): void;
  updated(span: ExportedSpan): void;
  ended(span: ExportedSpan): void;
  /** Where code that runs inside a span belongs. */
  placeOf(spanId: string): Place | undefined;
}

/** What is known about an agent's loop from outside. */
export type MaxStepsOf = (agentId: string) => number | undefined;

// Ended runs that are known, for spans that come late and for runs that go on.
const rememberedRuns = 200;

/** Makes a recorder. What it keeps of an open run is small and is not Mastra's. */
export function createSpanRecorder(port: AdapterPort, maxStepsOf: MaxStepsOf): SpanRecorder {
  const runs = createOpenRuns(rememberedRuns);
  // Mastra drops its spans without a word when nobody reads the stream that they belong to. What is watched is the one
  // object that a live span shares with every export of it.
  const unended = new FinalizationRegistry<TrackedRun>((run) => {
    port.guard('The Mastra adapter failed to end an abandoned run', () => {
      if (port.isOpen(run.runId)) endRun(run, abandonedEnding(run.progress), run.lastTime);
    });
  });

  function startRun(span: ExportedSpan): TrackedRun {
    const parent = runs.around(span);
    const runId = toRunId(span, !runs.isTaken(span.traceId));
    const maxIterations = maxStepsOf(span.entityId ?? '');
    port.startRun({
      ...toRunOptions(span),
      runId,
      ...(maxIterations !== undefined && span.type === 'agent_run' && { maxIterations }),
      ...(!span.isRootSpan && parent !== undefined && { parent: parent.place }),
      ...(isResumed(span) && { resumeOf: resumedRunId(span) }),
    });
    const run = runs.addRun(span, runId, toTime(span.startTime) ?? port.now());
    if (span.type === 'agent_run') unended.register(span.startTime, run, run);
    return run;
  }

  /** The suspended run; in another process it is the one that began the trace. */
  function resumedRunId(span: ExportedSpan): string {
    const suspended = readText(span.metadata, 'resumedFromSpanId') ?? span.parentSpanId;
    return runs.span(suspended)?.run.runId ?? span.traceId;
  }

  function endRun(run: TrackedRun, ending: Ending, timestamp: number, span?: ExportedSpan): void {
    if (!run.isOpen) return;
    const internal = span === undefined ? undefined : internalUsageOf(span);
    if (internal !== undefined) {
      const stepId = `${run.spanId}:internal`;
      const facts = { kind: 'generation', name: 'internal model calls', usage: internal } as const;
      const startTime = timestamp;
      port.emit({ type: 'step-end', runId: run.runId, stepId, timestamp, startTime, ...facts });
    }
    const metadata = {
      ...(span !== undefined && runMetadata(span)),
      ...(run.progress.finishReason !== undefined && { finish_reason: run.progress.finishReason }),
      ...(run.progress.stop !== undefined && { processor: run.progress.stop.processor }),
    };
    const end: RunEndEvent = { type: 'run-end', runId: run.runId, timestamp, ...ending, metadata };
    port.emit(end);
    runs.end(run);
    unended.unregister(run);
  }

  function toEnding(run: TrackedRun, span: ExportedSpan): Ending {
    switch (span.type) {
      case 'agent_run':
        return agentEnding(span, run.progress, maxStepsOf(span.entityId ?? ''));
      default:
        return workflowEnding(span, run.suspendedSteps);
    }
  }

  /** The span with its place; one that was told late, or whose run is not known, is found as far as it can be. */
  function track(span: ExportedSpan): TrackedSpan | undefined {
    const known = runs.span(span.id);
    if (known !== undefined) return known;
    const parent = runs.around(span);
    if (parent === undefined) return undefined;
    const role = roleOf(span);
    const { run } = parent;
    const isStep = role === 'step' || role === 'inference';
    const tracked: TrackedSpan = {
      run,
      place: isStep ? { runId: run.runId, stepId: span.id } : parent.place,
      frame: role === 'frame' || role === 'inference' ? parent : undefined,
      hasInference: false,
    };
    runs.addSpan(span, tracked);
    return tracked;
  }

  function parentStep(span: ExportedSpan): { readonly parentStepId?: string } {
    const stepId = runs.around(span)?.place.stepId;
    return stepId === undefined ? {} : { parentStepId: stepId };
  }

  function startStep(span: ExportedSpan, { run }: TrackedSpan): void {
    const { runId } = run;
    const timestamp = toTime(span.startTime) ?? port.now();
    const facts = toStepFacts(span, ownMetadata(span, run.metadataKeys));
    const stepId = span.id;
    port.emit({ type: 'step-start', runId, stepId, timestamp, ...parentStep(span), ...facts });
  }

  function endStep(span: ExportedSpan, { run }: TrackedSpan): void {
    const { runId } = run;
    const timestamp = toTime(span.endTime) ?? toTime(span.startTime) ?? port.now();
    const startTime = toTime(span.startTime) ?? timestamp;
    const failure = stepFailure(span);
    const isPaused = isSuspended(span) && run.progress.finishReason === 'suspended';
    port.emit({
      type: 'step-end',
      runId,
      stepId: span.id,
      timestamp,
      startTime,
      ...parentStep(span),
      ...toStepFacts(span, ownMetadata(span, run.metadataKeys)),
      ...failure,
      ...(isPaused && { failure: 'suspended' }),
    });
  }

  /** A frame is a step when the model calls inside it are not exported: it is then the one that has the usage. */
  function endFrame(span: ExportedSpan, tracked: TrackedSpan): void {
    if (!tracked.hasInference && usageOf(span) !== undefined) {
      endStep(span, tracked);
      markInference(tracked.frame);
    }
  }

  function markInference(frame: TrackedSpan | undefined, inferenceId?: string): void {
    for (let around = frame; around !== undefined; around = around.frame) {
      around.hasInference = true;
    }
    if (frame !== undefined && inferenceId !== undefined) frame.inferenceId = inferenceId;
  }

  /** A processor of these phases stops the run and Mastra does not end the agent's span. */
  function endIfStopped(run: TrackedRun, timestamp: number): void {
    const { stop } = run.progress;
    if (stop === undefined || stop.retry || run.type !== 'agent_run') return;
    const isLost =
      stop.how === 'tripwire'
        ? stop.phase === 'inputStep' || stop.phase === 'outputStream'
        : stop.phase === 'inputStep' || stop.phase === 'outputStep';
    if (isLost) endRun(run, stoppedEnding(stop, run.progress), timestamp);
  }

  return {
    started(span) {
      if (roleOf(span) === 'run') {
        if (runs.span(span.id) === undefined) startRun(span);
        return;
      }
      const tracked = track(span);
      if (tracked === undefined) return;
      const { run } = tracked;
      run.lastTime = Math.max(run.lastTime, toTime(span.startTime) ?? 0);
      run.progress = withStarted(run.progress, span);
      const role = roleOf(span);
      if (role === 'inference') markInference(tracked.frame, span.id);
      if (role === 'inference' || role === 'step') startStep(span, tracked);
    },
    updated(span) {
      const tracked = runs.span(span.id);
      if (tracked === undefined) return;
      const { run } = tracked;
      if (span.type === 'agent_run') {
        const tools = attribute(span, 'availableTools');
        if (Array.isArray(tools))
          run.progress = {
            ...run.progress,
            availableTools: tools.filter((tool) => typeof tool === 'string'),
          };
      }
      const { inferenceId } = tracked;
      if (span.type === 'model_step' && inferenceId !== undefined && span.input !== undefined) {
        const { runId } = run;
        const timestamp = port.now();
        const { input } = span;
        port.emit({ type: 'step-update', runId, stepId: inferenceId, timestamp, input });
        delete tracked.inferenceId;
      }
    },
    ended(span) {
      const timestamp = toTime(span.endTime) ?? toTime(span.startTime) ?? port.now();
      if (roleOf(span) === 'run') {
        const run = runs.span(span.id)?.run ?? startRun(span);
        endRun(run, toEnding(run, span), timestamp, span);
        return;
      }
      const tracked = track(span);
      if (tracked === undefined) return;
      const { run } = tracked;
      run.lastTime = Math.max(run.lastTime, timestamp);
      run.progress = withEnded(run.progress, span);
      if (span.type === 'workflow_step' && textAttribute(span, 'status') === 'suspended')
        run.suspendedSteps = [...run.suspendedSteps, span.entityId ?? entityLabel(span)];
      const role = roleOf(span);
      if (role === 'frame') endFrame(span, tracked);
      if (role === 'step' || role === 'inference') endStep(span, tracked);
      endIfStopped(run, timestamp);
    },
    placeOf: (spanId) => runs.span(spanId)?.place,
  };
}
