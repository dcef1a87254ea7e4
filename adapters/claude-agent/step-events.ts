import type { StepEndEvent, StepFacts, StepStartEvent } from '../../src/index.ts';
import type { OpenRun, Scope } from './open-run.ts';

/** Starts a step of the query's own agent, or below the tool call that started the subagent. */
export function startStep(
  { port, runId }: OpenRun,
  scope: Scope,
  step: Omit<StepStartEvent, 'type' | 'runId' | 'parentStepId'>,
): void {
  port.emit({
    type: 'step-start',
    runId,
    ...step,
    ...(scope !== undefined && { parentStepId: scope }),
  });
}

/** More became known of a step. */
export function updateStep(
  { port, runId }: OpenRun,
  stepId: string,
  timestamp: number,
  facts: StepFacts,
): void {
  port.emit({ type: 'step-update', runId, stepId, timestamp, ...facts });
}

/** Ends a step. */
export function endStep(
  { port, runId }: OpenRun,
  step: Omit<StepEndEvent, 'type' | 'runId'>,
): void {
  port.emit({ type: 'step-end', runId, ...step });
}
