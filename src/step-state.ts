import type { StepEndEvent, StepFacts, StepStartEvent, StepUpdateEvent } from './events.ts';
import type { ErrorFacts } from './ending.ts';
import { toSpanId } from './ids.ts';
import type { Cost, Level, ObservationKind, PromptReference, Usage } from './records.ts';
import type { Change, LifecycleState, RunState } from './lifecycle-state.ts';
import { asJson, asJsonRecord, type JsonValue } from './json.ts';
import { draftOfStep } from './record-draft.ts';

/** Everything known of one step. A value: a transition makes a new one. */
export interface StepState {
  readonly runId: string;
  readonly stepId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: ObservationKind;
  readonly name: string;
  readonly startTime: number;
  /** `synthesised` when an end or an update came and no start. */
  readonly start: 'told' | 'synthesised';
  readonly input?: JsonValue | undefined;
  readonly output?: JsonValue;
  readonly model?: string;
  readonly modelParameters?: Readonly<Record<string, JsonValue>>;
  readonly usage?: Usage;
  readonly cost?: Cost;
  readonly completionStartTime?: number;
  readonly prompt?: PromptReference;
  readonly level?: Level;
  readonly statusMessage?: string;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly ended?: StepEnding;
  /** Bytes of JSON that it holds, approximately. */
  readonly size: number;
}

/** How a step ended; `closed` means that its run ended first. */
export interface StepEnding {
  readonly time: number;
  readonly outcome: 'completed' | 'error' | 'aborted' | 'suspended' | 'closed';
  readonly error?: ErrorFacts;
}

/** What a step is called when nobody said its name. */
const unnamedStep = 'unnamed-step';

type StepEvent = StepStartEvent | StepUpdateEvent | StepEndEvent;

/** What becomes of a step of a known run when an event arrives, whatever the order. */
export function transitionStep(
  state: LifecycleState,
  run: RunState,
  event: StepEvent,
  size: number,
): Change {
  const known = state.step(run.runId, event.stepId);
  if (typeof known === 'string') return ignored(run, event, 'its end was sent');
  const before = known ?? newStep(state, run, event);
  switch (event.type) {
    case 'step-start':
      if (known?.start === 'told') return ignored(run, event, 'the step had started');
      return recorded(run, withStart(state, run, before, event, size));
    case 'step-update':
      return recorded(run, settled(run, withFacts(before, event, size)));
    case 'step-end':
      if (known?.ended !== undefined && known.ended.outcome !== 'closed')
        return ignored(run, event, 'the step had ended');
      return recorded(run, withEnd(run, before, event, size));
    default:
      return event satisfies never;
  }
}

/** The step as it is closed with its run. */
export function closeStep(step: StepState, run: RunState, time: number): StepState {
  return {
    ...step,
    level: 'WARNING',
    statusMessage: `still open when the run ${run.name} ended`,
    ended: { time: Math.max(time, step.startTime), outcome: 'closed' },
  };
}

const noMetadata: StepState['metadata'] = {};

function newStep(state: LifecycleState, run: RunState, event: StepEvent): StepState {
  const startTime =
    event.type === 'step-end' ? (event.startTime ?? event.timestamp) : event.timestamp;
  return {
    runId: run.runId,
    stepId: event.stepId,
    spanId: toSpanId(run.runId, event.stepId),
    parentSpanId:
      'parentStepId' in event ? parentSpanId(state, run, event.parentStepId) : run.spanId,
    kind: event.kind ?? 'span',
    name: event.name ?? unnamedStep,
    startTime,
    start: event.type === 'step-end' && event.startTime !== undefined ? 'told' : 'synthesised',
    // Named before it is known: a step waits with it, and an object that grows takes more.
    input: undefined,
    metadata: noMetadata,
    size: 0,
  };
}

