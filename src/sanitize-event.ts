import { createHash } from 'node:crypto';
import { toConversationId } from './conversation-id.ts';
import type {
  LifecycleEvent,
  RunEndEvent,
  RunStartEvent,
  RunUpdateEvent,
  StepEndEvent,
  StepFacts,
} from './events.ts';
import type { TransitionInput } from './lifecycle-state.ts';
import type { Sanitizer } from './sanitize.ts';
import { sanitizedError } from './sanitize-error.ts';
import {
  createScale,
  labelLength,
  messageLength,
  mostConflicts,
  nameLength,
  type Scale,
} from './sanitize-scale.ts';

/** The event with every text and payload replaced by its sanitized copy, and its size in bytes of JSON, approximately. */
export function sanitizeEvent(event: LifecycleEvent, sanitizer: Sanitizer): TransitionInput {
  const weigh = createScale(sanitizer);
  const sanitized = toSanitized(event, weigh);
  return { event: sanitized, size: weigh.total() };
}

function toSanitized(event: LifecycleEvent, scale: Scale): LifecycleEvent {
  switch (event.type) {
    case 'run-start':
      return {
        ...withoutConversation(event),
        ...runTexts(event, scale),
        ...startTexts(event, scale),
      };
    case 'run-update':
      return {
        ...withoutConversation(event),
        ...runTexts(event, scale),
        ...(event.output !== undefined && { output: scale.payload(event.output) }),
      };
    case 'run-end':
      return sanitizedEnd(event, scale);
    case 'step-start':
      return { ...event, ...stepFacts(event, scale), name: scale.text(event.name, nameLength) };
    case 'step-update':
      return { ...event, ...stepFacts(event, scale) };
    case 'step-end':
      return { ...event, ...stepFacts(event, scale), ...stepError(event, scale) };
    default:
      return event satisfies never;
  }
}

// A blank id is none: it must not stay behind when no present one replaces it.
function withoutConversation<T extends RunStartEvent | RunUpdateEvent>(
  event: T,
): Omit<T, 'conversationId'> {
  const { conversationId: _told, ...rest } = event;
  return rest;
}

function startTexts(
  event: RunStartEvent,
  scale: Scale,
): Partial<RunStartEvent> & Pick<RunStartEvent, 'name'> {
  return {
    name: scale.text(event.name, nameLength),
    ...(event.framework !== undefined && { framework: scale.text(event.framework, labelLength) }),
    ...(event.resumeOf !== undefined && { resumeOf: scale.text(event.resumeOf, labelLength) }),
    ...(event.retryOf !== undefined && { retryOf: scale.text(event.retryOf, labelLength) }),
    ...(event.conversationConflict !== undefined && {
      conversationConflict: event.conversationConflict
        .slice(0, mostConflicts)
        .map((source) => scale.text(source, labelLength)),
    }),
  };
}

type RunTexts = Pick<
  RunUpdateEvent,
  | 'name'
  | 'input'
  | 'conversationId'
  | 'conversationSource'
  | 'userId'
  | 'tags'
  | 'metadata'
  | 'version'
>;

function runTexts(event: RunStartEvent | RunUpdateEvent, scale: Scale): RunTexts {
  const { conversationId, hashed } = sanitizedConversationId(event.conversationId, scale);
  const metadata = hashed ? { ...event.metadata, conversation_id_hashed: true } : event.metadata;
  return {
    ...(event.name !== undefined && { name: scale.text(event.name, nameLength) }),
    ...(event.input !== undefined && { input: scale.payload(event.input) }),
    ...(conversationId !== undefined && { conversationId }),
    ...(event.conversationSource !== undefined && {
      conversationSource: scale.text(event.conversationSource, labelLength),
    }),
    ...(event.userId !== undefined && { userId: scale.text(event.userId, labelLength) }),
    ...(event.tags !== undefined && {
      tags: event.tags.map((tag) => scale.text(tag, labelLength)),
    }),
    ...(metadata !== undefined && { metadata: scale.object(metadata) }),
    ...(event.version !== undefined && { version: scale.text(event.version, labelLength) }),
  };
}

/** An id that holds a secret is hashed as a whole: redacted, two conversations would become one. */
export function sanitizedConversationId(
  told: string | undefined,
  scale: Scale,
): { readonly conversationId?: string; readonly hashed: boolean } {
  const present = toConversationId(told);
  if (present === undefined) return { hashed: false };
  if (scale.text(present.id, messageLength) === present.id) {
    return { conversationId: present.id, hashed: present.hashed };
  }
  const digest = createHash('sha256').update(present.id).digest('hex');
  return { conversationId: `sha256:${digest}`, hashed: true };
}

function sanitizedEnd(event: RunEndEvent, scale: Scale): RunEndEvent {
  const shared = {
    ...(event.name !== undefined && { name: scale.text(event.name, nameLength) }),
    ...(event.metadata !== undefined && { metadata: scale.object(event.metadata) }),
  };
  switch (event.status) {
    case 'completed':
      return {
        ...event,
        ...shared,
        ...(event.output !== undefined && { output: scale.payload(event.output) }),
      };
    case 'suspended':
      return { ...event, ...shared, pending: toArray(scale.payload(event.pending)) };
    case 'error':
      return {
        ...event,
        ...shared,
        error: sanitizedError(event.error, scale),
        ...(event.partialOutput !== undefined && {
          partialOutput: scale.payload(event.partialOutput),
        }),
        ...(event.react !== undefined && {
          react: {
            ...event.react,
            toolsUsed: event.react.toolsUsed.map((tool) => scale.text(tool, labelLength)),
            ...(event.react.lastObservation !== undefined && {
              lastObservation: scale.payload(event.react.lastObservation),
            }),
          },
        }),
      };
    default:
      return event satisfies never;
  }
}

function toArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function stepFacts(event: StepFacts, scale: Scale): StepFacts {
  return {
    ...(event.name !== undefined && { name: scale.text(event.name, nameLength) }),
    ...(event.input !== undefined && { input: scale.payload(event.input) }),
    ...(event.output !== undefined && { output: scale.payload(event.output) }),
    ...(event.model !== undefined && { model: scale.text(event.model, labelLength) }),
    ...(event.modelParameters !== undefined && {
      modelParameters: scale.object(event.modelParameters),
    }),
    ...(event.prompt !== undefined && {
      prompt: { ...event.prompt, name: scale.text(event.prompt.name, labelLength) },
    }),
    ...(event.statusMessage !== undefined && {
      statusMessage: scale.text(event.statusMessage, messageLength),
    }),
    ...(event.metadata !== undefined && { metadata: scale.object(event.metadata) }),
  };
}

function stepError(event: StepEndEvent, scale: Scale): Pick<StepEndEvent, 'error'> {
  return event.error === undefined ? {} : { error: sanitizedError(event.error, scale) };
}
