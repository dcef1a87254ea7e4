import { type Ending, readField, readText } from '../../src/index.ts';
import {
  createOpenRun,
  isStream,
  type OpenRun,
  partialOutputOf,
  type Subscription,
} from './open-runs.ts';
import type { Recording } from './recording.ts';
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
import { timeOf } from './step-events.ts';
import { withdrawSubscription } from './stream-claims.ts';

/** The open run that an event is about. */
export function findRun({ open }: Recording, event: unknown): OpenRun | undefined {
  return open.get(readText(event, 'callId') ?? '');
}

/** A call began. */
export function startRun(subscription: Subscription, event: unknown): void {
  const { recording } = subscription;
  const { port, open } = recording;
  const runId = readText(event, 'callId');
  if (runId === undefined || open.has(runId)) return;
  if (subscription.callId !== undefined) subscription.isShared = true;
  subscription.callId ??= runId;
  const operation = operationOf(event);
  if (!isStream({ operation })) withdrawSubscription(subscription);
  const maxSteps = recording.maxStepsOf(readText(event, 'functionId'));
  const hasConversation = conversationOf(event).id !== undefined;
  const isStructured = isStructuredCall(event);
  const begun = { runId, operation, maxSteps, isStructured, subscription, hasConversation };
  open.set(runId, createOpenRun(begun));
  const startTime = timeOf(event, port);
  port.startRun({ ...toRunOptions(event, { maxSteps }), runId, startTime });
}

/** A step of the SDK begins, which may know the conversation that the call did not. */
export function learnConversation({ port }: Recording, run: OpenRun, event: unknown): void {
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
export function endRun(recording: Recording, run: OpenRun, event: unknown): void {
  closeRun(recording, run, { event, ending: toRunEnding(run, event) });
}

/** The call was aborted. */
export function abortRun(recording: Recording, run: OpenRun, event: unknown): void {
  const ending = toAbort(readField(event, 'reason'), partialOutputOf(run));
  closeRun(recording, run, { event, ending });
}

/** The call failed: before it began, while it ran, or after it had told its end. */
export function failRun(subscription: Subscription, event: unknown): void {
  const { recording } = subscription;
  const { port, signal } = recording;
  const callId = readText(event, 'callId');
  if (callId === undefined) return;
  const run = findRun(recording, event);
  const error = readField(event, 'error');
  const ending = toFailure(error, { signal, partialOutput: run && partialOutputOf(run) });
  if (run !== undefined) closeRun(recording, run, { event, ending: toModelFailure(run, ending) });
  else if (recording.ended.has(callId)) tellRunEnd(recording, { runId: callId, event, ending });
  else {
    subscription.unwatch?.();
    port.startRun({ ...toStartlessRun(event), runId: callId, startTime: timeOf(event, port) });
    tellRunEnd(recording, { runId: callId, event, ending: toStartlessEnding(ending) });
  }
}

/** A run that completed turns out to have failed. */
export function failCompleted(recording: Recording, runId: string, error: unknown): void {
  // A run that did not complete has told why already.
  if (recording.ended.get(runId) !== 'completed') return;
  const ending = toFailure(error, { signal: recording.signal, partialOutput: undefined });
  tellRunEnd(recording, { runId, event: undefined, ending });
}

/** Ends an open run, whoever tells of it. */
export function closeRun(
  recording: Recording,
  run: OpenRun,
  { event, ending }: { readonly event: unknown; readonly ending: Ending },
): void {
  recording.open.delete(run.runId);
  run.subscription.unwatch?.();
  const metadata = toEndMetadata(run, event);
  tellRunEnd(recording, { runId: run.runId, event, ending, metadata });
}

function tellRunEnd(
  { port, ended }: Recording,
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
