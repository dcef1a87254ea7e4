import {
  type AdapterRunOptions,
  conversationKeys,
  resolveConversation,
  type RunUpdateEvent,
  tagKeys,
  userIdKeys,
} from '../../src/index.ts';
import { firstText, firstValue } from './attributes.ts';
import type { SpanFacts } from './span.ts';

type Candidates = NonNullable<AdapterRunOptions['conversationCandidates']>;

/** Below these, instrumentations write the metadata that a program gave them. */
export const programPrefixes = [
  'ai.settings.context.',
  'ai.telemetry.metadata.',
  'traceloop.association.properties.',
] as const;

const conversationNames = [...conversationKeys, 'chat_id'] as const;

/** Names in a program's metadata that say whose the run is; that stands on the trace and need not stand there again. */
export const ownerNames: ReadonlySet<string> = new Set([
  ...conversationNames,
  ...userIdKeys,
  ...tagKeys,
]);

const attributesOfConversation = [
  'gen_ai.conversation.id',
  'langfuse.session.id',
  'session.id',
  'genkit:sessionId',
  'gcp.vertex.agent.session_id',
  ...inPrograms(conversationNames),
];

const attributesOfUser = ['langfuse.user.id', 'user.id', 'enduser.id', ...inPrograms(userIdKeys)];

const attributesOfTags = [
  'langfuse.trace.tags',
  'langfuse.tags',
  'tag.tags',
  ...inPrograms(tagKeys),
];

function inPrograms(names: readonly string[]): readonly string[] {
  return programPrefixes.flatMap((prefix) => names.map((name) => `${prefix}${name}`));
}

/** Where a span may name its conversation, in the order in which it counts. */
export function toConversationCandidates({ attributes }: SpanFacts): Candidates {
  return attributesOfConversation.flatMap((key) => {
    const value = attributes[key];
    return value === undefined || value === '' ? [] : [{ source: `span.${key}`, value }];
  });
}

/** The conversation that a span names first. */
export function toConversation(
  facts: SpanFacts,
): Pick<RunUpdateEvent, 'conversationId' | 'conversationSource'> | undefined {
  const { id, source } = resolveConversation({ framework: toConversationCandidates(facts) });
  return id === undefined ? undefined : { conversationId: id, conversationSource: source };
}

/** The end user, as the conventions name them. */
export function toUserId({ attributes }: SpanFacts): string | undefined {
  return firstText(attributes, attributesOfUser);
}

/** Labels, from a list or its JSON. */
export function toTags({ attributes }: SpanFacts): readonly string[] | undefined {
  const told = firstValue(attributes, attributesOfTags);
  const tags = Array.isArray(told) ? told.filter((tag) => typeof tag === 'string') : [];
  return tags.length === 0 ? undefined : tags;
}
