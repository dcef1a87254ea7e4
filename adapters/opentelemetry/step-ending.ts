import { classifyFailure, type StepEndEvent } from '../../src/index.ts';
import type { RecordedError } from './recorded-error.ts';

/** How a step failed that ended with this error. */
export function toStepFailure(
  recorded: RecordedError | undefined,
): Pick<StepEndEvent, 'error' | 'failure'> {
  if (recorded === undefined) return {};
  const ending = classifyFailure(recorded);
  switch (ending.status) {
    case 'completed':
      return {};
    case 'suspended':
      return { failure: 'suspended' };
    case 'error':
      return { error: ending.error, failure: ending.reason === 'aborted' ? 'aborted' : 'error' };
    default:
      return ending satisfies never;
  }
}
