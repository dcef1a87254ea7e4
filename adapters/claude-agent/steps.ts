import type {
  AdapterPort,
  Place,
  StepEndEvent,
  StepFacts,
  StepStartEvent,
} from '../../src/index.ts';

/** The subagent that a message belongs to, by the tool call that started it; `undefined` is the agent of the query. */
export type Scope = string | undefined;

/** What tells the steps of one run. */
export interface StepTeller {
  start(step: Omit<StepStartEvent, 'type' | 'runId'>): void;
  update(stepId: string, timestamp: number, facts: StepFacts): void;
  end(step: Omit<StepEndEvent, 'type' | 'runId'>): void;
}

/** A teller for the steps of a run. */
export function createStepTeller(port: AdapterPort, { runId }: Place): StepTeller {
  return {
    start: (step) => port.emit({ type: 'step-start', runId, ...step }),
    update: (stepId, timestamp, facts) =>
      port.emit({ type: 'step-update', runId, stepId, timestamp, ...facts }),
    end: (step) => port.emit({ type: 'step-end', runId, ...step }),
  };
}
