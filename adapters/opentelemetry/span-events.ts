import {
  type Level,
  type ObservationKind,
  resolveConversation,
  type RunStartEvent,
  type RunUpdateEvent,
  type StepFacts,
} from '../../src/index.ts';
import { firstText } from './attributes.ts';
import type { SpanFacts } from './span.ts';
import {
  toConversationCandidates,
  toMetadata,
  toStepName,
  toTags,
  toUserId,
  toVersion,
} from './span-identity.ts';
import {
  toFinishReason,
  toFirstTokenTime,
  toModel,
  toModelParameters,
  toSpanCost,
  toSpanUsage,
} from './span-model.ts';
import { toInput, toOutput } from './span-payload.ts';

/** Everything that a span tells of its step; the same at its start, with less, and at its end. */
export function toStepFacts(
  facts: SpanFacts,
  kind: ObservationKind,
): StepFacts & { readonly name: string } {
  const { attributes } = facts;
  const input = toInput(facts);
  const output = toOutput(facts);
  const level = toLevel(firstText(attributes, ['langfuse.observation.level']));
  const statusMessage = firstText(attributes, ['langfuse.observation.status_message']);
  return {
    name: toStepName(facts, kind),
    kind,
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(callsModel.has(kind) && toModelFacts(facts)),
    ...(level !== undefined && { level }),
    ...(statusMessage !== undefined && { statusMessage }),
    metadata: toMetadata(facts, toFinishReason(facts)),
  };
}

/** What a span tells of its run besides name and conversation. A run has no usage: that of its steps is summed up. */
export function toRunFields(
  facts: SpanFacts,
): Pick<RunStartEvent, 'input' | 'userId' | 'tags' | 'version'> &
  Required<Pick<RunStartEvent, 'metadata'>> {
  const input = toInput(facts);
  const userId = toUserId(facts);
  const tags = toTags(facts);
  const version = toVersion(facts);
  return {
    ...(input !== undefined && { input }),
    ...(userId !== undefined && { userId }),
    ...(tags !== undefined && { tags }),
    ...(version !== undefined && { version }),
    metadata: toMetadata(facts, toFinishReason(facts)),
  };
}

/** The conversation that a span names first. */
export function toConversation(
  facts: SpanFacts,
): Pick<RunUpdateEvent, 'conversationId' | 'conversationSource'> | undefined {
  const { id, source } = resolveConversation({ framework: toConversationCandidates(facts) });
  return id === undefined ? undefined : { conversationId: id, conversationSource: source };
}

/** Langfuse adds up the usage of all observations, so that an agent's own total would count twice. */
const callsModel: ReadonlySet<ObservationKind> = new Set(['generation', 'embedding']);

function toModelFacts(facts: SpanFacts): StepFacts {
  const model = toModel(facts);
  const modelParameters = toModelParameters(facts);
  const usage = toSpanUsage(facts);
  const cost = toSpanCost(facts);
  const completionStartTime = toFirstTokenTime(facts);
  return {
    ...(model !== undefined && { model }),
    ...(modelParameters !== undefined && { modelParameters }),
    ...(usage !== undefined && { usage }),
    ...(cost !== undefined && { cost }),
    ...(completionStartTime !== undefined && { completionStartTime }),
  };
}

function toLevel(text: string | undefined): Level | undefined {
  const level = text?.toUpperCase();
  return level === 'DEBUG' || level === 'DEFAULT' || level === 'WARNING' || level === 'ERROR'
    ? level
    : undefined;
}
