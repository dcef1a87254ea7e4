import type { ConversationSources } from './conversation-id.ts';
import type { SuspendedReason } from './ending.ts';
import type { LifecycleEvent } from './events.ts';
import type { RunEnding, RunPatch, StepOptions, StepPatch } from './run-options.ts';

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
  /** That of the run, when this is the host of one alone. */
  readonly signal?: AbortSignal;
}

/** What identifies a run, once it has started. */
export interface RunIdentity {
  readonly runId: string;
  readonly traceId: string;
  readonly signal?: AbortSignal | undefined;
}
