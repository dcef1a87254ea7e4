import { type AdapterPort, readField, type StepEndEvent, type StepFacts } from '../../src/index.ts';
import type { OpenCall } from './open-call.ts';

/** Tells what an event of the SDK says of a step of a call. */
export type Tell = (call: OpenCall, event: unknown) => void;

/** What is known of a step at its end. */
export type StepEnding = Partial<Pick<StepEndEvent, 'error' | 'failure'>> & StepFacts;

/** Tells starts and ends of steps. */
export interface StepTeller {
  /** Gives the time of the start. */
  readonly start: (
    call: OpenCall,
    event: unknown,
    facts: StepFacts & { readonly name: string; readonly stepId: string },
  ) => number;
  readonly end: (
    call: OpenCall,
    event: unknown,
    facts: StepEnding & { readonly stepId: string },
  ) => void;
  /** An id that the call has not used for a step. */
  readonly newStepId: (call: OpenCall, label: string) => string;
}

/** The time of an event that is told later than it happened, else now. */
export function timeOf(event: unknown, port: AdapterPort): number {
  const timestamp = readField(event, 'timestamp');
  return typeof timestamp === 'number' && Number.isFinite(timestamp) ? timestamp : port.now();
}

/** Makes what tells steps to the lifecycle. */
export function createStepTeller(port: AdapterPort): StepTeller {
  return {
    start(call, event, { stepId, ...facts }) {
      const timestamp = timeOf(event, port);
      call.stepCount += 1;
      port.emit({ type: 'step-start', runId: call.runId, stepId, timestamp, ...facts });
      return timestamp;
    },
    end(call, event, { stepId, ...facts }) {
      const timestamp = timeOf(event, port);
      port.emit({ type: 'step-end', runId: call.runId, stepId, timestamp, ...facts });
    },
    newStepId: (call, label) => `${label}-${call.stepCount}`,
  };
}
