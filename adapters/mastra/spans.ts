import type { Place } from '../../src/index.ts';
import { type ExportedSpan, toTime } from './exported-span.ts';
import type { Recording } from './recording.ts';
import { endIfStopped, endRun, startRun } from './run-events.ts';
import { withEnded, withStarted, withTools } from './run-progress.ts';
import { roleOf } from './span-role.ts';
import { endStep, startStep, updateStep } from './step-events.ts';
import type { TrackedRun } from './open-runs.ts';

/** A span began. */
export function spanStarted(recording: Recording, span: ExportedSpan): void {
  const { runs } = recording;
  if (roleOf(span) === 'run') {
    if (runs.find(span.id) === undefined) startRun(recording, span);
    return;
  }
  const tracked = runs.track(span);
  if (tracked === undefined) return;
  const { run } = tracked;
  noteTime(run, toTime(span.startTime));
  run.progress = withStarted(run.progress, span);
  startStep(recording, span, tracked);
}

/** More became known of a span. */
export function spanUpdated(recording: Recording, span: ExportedSpan): void {
  const tracked = recording.runs.find(span.id);
  if (tracked === undefined) return;
  const { run } = tracked;
  run.progress = withTools(run.progress, span);
  updateStep(recording, span, tracked);
}

/** A span ended; of one that began and ended at once only this is told. */
export function spanEnded(recording: Recording, span: ExportedSpan): void {
  const { port, runs } = recording;
  const timestamp = toTime(span.endTime) ?? toTime(span.startTime) ?? port.now();
  if (roleOf(span) === 'run') {
    endRun(recording, runs.find(span.id)?.run ?? startRun(recording, span), span, timestamp);
    return;
  }
  const tracked = runs.track(span);
  if (tracked === undefined) return;
  const { run } = tracked;
  noteTime(run, timestamp);
  run.progress = withEnded(run.progress, span);
  endStep(recording, span, tracked, timestamp);
  endIfStopped(recording, run, timestamp);
}

/** Where code that runs inside a span belongs. */
export function placeOf({ runs }: Recording, spanId: string): Place | undefined {
  return runs.find(spanId)?.place;
}

function noteTime(run: TrackedRun, time: number | undefined): void {
  run.lastTime = Math.max(run.lastTime, time ?? 0);
}
