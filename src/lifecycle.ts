import { type AdapterHooks, createAdapterHooks } from './adapter-hooks.ts';
import { type Place, withAdapterPort } from './adapter-port.ts';
import { createContext, type Scope } from './context.ts';
import { resolveConversation } from './conversation-id.ts';
import { clearDefaultLifecycle, setDefaultLifecycle } from './default-lifecycle.ts';
import { createEventIntake } from './event-intake.ts';
import { guardAgainstInterruption } from './interruption.ts';
import { type LifecycleOptions, toSettings } from './lifecycle-options.ts';
import type { DeliveryReport } from './outbox.ts';
import type { Run, RunHost } from './run.ts';
import { createRun } from './run-handles.ts';
import { parseToken, toToken } from './run-token.ts';
import { unnamedRun } from './run-facts.ts';
import type { RunOptions } from './run-options.ts';
import { toConversationFields } from './run-start.ts';
import { createRunStarter } from './run-starter.ts';
import { createStreamTracer, type StreamOptions, type StreamTracer } from './stream.ts';
import { observeCall } from './traced-call.ts';

/** How long a flush may take. */
export interface FlushOptions {
  /** Milliseconds; default `limits.flushTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** What may be said of a wrapped function's runs; the arguments of the call are the input. */
export type WrapOptions = Omit<RunOptions, 'name' | 'input' | 'traceSeed'> & {
  /** Default: the name of the function. */
  readonly name?: string;
};

/** Traces runs. After construction nothing in it throws, and nothing waits for the network but `flush` and `shutdown`. */
export interface Lifecycle {
  /** Runs `fn` inside a run: sync stays sync, a promise stays a promise, same value, same error object. */
  run<T>(options: RunOptions, fn: (run: Run) => T): T;
  /**
   * Runs `fn` inside a run that ends with the stream that `fn` gives: an async generator or iterable, a generator, a
   * `ReadableStream`, a `Response`, or a promise of one. The same kind of thing comes back, with the same chunks.
   */
  stream<T>(options: StreamOptions, fn: (run: Run) => T): T;
  /** The same function, traced: its arguments are the input, and the first may name the conversation. */
  wrap<This, Args extends readonly unknown[], Result>(
    options: WrapOptions,
    fn: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result;
  /** Starts a run that the caller ends; `await using` ends a forgotten one as `never_ended`. */
  startRun(options: RunOptions): Run;
  /**
   * Goes on with a run that another process handed over by `run.token()`; this process owes its ending now.
   *
   * @throws {TokenError} when the text is not a token.
   */
  resume(token: string): Run;
  /** Calls `fn` with an ambient conversation id. */
  withConversation<T>(conversationId: string | number | bigint, fn: () => T): T;
  /** The run inside which the caller is. */
  currentRun(): Run | undefined;
  /** Takes a raw lifecycle event from any bus. One that is not valid is a diagnostic and changes nothing. */
  emit(event: unknown): void;
  /** Sends what waits. Resolves to what became of everything so far, also when it is late; never rejects. */
  flush(options?: FlushOptions): Promise<DeliveryReport>;
  /** Ends open runs as `never_ended`, sends what waits and closes the sink. Never rejects; later calls share the result. */
  shutdown(options?: FlushOptions): Promise<DeliveryReport>;
}

/**
 * Makes a lifecycle over a sink.
 *
 * @throws {ConfigError} when an option has a form that cannot work.
 */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const settings = toSettings(options);
  const { sink, clock, ids, diagnose } = settings;
  const context = createContext({
    // Spans of others must not hang under a run that nobody will ever see.
    activate: sink.disabled === undefined ? settings.activate : undefined,
    locate: () => hooks.places(),
    scopeOf: (place) => starter.scopeOf(place),
  });
  const intake = createEventIntake(settings);

  sink.start?.({ clock, diagnose });
  if (sink.disabled !== undefined) {
    diagnose({ code: 'disabled', severity: 'warning', message: sink.disabled.message });
  }

  const host: RunHost = {
    dispatch: (event) => intake.dispatch(event),
    now: () => clock.now(),
    newStepId: () => ids.spanId(),
    url: (traceId) => sink.traceUrl?.(traceId),
    within: ({ run, step }, fn) =>
      context.enter({ ...context.current(), run, ...(step !== undefined && { step }) }, fn),
    release({ runId, traceId }) {
      const run = intake.release(runId);
      return toToken(run === undefined ? { type: 'none', runId, traceId } : { type: 'open', run });
    },
    currentStep(run) {
      const scope = context.current();
      return scope?.run?.runId === run.runId ? scope.step : undefined;
    },
    conversation: (sources) =>
      toConversationFields(resolveConversation(sources, settings.conversationPolicy)),
  };

  const starter = createRunStarter({ settings, intake, context, host });
  const { startRun, scopeOf } = starter;

  function isKnownOpen({ runId }: Place): boolean {
    return intake.run(runId) !== undefined && isOpen({ runId });
  }

  function isOpen({ runId }: Pick<Run, 'runId'>): boolean {
    const state = intake.run(runId);
    return state?.ended === undefined && !state?.released;
  }

