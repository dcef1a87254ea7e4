import { classifyFailure } from './classify-ending.ts';
import type { ConversationSources } from './conversation-id.ts';
import type { Ending, SuspendedReason } from './ending.ts';
import { toErrorFacts } from './error-facts.ts';
import type { LifecycleEvent, RunEndEvent, StepFacts } from './events.ts';
import type { RunEnding, RunPatch, StepOptions, StepPatch } from './run-options.ts';
import { observeCall } from './traced-call.ts';
import { toCost, toUsage } from './usage.ts';

/** An open run. Nothing in it throws; after its end every call is a counted no-op. */
export interface Run extends AsyncDisposable {
  /** The id that `resumeOf` and `retryOf` of another run name. */
  readonly runId: string;
  /** 32 hex digits; an inner run shares the one of the outermost. */
  readonly traceId: string;
  /** Where a person looks at it; undefined while the sink does not know. */
  url(): string | undefined;
  /** Runs `fn` as a step: sync stays sync, a promise stays a promise, same value, same error. */
  step<T>(options: StepOptions, fn: (step: Step) => T): T;
  startStep(options: StepOptions): Step;
  update(patch: RunPatch): void;
  /** Ends the run with its result. */
  complete(output?: unknown): void;
  /** Ends the run with an error; what kind follows from the error (abort, timeout, max iterations, …). */
  fail(error: unknown): void;
  /** Ends the run because it waits for somebody; what follows is a new run with `resumeOf`. */
  suspend(pending: unknown, options?: { readonly reason?: SuspendedReason }): void;
  end(ending: RunEnding): void;
  /**
   * Hands the run over to another process (a queue worker, a durable workflow): `lifecycle.resume` there makes it go
   * on. From now on that process owes the ending, and this one neither ends the run nor updates it; steps may still be
   * added. The text is at most 32 KiB and holds the run's sanitized input.
   */
  token(): string;
}

/** An open step of a run. Nothing in it throws. */
export interface Step {
  readonly stepId: string;
  step<T>(options: StepOptions, fn: (step: Step) => T): T;
  startStep(options: StepOptions): Step;
  update(patch: StepPatch): void;
  complete(output?: unknown): void;
  fail(error: unknown): void;
}

/** What handles need from the lifecycle that made them. */
export interface RunHost {
  dispatch(event: LifecycleEvent): void;
  now(): number;
  newStepId(): string;
  url(traceId: string): string | undefined;
  /** Calls `fn` with the run and the step as the current ones. */
  within<T>(scope: { readonly run: Run; readonly step?: Step }, fn: () => T): T;
  /** Lets the run go and gives its token. */
  release(run: { readonly runId: string; readonly traceId: string }): string;
  /** The step of this run inside which the caller is, if any. */
  currentStep(run: Run): Step | undefined;
  conversation(sources: ConversationSources): {
    readonly conversationId?: string;
    readonly conversationSource: string;
  };
}

/** What identifies a run, once it has started. */
export interface RunIdentity {
  readonly runId: string;
  readonly traceId: string;
  readonly signal?: AbortSignal | undefined;
}

/** The handle of a run whose start has been told. */
export function createRun(host: RunHost, identity: RunIdentity): Run {
  const { runId, traceId, signal } = identity;
  let hasEnded = false;
  const steps = (): StepContext => ({ host, run, signal });

  function endWith(ending: Ending): void {
    hasEnded = true;
    host.dispatch(toRunEnd(runId, host.now(), ending));
  }

  const run: Run = {
    runId,
    traceId,
    url: () => host.url(traceId),
    step: (options, fn) => runStep(steps(), startStep(steps(), options), fn),
    startStep: (options) => startStep(steps(), options),
    update(patch) {
      const { conversationId, ...rest } = patch;
      host.dispatch({
        type: 'run-update',
        runId,
        timestamp: host.now(),
        ...rest,
        ...(conversationId !== undefined && {
          ...host.conversation({ call: conversationId }),
          conversationSource: 'update.conversationId',
        }),
      });
    },
    complete: (output) => endWith({ status: 'completed', reason: 'stop', output }),
    fail: (error) => endWith(classifyFailure(error, { signal })),
    suspend: (pending, options = {}) =>
      endWith({
        status: 'suspended',
        reason: options.reason ?? 'input_required',
        pending: Array.isArray(pending) ? pending : [pending],
      }),
    end: (ending) => endWith(toEnding(ending, signal)),
    token() {
      hasEnded = true;
      return host.release({ runId, traceId });
    },
    async [Symbol.asyncDispose]() {
      if (hasEnded) return;
      endWith({
        status: 'error',
        reason: 'never_ended',
        error: { type: 'NeverEnded', message: 'the run was disposed of before it was ended' },
      });
    },
  };
  return run;
}

