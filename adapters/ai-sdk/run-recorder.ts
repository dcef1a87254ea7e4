import { type Ending, readField, readText } from '../../src/index.ts';
import {
  createOpenRun,
  isStream,
  type OpenRun,
  partialOutputOf,
  type Recorder,
  type Subscription,
} from './open-runs.ts';
import {
  toAbort,
  toEndMetadata,
  toFailure,
  toModelFailure,
  toRunEnding,
  toStartlessEnding,
} from './run-ending.ts';
import {
  conversationOf,
  isStructuredCall,
  operationOf,
  toRunOptions,
  toStartlessRun,
} from './run-start.ts';
import { timeOf } from './step-recorder.ts';
import { withdrawSubscription } from './stream-claims.ts';

/** The open run that an event is about. */
export function findRun({ open }: Recorder, event: unknown): OpenRun | undefined {
  return open.get(readText(event, 'callId') ?? '');
}

/** A call began. */
export function startRun(subscription: Subscription, event: unknown): void {
  const { recorder } = subscription;
  const { port, open } = recorder;
  const runId = readText(event, 'callId');
  if (runId === undefined || open.has(runId)) return;
  if (subscription.callId !== undefined) subscription.isShared = true;
  subscription.callId ??= runId;
  const operation = operationOf(event);
  if (!isStream({ operation })) withdrawSubscription(subscription);
  const maxSteps = recorder.maxStepsOf(readText(event, 'functionId'));
  const hasConversation = conversationOf(event).id !== undefined;
  const isStructured = isStructuredCall(event);
  const begun = { runId, operation, maxSteps, isStructured, subscription, hasConversation };
  open.set(runId, createOpenRun(begun));
  const startTime = timeOf(event, port);
  port.startRun({ ...toRunOptions(event, { maxSteps }), runId, startTime });
}

/** A step of the SDK begins, which may know the conversation that the call did not. */
export function learnConversation({ port }: Recorder, run: OpenRun, event: unknown): void {
  if (run.hasConversation) return;
  const { id, source } = conversationOf(event);
  if (id === undefined) return;
  run.hasConversation = true;
  port.emit({
    type: 'run-update',
    runId: run.runId,
    timestamp: timeOf(event, port),
    conversationId: id,
    conversationSource: source,
  });
}

/** The call told its end. */
export function endRun(recorder: Recorder, run: OpenRun, event: unknown): void {
  closeRun(recorder, run, { event, ending: toRunEnding(run, event) });
}

/** The call was aborted. */
export function abortRun(recorder: Recorder, run: OpenRun, event: unknown): void {
  const ending = toAbort(readField(event, 'reason'), partialOutputOf(run));
  closeRun(recorder, run, { event, ending });
}

/** The call failed: before it began, while it ran, or after it had told its end. */
export function failRun(subscription: Subscription, event: unknown): void {
  const { recorder } = subscription;
  const { port, signal } = recorder;
  const callId = readText(event, 'callId');
  if (callId === undefined) return;
  const run = findRun(recorder, event);
  const error = readField(event, 'error');
  const ending = toFailure(error, { signal, partialOutput: run && partialOutputOf(run) });
  if (run !== undefined) closeRun(recorder, run, { event, ending: toModelFailure(run, ending) });
  else if (recorder.ended.has(callId)) recordRunEnd(recorder, { runId: callId, event, ending });
  else {
    subscription.unwatch?.();
    port.startRun({ ...toStartlessRun(event), runId: callId, startTime: timeOf(event, port) });
    recordRunEnd(recorder, { runId: callId, event, ending: toStartlessEnding(ending) });
  }
}

/** A run that completed turns out to have failed. */
export function failCompleted(recorder: Recorder, runId: string, error: unknown): void {
  // A run that did not complete has told why already.
  if (recorder.ended.get(runId) !== 'completed') return;
  const ending = toFailure(error, { signal: recorder.signal, partialOutput: undefined });
  recordRunEnd(recorder, { runId, event: undefined, ending });
}

/** Ends an open run, whoever tells of it. */
export function closeRun(
  recorder: Recorder,
  run: OpenRun,
  { event, ending }: { readonly event: unknown; readonly ending: Ending },
): void {
  recorder.open.delete(run.runId);
  run.subscription.unwatch?.();
  const metadata = toEndMetadata(run, event);
  recordRunEnd(recorder, { runId: run.runId, event, ending, metadata });
}

function recordRunEnd(
  { port, ended }: Recorder,
  {
    runId,
    event,
    ending,
    metadata = {},
  }: {
    readonly runId: string;
    readonly event: unknown;
    readonly ending: Ending;
    readonly metadata?: Readonly<Record<string, unknown>>;
  },
): void {
  ended.set(runId, ending.status);
  port.emit({ type: 'run-end', runId, timestamp: timeOf(event, port), metadata, ...ending });
}
