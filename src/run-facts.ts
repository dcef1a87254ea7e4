import type { RunEndEvent, RunStartEvent, RunUpdateEvent } from './events.ts';
import { toRunSpanId, toSpanId, toTraceId } from './ids.ts';
import type { LifecycleState, RunState } from './lifecycle-state.ts';
import type { TraceFacts } from './records.ts';
import { asJson, asJsonRecord, type JsonValue } from './json.ts';

/** What a run is called when nobody said its name. */
export const unnamedRun = 'unnamed-run';

// The same for all that have none: thousands of runs may be open, and a thousand are remembered.
/** The metadata of a run that has none. */
export const noMetadata: RunState['metadata'] = {};
/** The losers of a run whose conversation only one named, or none. */
export const noConflict: RunState['conversationConflict'] = [];

/** A run under construction. */
type Draft = { -readonly [Field in keyof RunState]: RunState[Field] };

/** The run that begins here, alone or inside `parent`. */
export function startedRun(
  state: LifecycleState,
  event: RunStartEvent,
  size: number,
  parent: RunState | undefined,
): RunState {
  const run: Draft = {
    runId: event.runId,
    spanId: toRunSpanId(event.runId),
    trace: parent === undefined ? traceOf(event) : parent.trace,
    kind: event.kind ?? 'agent',
    name: event.name,
    startTime: event.timestamp,
    start: 'told',
    // Named even when there is none: a run waits with it, and an object that grows takes more.
    input: event.input === undefined ? undefined : asJson(event.input),
    metadata: startMetadata(event),
    conversationSource: sourceOf(event),
    conversationConflict: event.conversationConflict ?? noConflict,
    size,
  };
  if (parent === undefined) return run;
  run.parent = {
    runId: parent.runId,
    spanId: spanIdAbove(state, event, parent),
    rootRunId: parent.parent?.rootRunId ?? parent.runId,
  };
  return Object.assign(run, inheritedConversation(parent, event));
}

/** The step that called the run, when it is known, else the run around it. */
function spanIdAbove(state: LifecycleState, event: RunStartEvent, parent: RunState): string {
  const { parentStepId } = event;
  if (parentStepId === undefined) return parent.spanId;
  const step = state.step(parent.runId, parentStepId);
  if (step === undefined) return parent.spanId;
  return typeof step === 'string' ? toSpanId(parent.runId, step) : step.spanId;
}

function inheritedConversation(
  parent: RunState,
  event: RunStartEvent,
): Pick<RunState, 'conversationSource' | 'conversationConflict'> {
  const names =
    event.conversationId !== undefined && event.conversationId !== parent.trace.conversationId;
  // The resolver knows no rank for a run inside another: there the outer run wins whatever it is told.
  const losers = (event.conversationConflict ?? []).filter((source) => source !== 'outer_run');
  return {
    conversationSource: parent.trace.conversationId === undefined ? 'missing' : 'outer_run',
    conversationConflict: names ? [sourceOf(event), ...losers] : losers,
  };
}

function sourceOf(event: RunStartEvent | RunUpdateEvent): string {
  if (event.conversationId === undefined) return 'missing';
  return event.conversationSource ?? 'event.conversationId';
}

function startMetadata(event: RunStartEvent): Readonly<Record<string, JsonValue>> {
  const { metadata, framework, maxIterations, resumeOf, retryOf } = event;
  const first = metadata ?? framework ?? maxIterations ?? resumeOf ?? retryOf;
  if (first === undefined) return noMetadata;
  const facts: Record<string, JsonValue> = { ...asJsonRecord(metadata) };
  if (framework !== undefined) facts['framework'] = framework;
  if (maxIterations !== undefined) facts['max_iterations'] = maxIterations;
  if (resumeOf !== undefined) facts['resume_of'] = resumeOf;
  if (retryOf !== undefined) facts['retry_of'] = retryOf;
  return facts;
}

