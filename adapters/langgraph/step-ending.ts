import {
  classifyFailure,
  readField,
  readText,
  type StepEndEvent,
  type StepFacts,
  toErrorFacts,
} from '../../src/index.ts';
import { toPlain } from './plain-value.ts';
import { type Pause, toPause } from './run-ending.ts';

/** What is told of a step when it ends. */
export type StepEnding = StepFacts & Pick<StepEndEvent, 'error' | 'failure'>;

/** How a step ends that threw: LangGraph also throws to pause and to hand over, which are no failures. */
export function toStepFailure(error: unknown): StepEnding {
  const ending = classifyFailure(error);
  if (ending.status === 'error') {
    const failure = ending.reason === 'aborted' ? 'aborted' : 'error';
    return { error: toErrorFacts(error), failure };
  }
  if (isHandOver(error)) return { output: toPlain(readField(error, 'command')) };
  return toPausedStep(toPause(error));
}

/** How a step ends in which somebody is waited for. */
export function toPausedStep({ interrupts }: Pause): StepEnding {
  return { failure: 'suspended', output: { interrupts } };
}

/** Whether it was thrown to go on elsewhere in the graph around this one. */
export function isHandOver(error: unknown): boolean {
  return readText(error, 'name') === 'ParentCommand';
}
