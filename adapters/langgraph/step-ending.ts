import {
  classifyFailure,
  readField,
  readText,
  type StepEndEvent,
  type StepFacts,
  toErrorFacts,
} from '../../src/index.ts';
import { toLimit } from './early-end.ts';
import type { OpenCall } from './open-call.ts';
import { type Pause, toPause } from './pause.ts';
import { toPlain } from './plain-value.ts';

/** What is told of a step when it ends. */
export type StepEnding = StepFacts & Pick<StepEndEvent, 'error' | 'failure'>;

/** How a step ends that gave `result`; an agent inside another may have paused, or come to its limit. */
export function toStepResult(
  { pause, earlyEnd }: OpenCall,
  result: unknown,
  facts: StepFacts,
): StepEnding {
  if (pause !== undefined) return toPausedStep(pause);
  const limit = toLimit(earlyEnd, result);
  if (limit === undefined) return facts;
  const metadata = { ...facts.metadata, reason: 'max_iterations' };
  return { ...facts, level: 'ERROR', statusMessage: limit.error.message, metadata };
}

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

/** Whether it was thrown to go on elsewhere in the graph around this one. */
export function isHandOver(error: unknown): boolean {
  return readText(error, 'name') === 'ParentCommand';
}

/** How a step ends in which somebody is waited for. */
function toPausedStep({ interrupts }: Pause): StepEnding {
  return { failure: 'suspended', output: { interrupts } };
}
