import { randomIds } from './ids.ts';
import { toToken } from './run-token.ts';
import type { Run, RunIdentity, Step } from './run.ts';

/**
 * A run that nobody records: code that is written for a run works with it, nothing is kept, and a step costs a call.
 * `url` says where a person would look, were there anything to see.
 */
export function createUntracedRun(
  { runId, traceId }: RunIdentity = newIdentity(),
  url: (traceId: string) => string | undefined = nowhere,
): Run {
  return {
    runId,
    traceId,
    url: () => url(traceId),
    step: (_options, fn) => fn(untracedStep),
    startStep: () => untracedStep,
    update: ignore,
    complete: ignore,
    fail: ignore,
    suspend: ignore,
    end: ignore,
    token: () => toToken({ type: 'none', runId, traceId }),
    [Symbol.asyncDispose]: done,
  };
}

function newIdentity(): RunIdentity {
  const runId = randomIds.traceId();
  return { runId, traceId: runId };
}

// All of them are the same one, with the id that W3C trace context has for "none".
const untracedStep: Step = {
  stepId: '0'.repeat(16),
  step: (_options, fn) => fn(untracedStep),
  startStep: () => untracedStep,
  update: ignore,
  complete: ignore,
  fail: ignore,
};

function ignore(): void {}

function nowhere(): undefined {}

async function done(): Promise<void> {}
