import { randomIds } from './ids.ts';
import { toToken } from './run-token.ts';
import { createRun, type Run } from './run.ts';

/** A run that nobody records: code that is written for a run works with it, and nothing is kept. */
export function createUntracedRun(): Run {
  const runId = randomIds.traceId();
  return createRun(
    {
      dispatch() {},
      now: Date.now,
      newStepId: () => randomIds.spanId(),
      url: () => undefined,
      within: (_scope, fn) => fn(),
      release: (run) => toToken({ type: 'none', ...run }),
      currentStep: () => undefined,
      conversation: () => ({ conversationSource: 'missing' }),
    },
    { runId, traceId: runId },
  );
}