  const streams: StreamTracer = createStreamTracer({
    openRun(options) {
      const conversation = context.current()?.conversation;
      const run = startRun(options);
      return {
        run,
        within: (fn) => context.enter({ run, conversation }, fn),
        isOpen: () => isOpen(run),
      };
    },
    now: () => clock.now(),
    tellFirstChunk: (runId, time) =>
      intake.dispatch({ type: 'run-update', runId, timestamp: time, completionStartTime: time }),
    snapshot: (value) => settings.sanitizer.snapshot(value),
    reportInternal: (what, error) => intake.reportInternal(what, error),
    isRecording: sink.disabled === undefined,
  });

  const hooks: AdapterHooks = createAdapterHooks({
    isOpen: isKnownOpen,
    reportInternal: (what, error) => intake.reportInternal(what, error),
  });

  /** For what is known outside of the runs that somebody is about to end. */
  function tellBeforeEnding(): void {
    streams.tellProgress();
    hooks.tellBeforeEnding();
  }

  function traced<T>(options: RunOptions, fn: (run: Run) => T, args?: readonly unknown[]): T {
    const run = startRun(options, args);
    const scope: Scope = { run, conversation: context.current()?.conversation };
    return observeCall(() => context.enter(scope, () => fn(run)), {
      onValue: (output) => {
        // What a function returns is its run's output, unless the run was ended or handed over inside.
        if (isOpen(run)) run.complete(output);
      },
      onError: (error) => run.fail(error),
    });
  }

  // A sink that cannot work has nothing to deliver.
  const endGuard =
    settings.interruptionTimeoutMs === undefined || sink.disabled !== undefined
      ? undefined
      : guardAgainstInterruption(
          {
            end(interruption) {
              tellBeforeEnding();
              intake.endOpenRuns(interruption);
              intake.saveNow();
              return intake.pending > 0 ? 'undelivered' : 'nothing';
            },
            deliver: (timeoutMs) => intake.flush(timeoutMs),
            deliverNow(timeoutMs) {
              intake.deliverByStandIn(timeoutMs);
              intake.saveNow();
            },
          },
          settings.interruptionTimeoutMs,
        );

  const lifecycle: Lifecycle = {
    run: (runOptions, fn) => traced(runOptions, fn),
    stream: (streamOptions, fn) => streams.stream(streamOptions, fn),
    wrap<This, Args extends readonly unknown[], Result>(
      wrapOptions: WrapOptions,
      fn: (this: This, ...args: Args) => Result,
    ) {
      const name = wrapOptions.name ?? (fn.name === '' ? unnamedRun : fn.name);
      const wrapped = function (this: This, ...args: Args): Result {
        const input = args.length > 1 ? args : args[0];
        return traced(
          { ...wrapOptions, name, input },
          () => Reflect.apply<This, Args, Result>(fn, this, args),
          args,
        );
      };
      Object.defineProperties(wrapped, {
        name: { value: fn.name, configurable: true },
        length: { value: fn.length, configurable: true },
      });
      return wrapped;
    },
    startRun: (runOptions) => startRun(runOptions),
    resume(token) {
      const content = parseToken(token);
      if (content.type === 'none') return createRun({ ...host, dispatch() {} }, content);
      intake.adopt(content.run);
      return createRun(host, { runId: content.run.runId, traceId: content.run.trace.traceId });
    },
    withConversation: (conversation, fn) =>
      context.enter({ ...context.current(), conversation }, fn),
    currentRun: () => context.current()?.run,
    emit: (event) => intake.emit(event),
    flush: ({ timeoutMs = settings.flushTimeoutMs } = {}) =>
      hooks.whenTold(() => intake.flush(timeoutMs)),
    shutdown({ timeoutMs = settings.flushTimeoutMs } = {}) {
      clearDefaultLifecycle(lifecycle);
      const closed = hooks.whenTold(() => {
        tellBeforeEnding();
        return intake.close(timeoutMs, 'the run was still open when shutdown() was called');
      });
      // Until it is done an exit still has something to save.
      return closed.finally(() => endGuard?.());
    },
  };
  setDefaultLifecycle(lifecycle);
  return withAdapterPort(lifecycle, {
    startRun(runOptions) {
      const { runId, traceId } = startRun(runOptions);
      return { runId, traceId };
    },
    emit: (event) => intake.dispatch(event),
    within: (place, fn) =>
      context.enter({ conversation: context.current()?.conversation, ...scopeOf(place) }, fn),
    current() {
      const scope = context.current();
      return scope?.run === undefined
        ? undefined
        : {
            runId: scope.run.runId,
            ...(scope.step !== undefined && { stepId: scope.step.stepId }),
          };
    },
    locate: (find) => hooks.locate(find),
    isRecording: sink.disabled === undefined,
    isOpen: (runId) => isKnownOpen({ runId }),
    now: () => clock.now(),
    guard: (what, fn) => hooks.guard(what, fn),
    beforeEnding: (fn) => hooks.beforeEnding(fn),
    tellsLate: (hasOpen) => hooks.tellsLate(hasOpen),
    follow: (stream, follower) => streams.follow(stream, follower),
  });
}
