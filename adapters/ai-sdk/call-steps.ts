import {
  type AdapterPort,
  type ErrorFacts,
  type Place,
  readField,
  readText,
  type StepFacts,
  toErrorFacts,
} from '../../src/index.ts';
import { modelStreamError, streamInterrupted, toStepFailure } from './call-ending.ts';
import { hidden, partsOf, textOf, toModelCallEnd, toModelCallStart } from './model-facts.ts';
import type { OpenCall } from './open-call.ts';
import { createRetrievalSteps, type RetrievalSteps } from './retrieval-steps.ts';
import { toolCallIdOf } from './running-tools.ts';
import { createStepTeller, type StepEnding, type Tell } from './step-teller.ts';

/** Tells the steps of a call. */
export interface CallSteps extends RetrievalSteps {
  readonly modelStarted: Tell;
  readonly modelEnded: Tell;
  /** An attempt at a model call failed; the SDK may make another. */
  readonly attemptFailed: (call: OpenCall, error: unknown) => void;
  /** A step of the SDK, which is a model call and the tools that it called, is over. */
  readonly stepEnded: Tell;
  readonly stepFailed: (call: OpenCall, error: unknown) => void;
  readonly toolStarted: Tell;
  readonly toolEnded: Tell;
  /** Where a tool runs. */
  readonly placeOfTool: (call: OpenCall, execution: unknown) => Place;
  /** Where the model that is called now runs. */
  readonly placeOfModel: (call: OpenCall) => Place;
  readonly objectModelEnded: Tell;
}

