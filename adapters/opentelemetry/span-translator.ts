import {
  type AdapterPort,
  type ErrorFacts,
  type ObservationKind,
  type Place,
  type StepEndEvent,
} from '../../src/index.ts';
import { toLoneRunId, toOrigin, toRunId } from './run-id.ts';
import { withRun, withStep } from './run-observations.ts';
import type { SpanFacts } from './span.ts';
import { toRunEnding, toStepFailure } from './span-ending.ts';
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
  function open(node: SpanNode, facts: SpanFacts, { type, kind }: OpenRole): void {
    const { position, place } = node;
    if (type === 'step' && place !== undefined) {
      openStep(node, facts, { kind, place });
      return;
    }
    const isLone = type === 'step' && (kind === 'generation' || kind === 'embedding');
    if (isLone) {
      const notes = startRun(node, facts, { runId: toLoneRunId(position), kind: 'span' });
      openStep(node, facts, { kind, place: { runId: notes.runId } });
      node.record = { type: 'lone', kind, stepId: position.spanId, notes };
      return;
    }
    const notes = startRun(node, facts, { runId: toRunId(position, place), kind });
    node.record = { type: 'run', notes };
  }

  function openStep(
    node: SpanNode,
    facts: SpanFacts,
    { kind, place }: { readonly kind: ObservationKind; readonly place: Place },
  ): void {
    const { runId, stepId: parentStepId } = place;
    const stepId = node.position.spanId;
    node.record = { type: 'step', kind, stepId, runId };
    node.place = { runId, stepId };
    learn(node.notes, facts);
    port.emit({
      type: 'step-start',
      runId,
      stepId,
      timestamp: facts.startTime,
      ...toStepFacts(facts, kind),
      ...(parentStepId !== undefined && { parentStepId }),
    });
  }

  function startRun(
    node: SpanNode,
    facts: SpanFacts,
    { runId, kind }: { readonly runId: string; readonly kind: ObservationKind },
  ): RunNotes {
    const { position, place: around, notes: outer } = node;
    const name = toRunName(facts);
    const notes = createNotes({ runId, name, outer, isForeign: false });
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
      notes.seen = withStep(notes.seen, {
        name: told.name,
        kind,
        output,
        error: failure?.recorded,
        finishReason: toFinishReason(facts),
      });
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

type FailureFields = Pick<StepEndEvent, 'error' | 'failure'>;

function toFailureFields(
  ending: NonNullable<ReturnType<typeof toStepFailure>>['ending'] | undefined,
): FailureFields {
  if (ending === undefined || ending.status === 'completed') return {};
  if (ending.status === 'suspended') return { failure: 'suspended' };
  const error: ErrorFacts = ending.error;
  return { error, failure: ending.reason === 'aborted' ? 'aborted' : 'error' };
}
