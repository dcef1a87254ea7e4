import { createHash } from 'node:crypto';
import { toConversationId } from './conversation-id.ts';
import type {
  LifecycleEvent,
  RunEndEvent,
  RunStartEvent,
  RunUpdateEvent,
  StepEndEvent,
  StepFacts,
  StepStartEvent,
  StepUpdateEvent,
} from './events.ts';
import type { TransitionInput } from './lifecycle-state.ts';
import { sanitizedError } from './sanitize-error.ts';
import {
  labelLength,
  messageLength,
  mostConflicts,
  nameLength,
  type Scale,
} from './sanitize-scale.ts';

/** The event with every text and payload replaced by its sanitized copy, and its size in bytes of JSON, approximately. */
export function sanitizeEvent(event: LifecycleEvent, scale: Scale): TransitionInput {
  const before = scale.total();
  const sanitized = toSanitized(event, scale);
  // As an integer of 32 bits: in a process that has weighed gigabytes each size would be an object of its own.
  return { event: sanitized, size: (scale.total() - before) | 0 };
}

function toSanitized(event: LifecycleEvent, scale: Scale): LifecycleEvent {
  switch (event.type) {
    case 'run-start': {
      const copy: Copy<RunStartEvent> = { ...event };
      sanitizeRunFacts(copy, event, scale);
      sanitizeStart(copy, event, scale);
      return copy;
    }
    case 'run-update': {
      const copy: Copy<RunUpdateEvent> = { ...event };
      sanitizeRunFacts(copy, event, scale);
      if (event.name !== undefined) copy.name = scale.text(event.name, nameLength);
      if (event.output !== undefined) copy.output = scale.payload(event.output);
      return copy;
    }
    case 'run-end':
      return sanitizedEnd(event, scale);
    case 'step-start': {
      const copy: Copy<StepStartEvent> = { ...event };
      copy.name = scale.text(event.name, nameLength);
      sanitizeFacts(copy, event, scale);
      return copy;
    }
    case 'step-update': {
      const copy: Copy<StepUpdateEvent> = { ...event };
      if (event.name !== undefined) copy.name = scale.text(event.name, nameLength);
      sanitizeFacts(copy, event, scale);
      return copy;
    }
    case 'step-end': {
      const copy: Copy<StepEndEvent> = { ...event };
      if (event.name !== undefined) copy.name = scale.text(event.name, nameLength);
      sanitizeFacts(copy, event, scale);
      if (event.error !== undefined) copy.error = sanitizedError(event.error, scale);
      return copy;
    }
    default:
      return event satisfies never;
  }
}

function sanitizeStart(copy: Copy<RunStartEvent>, event: RunStartEvent, scale: Scale): void {
  const { name, framework, resumeOf, retryOf, conversationConflict } = event;
  copy.name = scale.text(name, nameLength);
  if (framework !== undefined) copy.framework = scale.text(framework, labelLength);
  if (resumeOf !== undefined) copy.resumeOf = scale.text(resumeOf, labelLength);
  if (retryOf !== undefined) copy.retryOf = scale.text(retryOf, labelLength);
  if (conversationConflict !== undefined) {
    copy.conversationConflict = conversationConflict
      .slice(0, mostConflicts)
      .map((source) => scale.text(source, labelLength));
  }
}

function sanitizeRunFacts(
  copy: Copy<RunUpdateEvent> | Copy<RunStartEvent>,
  event: RunStartEvent | RunUpdateEvent,
  scale: Scale,
): void {
  const { input, conversationSource, userId, tags, version } = event;
  if (input !== undefined) copy.input = scale.payload(input);
  const { conversationId, hashed } = sanitizedConversationId(event.conversationId, scale);
  if (conversationId !== undefined) copy.conversationId = conversationId;
  // A blank id is none: it must not stay behind when no present one replaces it.
  else if (event.conversationId !== undefined) delete copy.conversationId;
  if (conversationSource !== undefined)
    copy.conversationSource = scale.text(conversationSource, labelLength);
  if (userId !== undefined) copy.userId = scale.text(userId, labelLength);
  if (tags !== undefined) copy.tags = tags.map((tag) => scale.text(tag, labelLength));
  const metadata = hashed ? { ...event.metadata, conversation_id_hashed: true } : event.metadata;
  if (metadata !== undefined) copy.metadata = scale.object(metadata);
  if (version !== undefined) copy.version = scale.text(version, labelLength);
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

/** An event under construction. */
type Copy<Event> = { -readonly [Field in keyof Event]: Event[Field] };

// Assigned one by one: most steps have few of them, and this is done three times for each.
function sanitizeFacts(copy: Copy<StepFacts>, facts: StepFacts, scale: Scale): void {
  const { input, output, model, modelParameters, prompt, statusMessage, metadata } = facts;
  if (input !== undefined) copy.input = scale.payload(input);
  if (output !== undefined) copy.output = scale.payload(output);
  if (model !== undefined) copy.model = scale.text(model, labelLength);
  if (modelParameters !== undefined) copy.modelParameters = scale.object(modelParameters);
  if (prompt !== undefined) copy.prompt = { ...prompt, name: scale.text(prompt.name, labelLength) };
  if (statusMessage !== undefined) copy.statusMessage = scale.text(statusMessage, messageLength);
  if (metadata !== undefined) copy.metadata = scale.object(metadata);
}
