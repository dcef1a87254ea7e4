import {
  type AdapterPort,
  classifyFailure,
  type Place,
  readField,
  readText,
  type StepEndEvent,
} from '../../src/index.ts';
import { finishReasonOf, isRefused, toSpanError, toSpanFacts } from './span-facts.ts';
import { addInner, createTurn, ownUsage, type Turn } from './turn.ts';

/** The spans of one run, and of what runs inside it, as steps. */
export interface SpanSteps {
  started(span: unknown): void;
  ended(span: unknown): void;
  /** Where this span is, when it is one of the run. */
  placeOf(span: unknown): Place | undefined;
  /** Whether there are any: none come when tracing is off. */
  readonly isTold: boolean;
  /** The SDK's id of the trace. */
  readonly traceId: string | undefined;
  /** Why the last model call of the run itself stopped. */
  readonly finishReason: string | undefined;
}

interface KnownSpan {
  /** Where what this span holds stands: its own step, or the one above when it has none. */
  readonly place: Place;
  readonly type: string;
  readonly turn: Turn | undefined;
  /** How many runs lie around it, the outermost being 1. */
  readonly depth: number;
  hasEnded: boolean;
}

// A task is the run itself; a turn would only add a level to the tree.
const withoutStep = new Set(['task', 'turn']);
const modelTypes = new Set(['generation', 'response']);
const actionTypes = new Set(['function', 'handoff']);

/** The run whose spans these are. */
export interface SpannedRun {
  readonly runId: string;
  /** The signal that it was given. */
  readonly signal: AbortSignal | undefined;
  /** The span in which it was called. */
  readonly outerSpanId: string | undefined;
}

// Of spans in each other that were all told late.
const maximumDepth = 50;

/** Follows the spans of one run. */
export function createSpanSteps(port: AdapterPort, run: SpannedRun): SpanSteps {
  const spans = new Map<string, KnownSpan>();
  let traceId: string | undefined;
  let finishReason: string | undefined;
  // The SDK's current span may be a later one by the time that we are told of one, and says nothing about its place.
  let isPlacing = false;

  function known(span: unknown): KnownSpan | undefined {
    const spanId = readText(span, 'spanId');
    return spanId === undefined ? undefined : spans.get(spanId);
  }

  function start(span: unknown): KnownSpan | undefined {
    const spanId = readText(span, 'spanId');
    const data = readField(span, 'spanData');
    const type = readText(data, 'type');
    if (spanId === undefined || type === undefined) return undefined;
    traceId ??= readText(span, 'traceId');
    const timestamp = timeOf(span, 'startedAt') ?? port.now();
    const parent = spans.get(readText(span, 'parentId') ?? '');
    const outer = outerPlace(parent);
    const started: KnownSpan = {
      place: withoutStep.has(type) ? outer : { runId: outer.runId, stepId: spanId },
      type,
      turn: toTurn(type, timestamp, parent),
      depth: (parent?.depth ?? 0) + (type === 'task' ? 1 : 0),
      hasEnded: false,
    };
    spans.set(spanId, started);
    if (withoutStep.has(type)) return started;
    noteInTurn(started, timestamp);
    port.emit({
      type: 'step-start',
      runId: outer.runId,
      stepId: spanId,
      timestamp,
      ...toSpanFacts(data),
      ...(outer.stepId !== undefined && { parentStepId: outer.stepId }),
    });
    return started;
  }

  /** A span of which we have not been told; one that lies outside the run (around it, or before it) is none of it. */
  function startWithin(span: unknown, depth = 0): KnownSpan | undefined {
    const parentId = readText(span, 'parentId');
    if (parentId === run.outerSpanId) return start(span);
    if (parentId === undefined || depth > maximumDepth) return undefined;
    const previous = readField(span, 'previousSpan');
    if (!spans.has(parentId) && readText(previous, 'spanId') === parentId)
      startWithin(previous, depth + 1);
    return spans.has(parentId) ? start(span) : undefined;
  }

  /** Where a span begins: below its parent, unless the program has opened a run of its own in between. */
  function outerPlace(parent: KnownSpan | undefined): Place {
    isPlacing = true;
    const here = port.current() ?? { runId: run.runId };
    isPlacing = false;
    return parent?.place.runId === here.runId ? parent.place : here;
  }

  function endOnce(span: unknown, known: KnownSpan): void {
    if (known.hasEnded) return;
    known.hasEnded = true;
    end(span, known);
  }

  function end(span: unknown, { place, type, turn, depth }: KnownSpan): void {
    const timestamp = timeOf(span, 'endedAt') ?? port.now();
    const data = readField(span, 'spanData');
    if (type === 'task' && turn !== undefined) addInner(turn, readField(data, 'usage'));
    if (type === 'turn') endTurn(span, { place, turn, timestamp });
    if (withoutStep.has(type) || place.stepId === undefined) return;
    const facts = toSpanFacts(data);
    if (modelTypes.has(type) && depth <= 1) finishReason = finishReasonOf(facts);
    port.emit({
      type: 'step-end',
      runId: place.runId,
      stepId: place.stepId,
      timestamp,
      ...facts,
      ...failure(readField(span, 'error')),
    });
  }

  /** A model that makes no span of its own (one of the program's, for example) is seen by what its turn used. */
  function endTurn(
    span: unknown,
    { place, turn, timestamp }: Pick<KnownSpan, 'turn'> & { place: Place; timestamp: number },
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

  function failure(error: unknown): Pick<StepEndEvent, 'error' | 'failure'> {
    const facts = toSpanError(error);
    if (facts === undefined) return {};
    const isAborted = facts.type === 'AbortError' || isCalledOff(run.signal, facts.message);
    return { error: facts, failure: isAborted || isRefused(error) ? 'aborted' : 'error' };
  }

  return {
    started(span) {
      const started = known(span) ?? start(span);
      // A slow processor before ours may let an end overtake its start.
      if (started !== undefined && readText(span, 'endedAt') !== undefined) endOnce(span, started);
    },
    ended(span) {
      const ended = known(span) ?? startWithin(span);
      if (ended !== undefined) endOnce(span, ended);
    },
    placeOf(span) {
      if (isPlacing) return undefined;
      // A processor before ours may be slow: what is current has begun, whether we have been told or not.
      return (known(span) ?? startWithin(span))?.place;
    },
    get isTold() {
      return spans.size > 0;
    },
    get traceId() {
      return traceId;
    },
    get finishReason() {
      return finishReason;
    },
  };
}

function toTurn(type: string, startTime: number, parent: KnownSpan | undefined): Turn | undefined {
  return type === 'turn' ? createTurn(startTime) : parent?.turn;
}

function noteInTurn({ type, turn }: KnownSpan, startTime: number): void {
  if (turn === undefined) return;
  if (modelTypes.has(type)) turn.hasModelSpan = true;
  if (actionTypes.has(type)) turn.firstActionTime ??= startTime;
}

/** Whether an error, which the SDK keeps as a text, is the caller's own reason to stop; a timeout is a failure. */
function isCalledOff(signal: AbortSignal | undefined, message: string): boolean {
  if (signal?.aborted !== true) return false;
  const reason: unknown = signal.reason;
  if (message !== readText(reason, 'message') && message !== reason) return false;
  return classifyFailure(reason, { signal }).reason === 'aborted';
}

function timeOf(span: unknown, key: 'startedAt' | 'endedAt'): number | undefined {
  const time = Date.parse(readText(span, key) ?? '');
  return Number.isNaN(time) ? undefined : time;
}
