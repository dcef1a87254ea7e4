import { classifyFailure, type Ending } from '../../src/index.ts';
import { type ExportedSpan, spanError, textAttribute } from './exported-span.ts';
import type { RunProgress } from './run-progress.ts';

/** How a workflow's run ended, from its span and from which of its steps wait. */
export function toWorkflowEnding(
  span: ExportedSpan,
  { suspendedSteps }: Pick<RunProgress, 'suspendedSteps'>,
): Ending {
  const status = textAttribute(span, 'status');
  const error = spanError(span);
  switch (status) {
    case 'suspended':
    case 'waiting':
      return {
        status: 'suspended',
        reason: 'input_required',
        pending: suspendedSteps.map((name) => ({ kind: 'workflow_step', name })),
      };
    case 'paused':
      return { status: 'suspended', reason: 'checkpoint', pending: [] };
    case 'canceled':
      return {
        status: 'error',
        reason: 'aborted',
        error: error ?? { type: 'AbortError', message: 'the workflow was canceled' },
      };
    case 'tripwire':
      return {
        status: 'error',
        reason: 'guardrail',
        error: error ?? { type: 'TripWire', message: 'a processor stopped the workflow' },
      };
    case 'bailed':
      return { status: 'completed', reason: 'stop_condition', output: span.output };
    default:
      return status === 'failed' || error !== undefined ? failed(span) : completed(span);
  }
}

function completed({ output }: ExportedSpan): Ending {
  return { status: 'completed', reason: 'stop', output };
}

function failed(span: ExportedSpan): Ending {
  const error = spanError(span) ?? { type: 'Error', message: 'the workflow failed' };
  const ending = classifyFailure({ ...error, name: error.type });
  return ending.status === 'error' ? { ...ending, error } : ending;
}
