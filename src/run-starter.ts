import type { Place } from './adapter-port.ts';
import type { Context, Scope } from './context.ts';
import { type Conversation, resolveConversation } from './conversation-id.ts';
import type { EventIntake } from './event-intake.ts';
import { toTraceId, traceIdFromSeed } from './ids.ts';
import type { LifecycleSettings } from './lifecycle-options.ts';
import type { Run, RunHost } from './run.ts';
import { createRun, createRunStep } from './run-handles.ts';
import { type StartOptions, toConversationFields, toStart } from './run-start.ts';
import { createUntracedRun } from './untraced-run.ts';

/** Starts runs: finds out where and in which conversation, tells it, and gives the handle. Never throws. */
export interface RunStarter {
  /** `args` are those of a traced function, whose first may name the conversation. */
  readonly startRun: (options: StartOptions, args?: readonly unknown[]) => Run;
  /** The handles of a run and a step that others started. */
  readonly scopeOf: (place: Place) => Scope;
}

/** What a starter needs from the lifecycle. */
export interface RunStarterPorts {
  readonly settings: LifecycleSettings;
  readonly intake: EventIntake;
  readonly context: Context;
  readonly host: RunHost;
}

/** Makes a starter. */
export function createRunStarter({ settings, intake, context, host }: RunStarterPorts): RunStarter {
  const { sink, clock, ids } = settings;

  function startRun(options: StartOptions, args?: readonly unknown[]): Run {
    try {
      return sink.disabled === undefined ? recordedRun(options, args) : unrecordedRun(options);
    } catch (error) {
      intake.reportInternal('A run could not be started', error);
      return createUntracedRun();
    }
  }

  /** Has the ids that it would have had, and is counted. */
  function unrecordedRun({ runId = ids.traceId(), traceSeed, name }: StartOptions): Run {
    const traceId = traceSeed === undefined ? toTraceId(runId) : traceIdFromSeed(traceSeed);
    intake.dispatch({ type: 'run-start', runId, timestamp: 0, name });
    return createUntracedRun({ runId, traceId }, (id) => host.url(id));
  }

  function recordedRun(options: StartOptions, args: readonly unknown[] | undefined): Run {
    const scope =
      options.parent === undefined
        ? context.current()
        : { conversation: context.current()?.conversation, ...scopeOf(options.parent) };
    const outer = openOuterRun(scope);
    const runId = options.runId ?? ids.traceId();
    const traceId =
      outer?.traceId ??
      (options.traceSeed === undefined ? toTraceId(runId) : traceIdFromSeed(options.traceSeed));
    const conversation = conversationFor(options, args, scope);
    const start = toStart(runId, options.startTime ?? clock.now(), options);
    if (traceId !== runId) start.traceId = traceId;
    if (outer !== undefined) start.parentRunId = outer.runId;
    if (outer !== undefined && scope?.step !== undefined) start.parentStepId = scope.step.stepId;
    if (conversation.hashed) start.metadata = { ...start.metadata, conversation_id_hashed: true };
    Object.assign(start, toConversationFields(conversation));
    intake.dispatch(start);
    return createRun(host, { runId, traceId, signal: options.signal });
  }

  function conversationFor(
    options: StartOptions,
    args: readonly unknown[] | undefined,
    scope: Scope | undefined,
  ): Conversation {
    return resolveConversation(
      {
        call: options.conversationId,
        firstArgument: args === undefined ? options.input : args[0],
        inputContext: options.inputContext,
        ...(options.conversationCandidates !== undefined && {
          framework: options.conversationCandidates,
        }),
        ...(options.conversationContext !== undefined && {
          frameworkContext: options.conversationContext,
        }),
        metadata: options.metadata,
        ambient: {
          conversation: scope?.conversation,
          outerRun: conversationOf(scope?.run?.runId),
          resumedRun: conversationOf(options.resumeOf),
        },
        ...(settings.activeAttributes !== undefined && {
          openTelemetry: settings.activeAttributes(),
        }),
      },
      settings.conversationPolicy,
    );
  }

  /** The handles of a run and a step that others started. */
  function scopeOf({ runId, stepId }: Place): Scope {
    const traceId = intake.run(runId)?.trace.traceId ?? toTraceId(runId);
    const run = createRun(host, { runId, traceId });
    return { run, ...(stepId !== undefined && { step: createRunStep(host, run, stepId) }) };
  }

  /** A run that has ended takes no more children: what starts in its context later is a run of its own. */
  function openOuterRun(scope: Scope | undefined): Run | undefined {
    if (scope?.run === undefined) return undefined;
    const state = intake.run(scope.run.runId);
    return state === undefined || state.ended !== undefined ? undefined : scope.run;
  }

  function conversationOf(runId: string | undefined): string | undefined {
    return runId === undefined ? undefined : intake.run(runId)?.trace.conversationId;
  }

  return { startRun, scopeOf };
}