/** Makes what tells the steps. `signal` is the caller's own, when it is known. */
export function createCallSteps(port: AdapterPort, signal: AbortSignal | undefined): CallSteps {
  const teller = createStepTeller(port);
  const { start, end, newStepId } = teller;

  function startModel(
    call: OpenCall,
    event: unknown,
    facts: StepFacts & { readonly name: string },
  ): void {
    // An integration that is registered twice tells everything twice.
    if (call.model !== undefined) return;
    const stepId = newStepId(call, 'model');
    call.hasModelEnded = false;
    call.hasModelFailed = false;
    call.model = { stepId, startTime: start(call, event, { ...facts, stepId }), attempts: 0 };
  }

  function endModel(call: OpenCall, event: unknown, facts: StepEnding): void {
    const { model } = call;
    if (model === undefined) return;
    call.model = undefined;
    const first = toFirstTokenTime(event, model.startTime);
    const attempts = model.attempts > 1 ? { attempts: model.attempts } : {};
    end(call, event, {
      ...facts,
      stepId: model.stepId,
      ...(first !== undefined && { completionStartTime: first }),
      metadata: { ...facts.metadata, ...attempts },
    });
  }

  function failModel(call: OpenCall, error: unknown): void {
    if (call.model !== undefined) call.hasModelFailed = true;
    endModel(call, undefined, toStepFailure(error, signal));
  }

  return {
    modelStarted: (call, event) => startModel(call, event, toModelCallStart(event)),
    modelEnded(call, event) {
      // The error was part of the stream: the end of the step closes the model call with it.
      if (readField(event, 'finishReason') === 'error') return;
      endModel(call, event, toModelCallEnd(event));
      call.hasModelEnded = true;
    },
    attemptFailed(call, error) {
      // `generateText` tries again within one model call; `streamText` makes each attempt a model call of its own.
      if (call.operation.startsWith('stream')) failModel(call, error);
    },
    stepEnded(call, event) {
      const stepNumber = readField(event, 'stepNumber');
      if (typeof stepNumber === 'number' && stepNumber < call.executedTools.length - 1) return;
      const error = toStreamError(call, event);
      endModel(call, event, { ...toModelCallEnd(event), error });
      const parts = partsOf(event);
      for (const part of parts) tellUnexecuted(call, part, parts);
      const text = textOf(event);
      if (text.trim() !== '') call.lastText = text;
      call.executedTools.push([]);
      call.executedIds.clear();
    },
    stepFailed: failModel,
    toolStarted(call, event) {
      if (call.runningTools.has(event)) return;
      const toolCall = readField(event, 'toolCall');
      const name = readText(toolCall, 'toolName') ?? 'tool';
      const toolCallId = toolCallIdOf(event);
      const stepId = newStepId(call, 'tool');
      call.runningTools.add(event, stepId);
      call.executedIds.add(toolCallId);
      call.executedTools.at(-1)?.push(name);
      start(call, event, {
        stepId,
        kind: 'tool',
        name,
        input: toToolInput(event, toolCall),
        metadata: { tool_call_id: toolCallId },
      });
    },
    toolEnded(call, event) {
      const stepId = call.runningTools.take(event);
      if (stepId === undefined) return;
      end(call, event, { stepId, ...toToolEnding(event, signal) });
    },
    placeOfTool({ runId, runningTools }, execution) {
      const stepId = runningTools.find(execution);
      return { runId, ...(stepId !== undefined && { stepId }) };
    },
    placeOfModel(call) {
      const { runId, model } = call;
      if (model === undefined) return { runId };
      if (port.current()?.stepId !== model.stepId) model.attempts += 1;
      return { runId, stepId: model.stepId };
    },
    objectModelEnded(call, event) {
      const text = readText(event, 'objectText');
      if (text !== undefined) call.lastText = text;
      const facts = toModelCallEnd(event);
      endModel(call, event, facts);
      call.hasModelEnded = true;
    },
    ...createRetrievalSteps(teller),
  };

  /** A call that the SDK answered with an error by itself: no such tool, or an input that does not fit. */
  function tellUnexecuted(call: OpenCall, part: unknown, parts: readonly unknown[]): void {
    const toolCallId = readText(part, 'toolCallId') ?? '';
    if (readField(part, 'type') !== 'tool-error' || call.executedIds.has(toolCallId)) return;
    if (readField(part, 'providerExecuted') === true) return;
    const stepId = newStepId(call, 'tool');
    const name = readText(part, 'toolName') ?? 'tool';
    const facts = { stepId, kind: 'tool', name, input: readField(part, 'input') } as const;
    start(call, part, { ...facts, metadata: { tool_call_id: toolCallId } });
    // The result has a text for the model; the call has the error.
    const invalid = parts.find(
      (other) =>
        readField(other, 'type') === 'tool-call' && readField(other, 'toolCallId') === toolCallId,
    );
    const error = readField(invalid, 'error') ?? readField(part, 'error');
    end(call, part, { stepId, error: toErrorFacts(error) });
  }
}

function toFirstTokenTime(event: unknown, startTime: number): number | undefined {
  const ms =
    readField(readField(event, 'performance'), 'timeToFirstOutputMs') ??
    readField(event, 'msToFirstChunk');
  return typeof ms === 'number' && ms >= 0 ? startTime + Math.round(ms) : undefined;
}

/** Why a model call had no end of its own; the error itself is known when the stream is observed. */
function toStreamError({ slot }: OpenCall, event: unknown): ErrorFacts {
  const told = slot.readers?.toldError();
  if (told !== undefined) return toErrorFacts(told);
  return readField(event, 'finishReason') === 'error' ? modelStreamError : streamInterrupted;
}

function toToolInput(event: unknown, toolCall: unknown): unknown {
  return readField(event, 'recordInputs') === false ? hidden.input : readField(toolCall, 'input');
}

function toToolEnding(event: unknown, signal: AbortSignal | undefined): StepEnding {
  const toolOutput = readField(event, 'toolOutput');
  if (readField(toolOutput, 'type') === 'tool-error')
    return toStepFailure(readField(toolOutput, 'error'), signal);
  if (readField(event, 'recordOutputs') === false) return { output: hidden.output };
  return { output: readField(toolOutput, 'output') };
}