/** A run whose start was made up, with what its real start tells; what is known already stays. */
export function filledRun(run: RunState, event: RunStartEvent, size: number): RunState {
  const fillsConversation =
    run.trace.conversationId === undefined && event.conversationId !== undefined;
  return {
    ...run,
    start: 'told',
    kind: event.kind ?? run.kind,
    name: event.name,
    startTime: event.timestamp,
    ...(run.input === undefined && event.input !== undefined && { input: asJson(event.input) }),
    metadata: { ...startMetadata(event), ...run.metadata },
    trace: run.parent === undefined ? filledTrace(run.trace, event) : run.trace,
    ...(fillsConversation && { conversationSource: sourceOf(event) }),
    size: run.size + size,
  };
}

function filledTrace(trace: TraceFacts, event: RunStartEvent): TraceFacts {
  // The trace id stays: steps may have left under it.
  return { ...traceOf(event), ...trace, name: event.name };
}

function traceOf(event: RunStartEvent): TraceFacts {
  const { name, conversationId, userId, tags, version } = event;
  // Those that most traces have are in the literal, and with them in the object itself.
  const trace: { -readonly [Field in keyof TraceFacts]: TraceFacts[Field] } = {
    traceId: event.traceId ?? toTraceId(event.runId),
    name,
    ...(conversationId !== undefined && { conversationId }),
    ...(userId !== undefined && { userId }),
  };
  if (tags !== undefined) trace.tags = tags;
  if (version !== undefined) trace.version = version;
  return trace;
}

/** An open run with what became known. */
export function updatedRun(run: RunState, event: RunUpdateEvent, size: number): RunState {
  const conversation = lateConversation(run, event);
  return {
    ...run,
    ...(event.name !== undefined && { name: event.name }),
    ...(run.input === undefined && event.input !== undefined && { input: asJson(event.input) }),
    ...(event.output !== undefined && { output: asJson(event.output) }),
    ...(run.completionStartTime === undefined &&
      event.completionStartTime !== undefined && {
        completionStartTime: event.completionStartTime,
      }),
    metadata: { ...run.metadata, ...asJsonRecord(event.metadata) },
    trace:
      run.parent === undefined
        ? updatedTrace(run.trace, event, conversation.conversationId)
        : run.trace,
    conversationSource: conversation.source,
    conversationConflict: conversation.conflict,
    size: run.size + size,
  };
}

function updatedTrace(
  trace: TraceFacts,
  event: RunUpdateEvent,
  conversationId: string | undefined,
): TraceFacts {
  return {
    ...trace,
    ...(event.name !== undefined && { name: event.name }),
    ...(conversationId !== undefined && { conversationId }),
    ...(event.userId !== undefined && { userId: event.userId }),
    ...(event.tags !== undefined && { tags: [...new Set([...(trace.tags ?? []), ...event.tags])] }),
    ...(event.version !== undefined && { version: event.version }),
  };
}

function lateConversation(
  run: RunState,
  event: RunUpdateEvent,
): {
  readonly conversationId?: string;
  readonly source: string;
  readonly conflict: readonly string[];
} {
  const kept = { source: run.conversationSource, conflict: run.conversationConflict };
  const told = event.conversationId;
  if (told === undefined || told === run.trace.conversationId) return kept;
  if (run.trace.conversationId === undefined && run.parent === undefined) {
    return { conversationId: told, source: sourceOf(event), conflict: kept.conflict };
  }
  return { ...kept, conflict: [...new Set([...kept.conflict, sourceOf(event)])] };
}

/** A run with what its end tells besides the ending itself. */
export function retoldRun(run: RunState, event: RunEndEvent, size: number): RunState {
  const named = event.name !== undefined && run.start === 'synthesised';
  return {
    ...run,
    ...(named && { name: event.name }),
    ...(event.metadata !== undefined && {
      metadata: { ...run.metadata, ...asJsonRecord(event.metadata) },
    }),
    size: run.size + size,
  };
}

/** The start of a run that was never told; `name` when the end knew it. */
export function synthesisedRun(
  runId: string,
  name: string | undefined,
  startTime: number,
): RunState {
  return {
    runId,
    spanId: toRunSpanId(runId),
    trace: { traceId: toTraceId(runId), name: name ?? unnamedRun },
    kind: 'agent',
    name: name ?? unnamedRun,
    startTime,
    start: 'synthesised',
    input: undefined,
    metadata: noMetadata,
    conversationSource: 'missing',
    conversationConflict: noConflict,
    size: 0,
  };
}
