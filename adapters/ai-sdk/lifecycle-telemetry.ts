import {
  type AdapterPort,
  adapterPort,
  ConfigError,
  type Lifecycle,
  readField,
} from '../../src/index.ts';
import { type Calls, createCalls } from './calls.ts';
import { type CallSlot, offerSlot, onUnreachable } from './call-slot.ts';
import type { OpenCall } from './open-call.ts';
import type { StreamReaders } from './stream-readers.ts';
import { executeModel, executeTool } from './executions.ts';
import { type AiSdkTelemetry, type CallCallbacks, callbackNames } from './telemetry.ts';

/** What may be said of the calls of the SDK. */
export interface LifecycleTelemetryOptions {
  /**
   * The limit of steps that your `stopWhen` sets: one for all, or one per `functionId`. With it a stop at the limit is
   * told from every other stop with certainty; see `docs/frameworks.md` for what is told without it. At least 1.
   */
  readonly maxSteps?: number | Readonly<Record<string, number>>;
  /**
   * The signal of the one call that the integration is for (`telemetry.integrations`). `generateText` rejects with the
   * reason of an abort, and when you chose that reason yourself only the signal tells an abort from a failure.
   */
  readonly signal?: AbortSignal;
}

/**
 * The telemetry integration that makes each call of the AI SDK a run: `registerTelemetry(lifecycleTelemetry(lifecycle))`
 * once, or `telemetry: { integrations: lifecycleTelemetry(lifecycle) }` in one call.
 *
 * @throws {ConfigError} when `lifecycle` was not made by `createLifecycle`, or a limit of steps is no positive integer.
 */
export function lifecycleTelemetry(
  lifecycle: Lifecycle,
  options: LifecycleTelemetryOptions = {},
): AiSdkTelemetry {
  const port = adapterPort(lifecycle);
  const { maxSteps, signal } = options;
  checkLimits(maxSteps);
  if (!port.isRecording) return {};
  const maxStepsOf = (functionId: string | undefined): number | undefined =>
    typeof maxSteps === 'object' ? ownLimit(maxSteps, functionId) : maxSteps;
  const calls = createCalls(port, { signal, maxStepsOf });
  return callbacksPerCall((token) => toCallbacks(port, calls, token), calls);
}

function checkLimits(maxSteps: LifecycleTelemetryOptions['maxSteps']): void {
  const limits: readonly unknown[] =
    typeof maxSteps === 'object' ? Object.values(maxSteps) : [maxSteps ?? 1];
  const wrong = limits.find((limit) => !Number.isSafeInteger(limit) || Number(limit) < 1);
  if (wrong !== undefined || limits.includes(undefined))
    throw new ConfigError(
      `maxSteps: expected a positive integer, or one per functionId, received ${String(wrong)}. Leave it out when no limit is known.`,
    );
}

function ownLimit(
  limits: Readonly<Record<string, number>>,
  functionId: string | undefined,
): number | undefined {
  return functionId !== undefined && Object.hasOwn(limits, functionId)
    ? limits[functionId]
    : undefined;
}

/** Held by the callbacks of one call, and by nothing else. */
interface CallToken {
  readonly slot: CallSlot;
}

/**
 * An integration that gives each call callbacks of its own. The SDK reads them once, all together, when a call is made,
 * and lets go of them when nothing can go on with the call: that is how an abandoned stream is noticed.
 */
function callbacksPerCall(make: (token: CallToken) => CallCallbacks, calls: Calls): AiSdkTelemetry {
  let reading:
    | { readonly callbacks: CallCallbacks; readonly names: Set<string>; last?: string }
    | undefined;

  // Out here: what a function holds is everything that the functions beside it name, and a slot must not hold its token.
  const observe = (slot: CallSlot): StreamReaders => calls.observe(slot);

  function take<Name extends keyof CallCallbacks>(name: Name): CallCallbacks[Name] {
    // Asked for the same again at once, it is registered twice; asked again later, for another call.
    const isAnother = reading?.names.has(name) === true && reading.last !== name;
    if (reading === undefined || isAnother) reading = begin();
    reading.names.add(name);
    reading.last = name;
    return reading.callbacks[name];
  }

  function begin(): NonNullable<typeof reading> {
    const slot: CallSlot = { observe };
    const token: CallToken = { slot };
    const names = new Set<string>();
    const begun = { callbacks: make(token), names };
    const weak = new WeakRef(token);
    offerSlot(slot, names);
    queueMicrotask(() => {
      if (reading === begun) reading = undefined;
      watch(weak, names);
    });
    return begun;
  }

  function watch(weak: WeakRef<CallToken>, names: ReadonlySet<string>): void {
    const token = weak.deref();
    // Something between the SDK and us may read a callback per event: those say nothing of the call.
    if (token === undefined || !names.has('onStart') || !names.has('onEnd')) return;
    onUnreachable(token, tellerOf(calls, token.slot));
  }

  const integration: AiSdkTelemetry = {};
  for (const name of [...callbackNames, 'executeLanguageModelCall', 'executeTool'] as const) {
    Object.defineProperty(integration, name, {
      get: () => take(name),
      enumerable: true,
      configurable: true,
    });
  }
  return integration;
}

function tellerOf(calls: Calls, slot: CallSlot): () => void {
  return () => calls.unreachable(slot);
}

const failed = 'An event of the AI SDK could not be recorded';

function toCallbacks(port: AdapterPort, calls: Calls, token: CallToken): CallCallbacks {
  const { steps } = calls;

  function on(handle: (event: unknown, slot: CallSlot) => void): (event: unknown) => void {
    // The token is named here so that each callback holds it.
    return (event) => port.guard(failed, () => handle(event, token.slot));
  }

  function onCall(handle: (call: OpenCall, event: unknown) => void): (event: unknown) => void {
    return on((event) => {
      const call = calls.find(event);
      if (call !== undefined) handle(call, event);
    });
  }

  const start = on((event, slot) => calls.start(slot, event));
  const end = onCall(calls.end);
  return {
    onStart: start,
    onStepStart: onCall(calls.update),
    onLanguageModelCallStart: onCall(steps.modelStarted),
    onLanguageModelCallEnd: onCall(steps.modelEnded),
    onToolExecutionStart: onCall(steps.toolStarted),
    onToolExecutionEnd: onCall(steps.toolEnded),
    onStepEnd: onCall(steps.stepEnded),
    onStepError: onCall((call, event) => steps.stepFailed(call, readField(event, 'error'))),
    onObjectStepStart: onCall(steps.modelStarted),
    onObjectStepEnd: onCall(steps.objectModelEnded),
    onEmbedStart: onCall(steps.embeddingStarted),
    onEmbedEnd: onCall(steps.embeddingEnded),
    onRerankStart: onCall(steps.rankingStarted),
    onRerankEnd: onCall(steps.rankingEnded),
    experimental_onStreamTranscriptionStart: start,
    experimental_onStreamTranscriptionEnd: end,
    onEnd: end,
    onAbort: onCall(calls.abort),
    onError: on((event, slot) => calls.fail(slot, event)),
    executeLanguageModelCall: (execution) => executeModel({ port, calls }, execution),
    executeTool: (execution) => executeTool({ port, calls }, execution),
  };
}
