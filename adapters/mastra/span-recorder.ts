import type { AdapterPort, Place } from '../../src/index.ts';
import { withEnded, withStarted, withTools } from './agent-progress.ts';
import { entityLabel, type ExportedSpan, textAttribute, toTime } from './exported-span.ts';
import { createOpenRuns, type TrackedRun } from './open-runs.ts';
import { createRunRecorder, type MaxStepsOf } from './run-recorder.ts';
import { roleOf } from './span-kind.ts';
import { createStepRecorder } from './step-recorder.ts';

/** Turns the life of Mastra's spans into lifecycle events. */
export interface SpanRecorder {
  started(span: ExportedSpan): void;
  updated(span: ExportedSpan): void;
  ended(span: ExportedSpan): void;
  /** Where code that runs inside a span belongs. */
  placeOf(spanId: string): Place | undefined;
}

// Ended runs that are known, for spans that come late and for runs that go on.
const rememberedRuns = 200;

/** Makes a recorder. What it keeps of an open run is small and is not the host's. */
export function createSpanRecorder(port: AdapterPort, maxStepsOf: MaxStepsOf): SpanRecorder {
  const openRuns = createOpenRuns(rememberedRuns);
  const runs = createRunRecorder(port, openRuns, maxStepsOf);
  const steps = createStepRecorder(port, openRuns);

  return {
    started(span) {
      if (roleOf(span) === 'run') {
        if (openRuns.span(span.id) === undefined) runs.start(span);
        return;
      }
      const tracked = openRuns.track(span);
      if (tracked === undefined) return;
      heard(tracked.run, toTime(span.startTime));
      tracked.run.progress = withStarted(tracked.run.progress, span);
      steps.started(span, tracked);
    },
    updated(span) {
      const tracked = openRuns.span(span.id);
      if (tracked === undefined) return;
      tracked.run.progress = withTools(tracked.run.progress, span);
      steps.updated(span, tracked);
    },
    ended(span) {
      const timestamp = toTime(span.endTime) ?? toTime(span.startTime) ?? port.now();
      if (roleOf(span) === 'run') {
        const run = openRuns.span(span.id)?.run ?? runs.start(span);
        runs.end(run, span, timestamp);
        return;
      }
      const tracked = openRuns.track(span);
      if (tracked === undefined) return;
      const { run } = tracked;
      heard(run, timestamp);
      run.progress = withEnded(run.progress, span);
      noteSuspendedStep(run, span);
      steps.ended(span, tracked, timestamp);
      runs.endIfStopped(run, timestamp);
    },
    placeOf: (spanId) => openRuns.span(spanId)?.place,
  };
}

function heard(run: TrackedRun, time: number | undefined): void {
  run.lastTime = Math.max(run.lastTime, time ?? 0);
}

function noteSuspendedStep(run: TrackedRun, span: ExportedSpan): void {
  if (span.type !== 'workflow_step' || textAttribute(span, 'status') !== 'suspended') return;
  run.suspendedSteps = [...run.suspendedSteps, span.entityId ?? entityLabel(span)];
}