function toEnding(ending: RunEnding, signal: AbortSignal | undefined): Ending {
  switch (ending.status) {
    case 'completed':
      return { reason: 'stop', ...ending };
    case 'suspended':
      return { reason: 'input_required', ...ending };
    case 'error': {
      const { error, reason, partialOutput, react } = ending;
      const classified = classifyFailure(error, { signal });
      const facts = {
        error: toErrorFacts(error),
        ...(partialOutput !== undefined && { partialOutput }),
      };
      if (classified.status !== 'error')
        return { status: 'error', reason: reason ?? 'exception', ...facts };
      return {
        ...classified,
        ...facts,
        ...(reason !== undefined && { reason }),
        ...(react !== undefined && { react }),
      };
    }
    default:
      return ending satisfies never;
  }
}

function toRunEnd(runId: string, timestamp: number, ending: Ending): RunEndEvent {
  return { type: 'run-end', runId, timestamp, ...ending };
}

/** The handle of a step that has been started by its events. */
export function createRunStep(host: RunHost, run: Run, stepId: string): Step {
  return createStep({ host, run, signal: undefined }, stepId);
}

interface StepContext {
  readonly host: RunHost;
  readonly run: Run;
  readonly signal: AbortSignal | undefined;
}

/** Starts a step below `parent`, or below the step inside which the caller is. */
function startStep(context: StepContext, options: StepOptions, parent?: Step): Step {
  const { host, run } = context;
  const stepId = host.newStepId();
  const parentStepId = (parent ?? host.currentStep(run))?.stepId;
  const { runId } = run;
  const timestamp = host.now();
  const start = { ...options, type: 'step-start', runId, stepId, timestamp } as const;
  host.dispatch(parentStepId === undefined ? start : { ...start, parentStepId });
  return createStep(context, stepId);
}

function createStep(context: StepContext, stepId: string): Step {
  const { host, run, signal } = context;
  const { runId } = run;
  const step: Step = {
    stepId,
    step: (options, fn) => runStep(context, startStep(context, options, step), fn),
    startStep: (options) => startStep(context, options, step),
    update: (patch) =>
      host.dispatch({
        type: 'step-update',
        runId,
        stepId,
        timestamp: host.now(),
        ...toStepFacts(patch),
      }),
    complete(output) {
      const end = { type: 'step-end', runId, stepId, timestamp: host.now() } as const;
      host.dispatch(output === undefined ? end : { ...end, output });
    },
    fail: (error) => {
      const ending = classifyFailure(error, { signal });
      host.dispatch({
        type: 'step-end',
        runId,
        stepId,
        timestamp: host.now(),
        ...(ending.status === 'error' ? { error: ending.error } : {}),
        failure: toFailure(ending),
      });
    },
  };
  return step;
}

function toFailure(ending: Ending): 'error' | 'aborted' | 'suspended' {
  if (ending.status === 'suspended') return 'suspended';
  return ending.reason === 'aborted' ? 'aborted' : 'error';
}

function runStep<T>({ host, run }: StepContext, step: Step, fn: (step: Step) => T): T {
  return observeCall(() => host.within({ run, step }, () => fn(step)), {
    onValue: (output) => step.complete(output),
    onError: (error) => step.fail(error),
  });
}

function toStepFacts(patch: StepPatch): StepFacts {
  const { usage, cost, completionStartTime, ...rest } = patch;
  const tokens = toUsage(usage);
  const dollars = toCost(cost);
  return {
    ...rest,
    ...(tokens !== undefined && { usage: tokens }),
    ...(dollars !== undefined && { cost: dollars }),
    ...(completionStartTime !== undefined && { completionStartTime: Number(completionStartTime) }),
  };
}
