import { type Place, readField, readText } from '../../src/index.ts';
import type { KnownSpan, OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';
import { toStepFailure } from './step-ending.ts';
import { finishReasonOf, toStepFacts } from './step-facts.ts';
import { addInner, createTurn, ownUsage, type Turn } from './turn.ts';

// A task is the run itself; a turn would only add a level to the tree.
const withoutStep = new Set(['task', 'turn']);
const modelTypes = new Set(['generation', 'response']);
const actionTypes = new Set(['function', 'handoff']);

// Of spans in each other that were all told late.
const maxDepth = 50;

/** The SDK tells that a span of the run has begun. */
export function startSpan(recording: Recording, run: OpenRun, span: unknown): void {
  const started = knownSpan(run, span) ?? tellStart(recording, run, span);
  // A slow processor before ours may let an end overtake its start.
  if (started !== undefined && readText(span, 'endedAt') !== undefined)
    endOnce(recording, run, span, started);
}

/** The SDK tells that a span has ended. */
export function endSpan(recording: Recording, run: OpenRun, span: unknown): void {
  const ended = knownSpan(run, span) ?? startLate(recording, run, span);
  if (ended !== undefined) endOnce(recording, run, span, ended);
}

/** Where a span is, when it is one of the run. */
export function placeOfSpan(recording: Recording, run: OpenRun, span: unknown): Place | undefined {
  if (run.isPlacing) return undefined;
  // A processor before ours may be slow: what is current has begun, whether we have been told or not.
  return (knownSpan(run, span) ?? startLate(recording, run, span))?.place;
}

function knownSpan({ spans }: OpenRun, span: unknown): KnownSpan | undefined {
  const spanId = readText(span, 'spanId');
  return spanId === undefined ? undefined : spans.get(spanId);
}

function tellStart(recording: Recording, run: OpenRun, span: unknown): KnownSpan | undefined {
  const { port } = recording;
  const spanId = readText(span, 'spanId');
  const data = readField(span, 'spanData');
  const type = readText(data, 'type');
  if (spanId === undefined || type === undefined) return undefined;
  run.traceId ??= readText(span, 'traceId');
  const timestamp = timeOf(span, 'startedAt') ?? port.now();
  const parent = run.spans.get(readText(span, 'parentId') ?? '');
  const outer = outerPlace(recording, run, parent);
  const hasStep = !withoutStep.has(type);
  const started: KnownSpan = {
    place: hasStep ? { runId: outer.runId, stepId: spanId } : outer,
    type,
    turn: type === 'turn' ? createTurn(timestamp) : parent?.turn,
    depth: (parent?.depth ?? 0) + (type === 'task' ? 1 : 0),
    hasEnded: false,
  };
  run.spans.set(spanId, started);
  if (!hasStep) return started;
  noteInTurn(started, timestamp);
  port.emit({
    type: 'step-start',
    runId: outer.runId,
    stepId: spanId,
    timestamp,
    ...toStepFacts(data),
    ...(outer.stepId !== undefined && { parentStepId: outer.stepId }),
  });
  return started;
}

/** A span of which we have not been told; one that lies outside the run (around it, or before it) is none of it. */
function startLate(
  recording: Recording,
  run: OpenRun,
  span: unknown,
  depth = 0,
): KnownSpan | undefined {
  const { spans, outerSpanId } = run;
  const parentId = readText(span, 'parentId');
  if (parentId === outerSpanId) return tellStart(recording, run, span);
  if (parentId === undefined || depth > maxDepth) return undefined;
  const previous = readField(span, 'previousSpan');
  if (!spans.has(parentId) && readText(previous, 'spanId') === parentId)
    startLate(recording, run, previous, depth + 1);
  return spans.has(parentId) ? tellStart(recording, run, span) : undefined;
}

/** Where a span begins: below its parent, unless the program has opened a run of its own in between. */
function outerPlace({ port }: Recording, run: OpenRun, parent: KnownSpan | undefined): Place {
  // The SDK's current span may be a later one by the time that we are told of this one.
  run.isPlacing = true;
  const here = port.current() ?? { runId: run.runId };
  run.isPlacing = false;
  return parent?.place.runId === here.runId ? parent.place : here;
}

function endOnce(recording: Recording, run: OpenRun, span: unknown, known: KnownSpan): void {
  if (known.hasEnded) return;
  known.hasEnded = true;
  const { port } = recording;
  const { place, type, turn } = known;
  const timestamp = timeOf(span, 'endedAt') ?? port.now();
  const data = readField(span, 'spanData');
  if (type === 'task' && turn !== undefined) addInner(turn, readField(data, 'usage'));
  if (type === 'turn') tellSilentModel(recording, span, { place, turn, timestamp });
  if (withoutStep.has(type) || place.stepId === undefined) return;
  const facts = toStepFacts(data);
  if (modelTypes.has(type) && known.depth <= 1) run.finishReason = finishReasonOf(facts);
  port.emit({
    type: 'step-end',
    runId: place.runId,
    stepId: place.stepId,
    timestamp,
    ...facts,
    ...toStepFailure(readField(span, 'error'), run.signal),
  });
}

/** A model that makes no span of its own (one of the program's, for example) is seen by what its turn used. */
function tellSilentModel(
  { port }: Recording,
  span: unknown,
  { place, turn, timestamp }: { place: Place; turn: Turn | undefined; timestamp: number },
): void {
  if (turn === undefined || turn.hasModelSpan) return;
  const usage = ownUsage(turn, readField(readField(span, 'spanData'), 'usage'));
  if (usage === undefined) return;
  port.emit({
    type: 'step-end',
    runId: place.runId,
    stepId: `${readText(span, 'spanId')}.model`,
    ...(place.stepId !== undefined && { parentStepId: place.stepId }),
    kind: 'generation',
    name: 'generation',
    startTime: turn.startTime,
    timestamp: turn.firstActionTime ?? timestamp,
    usage,
    metadata: { told_by: 'turn' },
  });
}

function noteInTurn({ type, turn }: KnownSpan, startTime: number): void {
  if (turn === undefined) return;
  if (modelTypes.has(type)) turn.hasModelSpan = true;
  if (actionTypes.has(type)) turn.firstActionTime ??= startTime;
}

function timeOf(span: unknown, key: 'startedAt' | 'endedAt'): number | undefined {
  const time = Date.parse(readText(span, key) ?? '');
  return Number.isNaN(time) ? undefined : time;
}
