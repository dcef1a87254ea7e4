import { executeModel, executeTool } from './executions.ts';
import { endLoopStep, failLoopStep } from './loop-steps.ts';
import { endModel, endObjectModel, startModel } from './model-steps.ts';
import type { OpenRun, Subscription } from './open-runs.ts';
import type { Recording } from './recording.ts';
import { endEmbedding, endRanking, startEmbedding, startRanking } from './retrieval-steps.ts';
import { abortRun, endRun, failRun, findRun, learnConversation, startRun } from './run-events.ts';
import {
  type CallbackName,
  callbackNames,
  type CallCallbacks,
  type TelemetryCallback,
} from './telemetry.ts';
import { endTool, startTool } from './tool-steps.ts';

/** What an event does. */
type Handler = (subscription: Subscription, event: unknown) => void;

/** Which event of the SDK does what: the table of contents of this folder. */
const handlers: Readonly<Record<CallbackName, Handler>> = {
  onStart: startRun,
  onStepStart: onRun(learnConversation),
  onLanguageModelCallStart: onRun(startModel),
  onLanguageModelCallEnd: onRun(endModel),
  onToolExecutionStart: onRun(startTool),
  onToolExecutionEnd: onRun(endTool),
  onStepEnd: onRun(endLoopStep),
  onStepError: onRun(failLoopStep),
  onObjectStepStart: onRun(startModel),
  onObjectStepEnd: onRun(endObjectModel),
  onEmbedStart: onRun(startEmbedding),
  onEmbedEnd: onRun(endEmbedding),
  onRerankStart: onRun(startRanking),
  onRerankEnd: onRun(endRanking),
  experimental_onStreamTranscriptionStart: startRun,
  experimental_onStreamTranscriptionEnd: onRun(endRun),
  onEnd: onRun(endRun),
  onAbort: onRun(abortRun),
  onError: failRun,
};

/** An event about a run that is open; one about another does nothing. */
function onRun(handle: (recording: Recording, run: OpenRun, event: unknown) => void): Handler {
  return ({ recording }, event) => {
    const run = findRun(recording, event);
    if (run !== undefined) handle(recording, run, event);
  };
}

/** Held by the callbacks of one subscription and by nothing else: when it is gone, nobody can call them any more. */
export interface CallToken {
  readonly subscription: Subscription;
}

/** The callbacks of one call. Each holds the token. */
export function createCallbacks(token: CallToken): CallCallbacks {
  const callbacks = callbackNames.map((name) => [name, toCallback(token, name)] as const);
  return {
    // Made of all names, which `fromEntries` forgets.
    ...(Object.fromEntries(callbacks) as Record<CallbackName, TelemetryCallback>),
    executeLanguageModelCall: (execution) => executeModel(token.subscription.recording, execution),
    executeTool: (execution) => executeTool(token.subscription.recording, execution),
  };
}

function toCallback(token: CallToken, name: CallbackName): TelemetryCallback {
  const handle = handlers[name];
  return (event) =>
    token.subscription.recording.port.guard('An event of the AI SDK could not be recorded', () =>
      handle(token.subscription, event),
    );
}
