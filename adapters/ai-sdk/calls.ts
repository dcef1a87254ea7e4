import { type AdapterPort, type ErrorFacts, readField, readText } from '../../src/index.ts';
import {
  toAbandonment,
  toAbort,
  toFailure,
  toNeverEnded,
  toObjectEnding,
  toOtherEnding,
  toTextEnding,
} from './call-ending.ts';
import type { CallEnding, CallFacts } from './call-facts.ts';
import { type CallSlot, withdrawSlot } from './call-slot.ts';
import {
  isStructuredCall,
  nameOf,
  operationOf,
  toLateConversation,
  toRunOptions,
} from './call-start.ts';
import { type CallSteps, createCallSteps } from './call-steps.ts';
import { createOpenCall, isStream, type OpenCall } from './open-call.ts';
import { timeOf } from './step-teller.ts';
import { createStreamReaders, type StreamReaders } from './stream-readers.ts';

/** What the user said of the calls. */
export interface CallSettings {
  readonly signal: AbortSignal | undefined;
  /** The limit of the steps of a function, when it is known. */
  readonly maxStepsOf: (functionId: string | undefined) => number | undefined;
}

/** The calls of the SDK that an integration has been told of. Nothing in it throws into the SDK but what it handles. */
export interface Calls {
  readonly steps: CallSteps;
  /** The open call that an event is about. */
  find(event: unknown): OpenCall | undefined;
  start(slot: CallSlot, event: unknown): void;
  /** A later step may know the conversation. */
  readonly update: (call: OpenCall, event: unknown) => void;
  readonly end: (call: OpenCall, event: unknown) => void;
  readonly abort: (call: OpenCall, event: unknown) => void;
  /** The call failed: before it began, while it ran, or after it had told its end. */
  fail(slot: CallSlot, event: unknown): void;
  /** Nothing is left that could go on with the call. */
  unreachable(slot: CallSlot): void;
  observe(slot: CallSlot): StreamReaders;
}

/** Calls that have ended are still known, because the SDK may tell of a failure after the end. */
const endedCallsLimit = 1_000;

