import { type AdapterPort, readField } from '../../src/index.ts';
import type { OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';
import type { StepEnding } from './step-ending.ts';
import type { StepStart } from './step-facts.ts';

/** Tells that a step began, and gives when. */
export function tellStepStart(
  { port }: Recording,
  run: OpenRun,
  { event, stepId, facts }: { event: unknown; stepId: string; facts: StepStart },
): number {
  const timestamp = timeOf(event, port);
  run.stepCount += 1;
  port.emit({ type: 'step-start', runId: run.runId, stepId, timestamp, ...facts });
  return timestamp;
}

/** Tells that a step ended. */
export function tellStepEnd(
  { port }: Recording,
  { runId }: OpenRun,
  { event, stepId, facts }: { event: unknown; stepId: string; facts: StepEnding },
): void {
  port.emit({ type: 'step-end', runId, stepId, timestamp: timeOf(event, port), ...facts });
}

/** An id that the run has not used for a step. */
export function newStepId({ stepCount }: OpenRun, label: 'model' | 'tool'): string {
  return `${label}-${stepCount}`;
}

/** The time of an event that is told later than it happened, else now. */
export function timeOf(event: unknown, port: AdapterPort): number {
  const timestamp = readField(event, 'timestamp');
  return typeof timestamp === 'number' && Number.isFinite(timestamp) ? timestamp : port.now();
}
