import type { Ending } from '../../src/index.ts';
import type { CallFacts } from './call-facts.ts';
import { type OpenCall, toOpenCall } from './open-call.ts';
import { toOpenRun } from './open-run.ts';
import type { Recording } from './recording.ts';
import { toRunOptions, toThread } from './run-start.ts';
import { tellStepStart } from './step-events.ts';

/** A call begins that is inside of nothing: a run. */
export function startRun(recording: Recording, facts: CallFacts): void {
  const { port, open, suspended, callers } = recording;
  const thread = toThread(facts);
  const waiting = thread === undefined ? undefined : suspended.take(facts.name, thread);
  const options = toRunOptions(facts, thread, waiting);
  const { runId } = callers.starting(() => port.startRun(options));
  const call = toOpenCall(facts, toOpenRun(facts, runId, thread), undefined, port.now());
  open.add(call);
  if (call.stepId !== undefined) tellStepStart(recording, call, facts.step);
}

/** Tells the input of a run that was not told when it began. */
export function fillInput({ port }: Recording, call: OpenCall, input: unknown): void {
  if (!call.isDeferred) return;
  const { runId } = call.run;
  port.emit({ type: 'run-update', runId, timestamp: port.now(), input });
}

/** Tells what the agent of a run said last: its output, should the run end without one. */
export function tellOutput(
  { port }: Recording,
  { run: { runId } }: OpenCall,
  output: string,
): void {
  port.emit({ type: 'run-update', runId, timestamp: port.now(), output });
}

/** Ends the run of its outermost call, and all that is open in it. */
export function endRun(
  { port, open, suspended }: Recording,
  { run, earlyEnd }: OpenCall,
  ending: Ending,
): void {
  open.forget(run);
  if (ending.status === 'suspended' && run.thread !== undefined)
    suspended.add(run.name, run.thread, run.runId);
  port.emit({
    type: 'run-end',
    runId: run.runId,
    timestamp: port.now(),
    ...ending,
    ...(earlyEnd?.type === 'jump' && { metadata: { ended_by: earlyEnd.by } }),
  });
}
