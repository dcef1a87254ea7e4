import {
  type AdapterPort,
  type ErrorFacts,
  type ObservationKind,
  type Place,
  type StepEndEvent,
  traceIdFromSeed,
} from '../../src/index.ts';
import type { SpanFacts, SpanPosition } from './span.ts';
import { type RunObservations, toRunEnding, toStepFailure } from './span-ending.ts';
import { toConversation, toRunFields, toStepFacts } from './span-events.ts';
import { toConversationCandidates, toRunName, toUserId } from './span-identity.ts';
import { toFinishReason } from './span-model.ts';
import { createNotes, type RunNotes, type SpanNode, type SpanRecord } from './span-node.ts';
import { type SpanRole, toRole } from './span-role.ts';

/** Tells the lifecycle what becomes of spans: their starts as runs and steps, and their ends. */
export interface SpanTranslator {
  /** The span becomes a run or a step; what it is stands in the node before anything is told. */
  open(node: SpanNode, facts: SpanFacts, role: OpenRole): void;
  /** The span ended. */
  close(node: SpanNode, facts: SpanFacts): void;
  /** The span will not end any more. */
  abandon(node: SpanNode, message: string): void;
}

type OpenRole = Extract<SpanRole, { readonly kind: ObservationKind }>;

/** A translator over the port of a lifecycle. */
export function createSpanTranslator(port: AdapterPort): SpanTranslator {
  function open(node: SpanNode, facts: SpanFacts, role: OpenRole): void {
    const { kind } = role;
    const { position, place } = node;
    if (role.type === 'agent' || place === undefined) {
      const isLone = role.type === 'step' && (kind === 'generation' || kind === 'embedding');
      if (!isLone) {
        const notes = startRun(node, facts, { runId: toRunId(position, place), kind });
        node.record = { type: 'run', notes };
        return;
      }
      const notes = startRun(node, facts, { runId: toLoneRunId(position), kind: 'span' });
      const stepId = position.spanId;
      node.record = { type: 'lone', kind, stepId, notes };
      node.place = { runId: notes.runId, stepId };
      startStep(facts, kind, { runId: notes.runId }, stepId);
      return;
    }
    const stepId = position.spanId;
    node.record = { type: 'step', kind, stepId, runId: place.runId };
    node.place = { runId: place.runId, stepId };
    learn(node.notes, facts);
    startStep(facts, kind, place, stepId);
  }

  function startRun(
    node: SpanNode,
    facts: SpanFacts,
    { runId, kind }: { readonly runId: string; readonly kind: ObservationKind },
  ): RunNotes {
    const { position, place: around, notes: outer } = node;
    const name = toRunName(facts);
    const notes = createNotes({
      runId,
      name,
      outer,
      isForeign: false,
    });
    notes.isNamed = !(facts.scope === 'gcp.vertex.agent' && name === 'invocation');
    node.place = { runId };
    node.notes = notes;
    nameOuter(outer, name, facts);
    learn(outer, facts);
    const { metadata, ...fields } = toRunFields(facts);
    notes.conversation = toConversation(facts)?.conversationId;
    notes.hasUser = fields.userId !== undefined;
    port.startRun({
      name,
      framework: 'opentelemetry',
      runId,
      startTime: facts.startTime,
      kind,
      ...fields,
      metadata: { ...metadata, ...toOrigin(position, runId) },
      conversationCandidates: toConversationCandidates(facts),
      ...(around !== undefined && { parent: around }),
    });
    return notes;
  }

  function startStep(facts: SpanFacts, kind: ObservationKind, place: Place, stepId: string): void {
    port.emit({
      type: 'step-start',
      runId: place.runId,
      stepId,
      timestamp: facts.startTime,
      ...toStepFacts(facts, kind),
      ...(place.stepId !== undefined && { parentStepId: place.stepId }),
    });
  }

  /** ADK's outermost span is called `invocation`; what a person knows is the agent inside. */
  function nameOuter(outer: RunNotes | undefined, name: string, { startTime }: SpanFacts): void {
    if (outer === undefined || outer.isNamed) return;
    outer.isNamed = true;
    port.emit({ type: 'run-update', runId: outer.runId, timestamp: startTime, name });
  }

  /** Many instrumentations name conversation and user on inner spans only. */
  function learn(inside: RunNotes | undefined, facts: SpanFacts): void {
    const notes = outermost(inside);
    if (notes === undefined || !port.isOpen(notes.runId)) return;
    const conversation = toConversation(facts);
    const isNew = conversation !== undefined && notes.conversation !== conversation.conversationId;
    const userId = notes.hasUser ? undefined : toUserId(facts);
    if (!isNew && userId === undefined) return;
    if (isNew) notes.conversation = conversation.conversationId;
    notes.hasUser ||= userId !== undefined;
    port.emit({
      type: 'run-update',
      runId: notes.runId,
      timestamp: facts.endTime,
      ...(isNew && conversation),
      ...(userId !== undefined && { userId }),
    });
  }

  function close(node: SpanNode, facts: SpanFacts): void {
    const { record } = node;
    switch (record.type) {
      case 'run':
        closeRun(record.notes, facts);
        return;
      case 'lone':
        closeStep(record, record.notes.runId, facts, record.notes);
        closeRun(record.notes, facts);
        return;
      case 'step':
        learn(node.notes, facts);
        closeStep(record, record.runId, facts, node.notes);
        return;
      case 'undecided':
      case 'left-out':
        return;
      default:
        record satisfies never;
    }
  }

  function closeStep(
    { kind: startKind, stepId }: Extract<SpanRecord, { readonly stepId: string }>,
    runId: string,
    facts: SpanFacts,
    notes: RunNotes | undefined,
  ): void {
    const failure = toStepFailure(facts);
    const role = toRole(facts);
    const kind = 'kind' in role ? role.kind : startKind;
    const { output, ...told } = toStepFacts(facts, kind);
    if (notes?.seen !== undefined)
      notes.seen = withStep(notes.seen, facts, { name: told.name, kind, output, failure });
    port.emit({
      type: 'step-end',
      runId,
      stepId,
      timestamp: facts.endTime,
      ...told,
      ...(output !== undefined && { output }),
      ...toFailureFields(failure?.ending),
    });
  }

  function closeRun(notes: RunNotes, facts: SpanFacts): void {
    const { runId, outer, seen = { toolsUsed: [] } } = notes;
    notes.seen = undefined;
    const timestamp = facts.endTime;
    if (outer?.seen !== undefined) outer.seen = withRun(outer.seen, seen);
    const name = toRunName(facts);
    port.emit({
      type: 'run-update',
      runId,
      timestamp,
      ...toRunFields(facts),
      ...(name !== notes.name && { name }),
      ...toConversation(facts),
    });
    port.emit({ type: 'run-end', runId, timestamp, ...toRunEnding(facts, seen) });
  }

  return {
    open,
    close,
    abandon({ record }, message) {
      if (record.type !== 'run' && record.type !== 'lone') return;
      const { runId } = record.notes;
      if (!port.isOpen(runId)) return;
      port.emit({
        type: 'run-end',
        runId,
        timestamp: port.now(),
        status: 'error',
        reason: 'never_ended',
        error: { type: 'NeverEnded', message },
      });
    },
  };
}

