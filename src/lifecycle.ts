import { AsyncLocalStorage } from 'node:async_hooks';
import type { ScheduledCall } from './clock.ts';
import { type Conversation, resolveConversation } from './conversation-id.ts';
import { EventError } from './errors.ts';
import { parseLifecycleEvent } from './event-schema.ts';
import type { LifecycleEvent, RunStartEvent } from './events.ts';
import { traceIdFromSeed } from './ids.ts';
import { type LifecycleOptions, toSettings } from './lifecycle-options.ts';
import { createOutbox, type DeliveryReport } from './outbox.ts';
import { createRun, type Run, type RunHost, type Step } from './run.ts';
import type { RunOptions } from './run-options.ts';
import { createRunRegistry } from './run-registry.ts';
import type { Change, RunClose } from './lifecycle-state.ts';
import { unnamedRun } from './run-facts.ts';
import { sanitizeEvent } from './sanitize-event.ts';
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
  /** The same function, traced: its arguments are the input, and the first may name the conversation. */
  wrap<This, Args extends readonly unknown[], Result>(
    options: WrapOptions,
    fn: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result;
  /** Starts a run that the caller ends; `await using` ends a forgotten one as `never_ended`. */
  startRun(options: RunOptions): Run;
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

interface Scope {
  readonly run?: Run;
  readonly step?: Step;
  readonly conversation?: unknown;
}

const registryLimits = { endedRuns: 1_000, parkedEvents: 10_000 } as const;

/**
 * Makes a lifecycle over a sink.
 *
 * @throws {ConfigError} when an option has a form that cannot work.
 */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const settings = toSettings(options);
  const { sink, clock, ids, sanitizer, diagnose } = settings;
  const scopes = new AsyncLocalStorage<Scope>();
  const outbox = createOutbox(
    { sink, clock, diagnose, random: Math.random, onHandOver: (record) => registry.handOver(record) },
    settings.outbox,
  );
  const registry = createRunRegistry(registryLimits, ({ event }) => {
    outbox.countDropped('memory_limit');
    const message = `More than ${registryLimits.parkedEvents} events wait for the start of their run; a ${event.type} of the run ${event.runId} is dropped. Emit run-start first.`;
    diagnose({ code: 'memory_limit', severity: 'warning', message, runId: event.runId });
  });
  let closing: Promise<DeliveryReport> | undefined;
  let settling: ScheduledCall | undefined;

  sink.start?.({ clock, diagnose });
  if (sink.disabled !== undefined) {
    diagnose({ code: 'disabled', severity: 'warning', message: sink.disabled.message });
  }

  const host: RunHost = {
    dispatch,
    now: () => clock.now(),
    newStepId: () => ids.spanId(),
    url: (traceId) => sink.traceUrl?.(traceId),
    within: ({ run, step }, fn) =>
      scopes.run({ ...scopes.getStore(), run, ...(step !== undefined && { step }) }, fn),
    currentStep(run) {
      const scope = scopes.getStore();
      return scope?.run === run ? scope.step : undefined;
    },
    conversation: (sources) => toConversationFields(resolveConversation(sources, settings.conversationPolicy)),
  };

  function dispatch(event: LifecycleEvent): void {
    if (sink.disabled !== undefined) {
      if (event.type === 'run-start') outbox.countDropped('disabled');
      return;
    }
    if (closing !== undefined) {
      refuse(event);
      return;
    }
    try {
      publish(registry.apply(sanitizeEvent(event, sanitizer)));
    } catch (error) {
      const repaired = withoutBadFields(event);
      if (repaired === undefined) reportInternal(`A ${event.type} of the run ${event.runId} could not be recorded`, error);
      else publish(registry.apply(sanitizeEvent(repaired, sanitizer)));
    }
  }

  /** Callers without types pass anything: what a field cannot be is left out and named, the rest is recorded. */
  function withoutBadFields(event: LifecycleEvent): LifecycleEvent | undefined {
    try {
      return parseLifecycleEvent(event, clock.now());
    } catch (error) {
      if (!(error instanceof EventError)) return undefined;
      diagnose({ code: 'invalid_event', severity: 'warning', message: sanitizer.text(error.message, 2_000), runId: event.runId });
      const bad = new Set(error.issues.map(({ field }) => field.split('.', 1)[0]));
      const rest = Object.fromEntries(Object.entries(event).filter(([field]) => !bad.has(field)));
      return parse(rest);
    }
  }

  function reportInternal(what: string, error: unknown): void {
    const cause = error instanceof Error ? error.message : typeof error;
    diagnose({ code: 'internal', severity: 'error', message: sanitizer.text(`${what}: ${cause}`, 1_000) });
  }

  function refuse(event: LifecycleEvent): void {
    if (event.type !== 'run-start' && event.type !== 'run-end') return;
    outbox.countDropped('closed');
    const message = `A ${event.type} of the run ${event.runId} came after shutdown() and is not sent.`;
    diagnose({ code: 'closed', severity: 'warning', message, runId: event.runId });
  }

  function publish(changes: readonly Change[]): void {
    for (const change of changes) {
      for (const record of change.records ?? []) outbox.enqueue(record);
      for (const diagnostic of change.diagnostics ?? []) {
        if (diagnostic.code === 'late_ending') outbox.countDropped('late_ending');
        diagnose(diagnostic);
      }
    }
    if (settling === undefined && registry.startlessRunIds().length > 0) {
      settling = clock.schedule(settleStartless, settings.outbox.flushIntervalMs);
    }
  }

  function settleStartless(): void {
    settling?.cancel();
    settling = undefined;
    for (const runId of registry.startlessRunIds()) {
      publish(registry.apply({ event: { type: 'run-settle', runId, timestamp: clock.now() }, size: 0 }));
    }
  }

  function startRun(options: RunOptions, firstArgument: unknown): Run {
    try {
      return recordedRun(options, firstArgument);
    } catch (error) {
      reportInternal('A run could not be started', error);
      const runId = ids.traceId();
      return createRun({ ...host, dispatch: () => {} }, { runId, traceId: runId });
    }
  }

  function recordedRun(options: RunOptions, firstArgument: unknown): Run {
    const scope = scopes.getStore();
    const outer = openOuterRun(scope);
    const runId = ids.traceId();
    const traceId = outer?.traceId ?? (options.traceSeed === undefined ? runId : traceIdFromSeed(options.traceSeed));
    const conversation = resolveConversation(
      {
        call: options.conversationId,
        firstArgument,
        inputContext: options.inputContext,
        ...(options.conversationCandidates !== undefined && { framework: options.conversationCandidates }),
        metadata: options.metadata,
        ambient: { conversation: scope?.conversation, outerRun: outerConversation(scope) },
        ...(settings.activeAttributes !== undefined && { openTelemetry: settings.activeAttributes() }),
      },
      settings.conversationPolicy,
    );
    const metadata = conversation.hashed ? { ...options.metadata, conversation_id_hashed: true } : options.metadata;
    const start: RunStartEvent = {
      type: 'run-start',
      runId,
      timestamp: clock.now(),
      ...toStartFields({ ...options, ...(metadata !== undefined && { metadata }) }),
      ...(traceId !== runId && { traceId }),
      ...(outer !== undefined && { parentRunId: outer.runId }),
      ...(outer !== undefined && scope?.step !== undefined && { parentStepId: scope.step.stepId }),
      ...toConversationFields(conversation),
    };
    dispatch(start);
    return createRun(host, { runId, traceId, signal: options.signal });
  }

  /** A run that has ended takes no more children: what starts in its context later is a run of its own. */
  function openOuterRun(scope: Scope | undefined): Run | undefined {
    if (scope?.run === undefined) return undefined;
    const state = registry.run(scope.run.runId);
    return state === undefined || state.ended !== undefined ? undefined : scope.run;
  }

  function outerConversation(scope: Scope | undefined): string | undefined {
    return scope?.run === undefined ? undefined : registry.run(scope.run.runId)?.trace.conversationId;
  }

  function traced<T>(options: RunOptions, firstArgument: unknown, fn: (run: Run) => T): T {
    const run = startRun(options, firstArgument);
    const scope: Scope = { run, conversation: scopes.getStore()?.conversation };
    return observeCall(() => scopes.run(scope, () => fn(run)), {
      onValue: (output) => run.complete(output),
      onError: (error) => run.fail(error),
    });
  }

  function closeOpenRuns(message: string): void {
    for (const runId of registry.unendedRunIds()) {
      const event: RunClose = { type: 'run-close', runId, timestamp: clock.now(), reason: 'never_ended', message };
      publish(registry.apply({ event, size: 0 }));
    }
  }

  return {
    run: (runOptions, fn) => traced(runOptions, runOptions.input, fn),
    wrap<This, Args extends readonly unknown[], Result>(
      wrapOptions: WrapOptions,
      fn: (this: This, ...args: Args) => Result,
    ) {
      const name = wrapOptions.name ?? (fn.name === '' ? unnamedRun : fn.name);
      const wrapped = function (this: This, ...args: Args): Result {
        const input = args.length > 1 ? args : args[0];
        return traced({ ...wrapOptions, name, input }, args[0], () => Reflect.apply<This, Args, Result>(fn, this, args));
      };
      Object.defineProperties(wrapped, {
        name: { value: fn.name, configurable: true },
        length: { value: fn.length, configurable: true },
      });
      return wrapped;
    },
    startRun: (runOptions) => startRun(runOptions, runOptions.input),
    withConversation: (conversation, fn) => scopes.run({ ...scopes.getStore(), conversation }, fn),
    currentRun: () => scopes.getStore()?.run,
    emit(event) {
      const parsed = parse(event);
      if (parsed !== undefined) dispatch(parsed);
    },
    flush({ timeoutMs = settings.flushTimeoutMs } = {}) {
      settleStartless();
      return outbox.flush(timeoutMs);
    },
    shutdown({ timeoutMs = settings.flushTimeoutMs } = {}) {
      if (closing === undefined) {
        settleStartless();
        closeOpenRuns('the run was still open when shutdown() was called');
        closing = outbox.close(timeoutMs);
      }
      return closing;
    },
  };

  function parse(event: unknown): LifecycleEvent | undefined {
    try {
      return parseLifecycleEvent(event, clock.now());
    } catch (error) {
      outbox.countDropped('invalid_event');
      const cause = error instanceof EventError ? error.message : 'Not a lifecycle event: it could not be read';
      diagnose({ code: 'invalid_event', severity: 'warning', message: sanitizer.text(cause, 2_000) });
      return undefined;
    }
  }
}

function toStartFields(options: RunOptions): Omit<RunStartEvent, 'type' | 'runId' | 'timestamp'> {
  const { name, kind, input, userId, tags, metadata, version, maxIterations, resumeOf, retryOf } = options;
  return {
    name: typeof name === 'string' && name.trim() !== '' ? name : unnamedRun,
    ...(kind !== undefined && { kind }),
    ...(input !== undefined && { input }),
    ...(userId !== undefined && { userId }),
    ...(tags !== undefined && { tags }),
    ...(metadata !== undefined && { metadata }),
    ...(version !== undefined && { version }),
    ...(maxIterations !== undefined && { maxIterations }),
    ...(resumeOf !== undefined && { resumeOf }),
    ...(retryOf !== undefined && { retryOf }),
  };
}

function toConversationFields({
  id,
  source,
  conflict,
}: Conversation): Required<Pick<RunStartEvent, 'conversationSource'>> &
  Pick<RunStartEvent, 'conversationId' | 'conversationConflict'> {
  return {
    conversationSource: source,
    ...(id !== undefined && { conversationId: id }),
    ...(conflict !== undefined && { conversationConflict: conflict }),
  };
}
