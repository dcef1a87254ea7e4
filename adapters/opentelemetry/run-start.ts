import type { AdapterRunOptions, ObservationKind, Place, RunStartEvent } from '../../src/index.ts';
import { firstText } from './attributes.ts';
import { toInput } from './inputs-outputs.ts';
import { toMetadata } from './metadata.ts';
import { toConversationCandidates, toTags, toUserId } from './owner.ts';
import { toOrigin } from './run-id.ts';
import type { SpanFacts, SpanPosition } from './span.ts';

/** What is known of a run besides what its span says. */
interface RunStart {
  readonly runId: string;
  readonly kind: ObservationKind;
  readonly name: string;
  readonly position: SpanPosition;
  readonly around: Place | undefined;
}

/** The run that a span starts, `around` being where that is. */
export function toRunOptions(
  facts: SpanFacts,
  { runId, kind, name, position, around }: RunStart,
): AdapterRunOptions {
  const { metadata, ...fields } = toRunFields(facts);
  return {
    name,
    framework: 'opentelemetry',
    runId,
    startTime: facts.startTime,
    kind,
    ...fields,
    metadata: { ...metadata, ...toOrigin(position, runId) },
    conversationCandidates: toConversationCandidates(facts),
    ...(around !== undefined && { parent: around }),
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
    metadata: toMetadata(facts),
  };
}

/** The version of the agent. */
function toVersion({ attributes }: SpanFacts): string | undefined {
  return firstText(attributes, [
    'langfuse.version',
    'gen_ai.agent.version',
    'traceloop.entity.version',
  ]);
}