/** Makes the calls of one integration. */
export function createCalls(port: AdapterPort, { signal, maxStepsOf }: CallSettings): Calls {
  const open = new Map<string, OpenCall>();
  const ended = new Map<string, CallEnding['status']>();
  const steps = createCallSteps(port, signal);

  function finish(call: OpenCall, event: unknown, ending: CallEnding): void {
    open.delete(call.runId);
    call.slot.unwatch?.();
    tellEnd(call.runId, { event, ending, metadata: toEndMetadata(call, event) });
  }

  function tellEnd(
    runId: string,
    told: {
      readonly event: unknown;
      readonly ending: CallEnding;
      readonly metadata?: Readonly<Record<string, unknown>>;
    },
  ): void {
    const { event, ending, metadata = {} } = told;
    const [oldest] = ended.keys();
    if (ended.size >= endedCallsLimit && oldest !== undefined) ended.delete(oldest);
    ended.set(runId, ending.status);
    port.emit({ type: 'run-end', runId, timestamp: timeOf(event, port), metadata, ...ending });
  }

  function failure(error: unknown, partialOutput: unknown): CallEnding {
    // Output that does not fit is on the error.
    return toFailure(error, { signal, partialOutput: readText(error, 'text') ?? partialOutput });
  }

  function abandon(call: OpenCall, departure: ErrorFacts): void {
    finish(call, undefined, toAbandonment(departure, partialOf(call)));
  }

  function slotCall({ callId }: CallSlot): OpenCall | undefined {
    return callId === undefined ? undefined : open.get(callId);
  }

  /** Somebody is about to end what is open: a stream that its reader has left was abandoned. */
  function settle(slot: CallSlot): void {
    const call = slotCall(slot);
    const departure = slot.readers?.departure();
    if (call === undefined) return;
    if (departure !== undefined) {
      abandon(call, departure);
      return;
    }
    const output = partialOf(call);
    if (output !== undefined)
      port.emit({ type: 'run-update', runId: call.runId, timestamp: port.now(), output });
  }

  function startless(callId: string, event: unknown): void {
    const timestamp = timeOf(event, port);
    port.startRun({
      // Only streams tell of a call that did not begin.
      name: nameOf(event, 'streamText'),
      framework: 'ai-sdk',
      runId: callId,
      startTime: timestamp,
      input: '[unknown: the call failed before it began]',
    });
    const ending = failure(readField(event, 'error'), undefined);
    // All that goes before the start is a look at the prompt.
    const isUnknown = ending.status === 'error' && ending.reason === 'exception';
    tellEnd(callId, { event, ending: isUnknown ? { ...ending, reason: 'invalid_input' } : ending });
  }

  return {
    steps,
    find: (event) => open.get(readText(event, 'callId') ?? ''),
    start(slot, event) {
      const runId = readText(event, 'callId');
      if (runId === undefined || open.has(runId)) return;
      if (slot.callId !== undefined) slot.isShared = true;
      slot.callId ??= runId;
      const operation = operationOf(event);
      if (!isStream({ operation })) withdrawSlot(slot);
      const functionId = readText(event, 'functionId');
      const maxSteps = maxStepsOf(functionId);
      const hasConversation = toLateConversation(event).id !== undefined;
      const isStructured = isStructuredCall(event);
      const facts = { runId, operation, functionId, isStructured, slot, hasConversation };
      open.set(runId, createOpenCall(facts));
      const startTime = timeOf(event, port);
      port.startRun({ ...toRunOptions(event, { maxSteps }), runId, startTime });
    },
    update(call, event) {
      if (call.hasConversation) return;
      const { id, source } = toLateConversation(event);
      if (id === undefined) return;
      call.hasConversation = true;
      const timestamp = timeOf(event, port);
      const conversation = { conversationId: id, conversationSource: source };
      port.emit({ type: 'run-update', runId: call.runId, timestamp, ...conversation });
    },
    end(call, event) {
      finish(call, event, toEnding(call, event, toFacts(call, maxStepsOf(call.functionId))));
    },
    abort(call, event) {
      finish(call, event, toAbort(readField(event, 'reason'), partialOf(call)));
    },
    fail(slot, event) {
      const callId = readText(event, 'callId');
      if (callId === undefined) return;
      const error = readField(event, 'error');
      const call = open.get(callId);
      if (call !== undefined)
        finish(call, event, toModelFailure(call, failure(error, partialOf(call))));
      else if (ended.has(callId)) tellEnd(callId, { event, ending: failure(error, undefined) });
      else {
        slot.unwatch?.();
        startless(callId, event);
      }
    },
    unreachable(slot) {
      slot.unwatch?.();
      if (slot.isShared === true) return;
      // They know how it was left.
      slot.readers?.release();
      const call = slotCall(slot);
      if (call === undefined) return;
      if (isStream(call)) abandon(call, unread);
      else finish(call, undefined, toNeverEnded(partialOf(call)));
    },
    observe(slot) {
      slot.unwatch = port.beforeEnding(() => settle(slot));
      return createStreamReaders(port, {
        firstChunk(completionStartTime) {
          const call = slotCall(slot);
          if (call === undefined) return;
          const { runId } = call;
          const timestamp = completionStartTime;
          port.emit({ type: 'run-update', runId, timestamp, completionStartTime });
        },
        gone(departure) {
          const call = slotCall(slot);
          if (call !== undefined) abandon(call, departure);
        },
        failed(error) {
          const { callId } = slot;
          // A run that did not complete has told why already.
          if (callId === undefined || ended.get(callId) !== 'completed') return;
          tellEnd(callId, { event: undefined, ending: failure(error, undefined) });
        },
      });
    },
  };
}

function toEnding(call: OpenCall, event: unknown, facts: CallFacts): CallEnding {
  switch (call.operation) {
    case 'generateText':
    case 'streamText':
      return toTextEnding(event, facts);
    case 'generateObject':
    case 'streamObject':
      return toObjectEnding(event, facts);
    default:
      return toOtherEnding(event);
  }
}

/** An error that says nothing of itself is the model's when the model threw it. */
function toModelFailure({ hasModelFailed }: OpenCall, ending: CallEnding): CallEnding {
  return hasModelFailed && ending.status === 'error' && ending.reason === 'exception'
    ? { ...ending, reason: 'model_error' }
    : ending;
}

function toFacts(call: OpenCall, maxSteps: number | undefined): CallFacts {
  const { executedTools, hasModelEnded, isStructured, lastText, slot } = call;
  // The last list is of the step that would have come next.
  const executed = executedTools.slice(0, -1);
  const toldError = slot.readers?.toldError();
  return { maxSteps, executedTools: executed, hasModelEnded, isStructured, toldError, lastText };
}

/** What there was before it went wrong: what the reader got, else what the model said last. */
function partialOf({ lastText, slot }: OpenCall): string | undefined {
  return slot.readers?.text() ?? (lastText === '' ? undefined : lastText);
}

function toEndMetadata(
  { executedTools }: OpenCall,
  event: unknown,
): Readonly<Record<string, unknown>> {
  const finishReason = readText(event, 'finishReason');
  return {
    ...(finishReason !== undefined && { finish_reason: finishReason }),
    ...(executedTools.length > 1 && { steps: executedTools.length - 1 }),
  };
}

const unread: ErrorFacts = {
  type: 'StreamAbandoned',
  message: 'nobody reads the stream any more',
};