function parentSpanId(
  state: LifecycleState,
  run: RunState,
  parentStepId: string | undefined,
): string {
  if (parentStepId === undefined) return run.spanId;
  const parent = state.step(run.runId, parentStepId);
  // The id is a function of the step's, so a parent that has not been told yet is found all the same.
  return typeof parent === 'object' ? parent.spanId : toSpanId(run.runId, parentStepId);
}

function withStart(
  state: LifecycleState,
  run: RunState,
  step: StepState,
  event: StepStartEvent,
  size: number,
): StepState {
  const started = withFacts(step, event, size);
  // Facts of an end that came first are newer than those of the start.
  if (step.output !== undefined) started.output = step.output;
  if (step.level !== undefined) started.level = step.level;
  if (step.statusMessage !== undefined) started.statusMessage = step.statusMessage;
  if (step.metadata !== noMetadata) started.metadata = { ...started.metadata, ...step.metadata };
  started.name = event.name;
  started.startTime = event.timestamp;
  started.start = 'told';
  started.parentSpanId = parentSpanId(state, run, event.parentStepId);
  return settled(run, started);
}

function withEnd(run: RunState, step: StepState, event: StepEndEvent, size: number): StepState {
  const ended = withFacts(
    step.ended?.outcome === 'closed' ? withoutClosing(step) : step,
    event,
    size,
  );
  const { error, timestamp: time } = event;
  const outcome = event.failure ?? (error === undefined ? 'completed' : 'error');
  ended.ended = error === undefined ? { time, outcome } : { time, outcome, error };
  return settled(run, ended);
}

/** Without what closing it said of its end. */
function withoutClosing(step: StepState): StepState {
  const { level: _level, statusMessage: _message, ...open } = step;
  return open;
}

/** A step of a run that has ended is over as well, and no end comes before its start. */
function settled(run: RunState, step: StepState): StepState {
  const limit = run.ended?.time;
  if (step.ended === undefined) return limit === undefined ? step : closeStep(step, run, limit);
  const time = Math.max(step.startTime, Math.min(step.ended.time, limit ?? Infinity));
  return time === step.ended.time ? step : { ...step, ended: { ...step.ended, time } };
}

/** A step under construction: a copy that nobody else has seen yet. */
type Draft = { -readonly [Field in keyof StepState]: StepState[Field] };

// Assigned one by one: a spread per field costs more than all the rest of a transition.
function withFacts(step: StepState, facts: StepFacts, size: number): Draft {
  const next: Draft = { ...step, size: step.size + size };
  const { name, kind, input, output, model, modelParameters, usage, cost } = facts;
  const { completionStartTime, prompt, level, statusMessage, metadata } = facts;
  if (name !== undefined) next.name = name;
  if (kind !== undefined) next.kind = kind;
  if (input !== undefined) next.input = asJson(input);
  if (output !== undefined) next.output = asJson(output);
  if (model !== undefined) next.model = model;
  if (modelParameters !== undefined)
    next.modelParameters = { ...step.modelParameters, ...asJsonRecord(modelParameters) };
  if (usage !== undefined) next.usage = { ...step.usage, ...usage };
  if (cost !== undefined) next.cost = { ...step.cost, ...cost };
  if (completionStartTime !== undefined) next.completionStartTime = completionStartTime;
  if (prompt !== undefined) next.prompt = prompt;
  if (level !== undefined) next.level = level;
  if (statusMessage !== undefined) next.statusMessage = statusMessage;
  if (metadata !== undefined) next.metadata = { ...step.metadata, ...asJsonRecord(metadata) };
  return next;
}

function recorded(run: RunState, step: StepState): Change {
  return { steps: [step], records: [draftOfStep(step, run)] };
}

function ignored(run: RunState, event: StepEvent, why: string): Change {
  const message = `A ${event.type} of the step ${event.stepId} in the run ${run.runId} (${run.name}) came after ${why}; it is ignored.`;
  return {
    diagnostics: [{ code: 'duplicate_event', severity: 'info', message, runId: run.runId }],
  };
}
