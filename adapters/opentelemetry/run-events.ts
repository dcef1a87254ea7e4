import type { ObservationKind } from '../../src/index.ts';
import type { KnownSpan } from './known-spans.ts';
import { toRunName } from './names.ts';
import { createOpenRun, type OpenRun, outermost } from './open-runs.ts';
import { toConversation, toUserId } from './owner.ts';
import type { Recording } from './recording.ts';
import { toRunEnding } from './run-ending.ts';
import { noProgress, withRun } from './run-progress.ts';
import { toRunFields, toRunOptions } from './run-start.ts';
import type { SpanFacts } from './span.ts';

/** A span begins a run, where the span is. What the span is stands in it before anything is told. */
export function startRun(
  recording: Recording,
  span: KnownSpan,
  facts: SpanFacts,
  { runId, kind }: { readonly runId: string; readonly kind: ObservationKind },
): OpenRun {
  const { position, place: around, run: outer } = span;
  const name = toRunName(facts);
  const isNamed = !(facts.scope === 'gcp.vertex.agent' && name === 'invocation');
  const run = createOpenRun({ runId, name, outer, isNamed });
  span.told = { as: 'run', run };
  span.place = { runId };
  span.run = run;
  nameOuter(recording, outer, { name, timestamp: facts.startTime });
  learnOwner(recording, outer, facts);
  const options = toRunOptions(facts, { runId, kind, name, position, around });
  run.conversation = toConversation(facts)?.conversationId;
  run.hasUser = options.userId !== undefined;
  recording.port.startRun(options);
  return run;
}

/** The span of a run ended. */
export function endRun({ port }: Recording, run: OpenRun, facts: SpanFacts): void {
  const { runId, outer, progress = noProgress } = run;
  run.progress = undefined;
  const timestamp = facts.endTime;
  if (outer?.progress !== undefined) outer.progress = withRun(outer.progress, progress);
  const name = toRunName(facts);
  port.emit({
    type: 'run-update',
    runId,
    timestamp,
    ...toRunFields(facts),
    ...(name !== run.name && { name }),
    ...toConversation(facts),
  });
  port.emit({ type: 'run-end', runId, timestamp, ...toRunEnding(facts, progress) });
}

/** The span of a run will not end any more. */
export function abandonRun({ port }: Recording, { runId }: OpenRun, message: string): void {
  if (!port.isOpen(runId)) return;
  port.emit({
    type: 'run-end',
    runId,
    timestamp: port.now(),
    status: 'error',
    reason: 'never_ended',
    error: { type: 'NeverEnded', message },
  });
}

/** Many instrumentations name conversation and user on inner spans only: whose the outermost run is, these say too. */
export function learnOwner(
  { port }: Recording,
  inside: OpenRun | undefined,
  facts: SpanFacts,
): void {
  const run = outermost(inside);
  if (run === undefined || !port.isOpen(run.runId)) return;
  const conversation = toConversation(facts);
  const isNew = conversation !== undefined && run.conversation !== conversation.conversationId;
  const userId = run.hasUser ? undefined : toUserId(facts);
  if (!isNew && userId === undefined) return;
  if (isNew) run.conversation = conversation.conversationId;
  run.hasUser ||= userId !== undefined;
  port.emit({
    type: 'run-update',
    runId: run.runId,
    timestamp: facts.endTime,
    ...(isNew && conversation),
    ...(userId !== undefined && { userId }),
  });
}

/** ADK's outermost span is called `invocation`; what a person knows is the agent inside. */
function nameOuter(
  { port }: Recording,
  outer: OpenRun | undefined,
  { name, timestamp }: { readonly name: string; readonly timestamp: number },
): void {
  if (outer === undefined || outer.isNamed) return;
  outer.isNamed = true;
  port.emit({ type: 'run-update', runId: outer.runId, timestamp, name });
}