function outermost(notes: RunNotes | undefined): RunNotes | undefined {
  let found = notes;
  while (found?.outer !== undefined) found = found.outer;
  return found;
}

/** What was seen in a run inside counts for the one around, too. */
function withRun(seen: RunObservations, inner: RunObservations): RunObservations {
  const { lastGeneration = seen.lastGeneration, lastFailure = seen.lastFailure } = inner;
  return {
    ...seen,
    ...(lastGeneration !== undefined && { lastGeneration }),
    ...(lastFailure !== undefined && { lastFailure }),
  };
}

/**
 * The trace id is kept where the span is the root of its trace. Several agents may stand in one trace, one after the
 * other or in several processes, and each run is a trace of its own: the others take half of it and their span id.
 */
function toRunId(
  { traceId, spanId, parentSpanId }: SpanPosition,
  around: Place | undefined,
): string {
  return around === undefined && parentSpanId === undefined
    ? traceId
    : `${traceId.slice(0, 16)}${spanId}`;
}

/** The span's own id is taken by the step, so that a run that is made for it needs another. */
function toLoneRunId({ traceId, spanId, parentSpanId }: SpanPosition): string {
  return parentSpanId === undefined ? traceId : traceIdFromSeed(`${traceId}/${spanId}`);
}

/** How the span is found in another tracing system. */
function toOrigin(
  { traceId, spanId }: SpanPosition,
  runId: string,
): Readonly<Record<string, string>> {
  return { ...(runId !== traceId && { otel_trace_id: traceId }), otel_span_id: spanId };
}

interface EndedStep {
  readonly name: string;
  readonly kind: ObservationKind;
  readonly output: unknown;
  readonly failure: ReturnType<typeof toStepFailure>;
}

const maxToolNames = 100;

function withStep(
  seen: RunObservations,
  facts: SpanFacts,
  { name, kind, output, failure }: EndedStep,
): RunObservations {
  const error = failure?.recorded;
  const finishReason = toFinishReason(facts);
  return {
    ...seen,
    ...(kind === 'tool' && {
      toolsUsed: [...seen.toolsUsed, name].slice(0, maxToolNames),
      ...(output !== undefined && { lastObservation: output }),
    }),
    ...(kind === 'generation' && {
      lastGeneration: {
        ...(error !== undefined && { error }),
        ...(finishReason !== undefined && { finishReason }),
      },
    }),
    // A step around them fails with the same error and says less.
    ...(error !== undefined &&
      (kind === 'generation' || kind === 'tool') && { lastFailure: { kind, error } }),
  };
}

type FailureFields = Pick<StepEndEvent, 'error' | 'failure'>;

function toFailureFields(
  ending: NonNullable<ReturnType<typeof toStepFailure>>['ending'] | undefined,
): FailureFields {
  if (ending === undefined || ending.status === 'completed') return {};
  if (ending.status === 'suspended') return { failure: 'suspended' };
  const error: ErrorFacts = ending.error;
  return { error, failure: ending.reason === 'aborted' ? 'aborted' : 'error' };
}
