import { createHash } from 'node:crypto';
import { toConversationId } from './conversation-id.ts';
import type { ErrorFacts } from './ending.ts';
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
import type { Sanitizer } from './sanitize.ts';

// Langfuse refuses a trace name over 1,000 characters; the rest are lengths that its UI still shows.
const nameLength = 900;
const labelLength = 200;
const messageLength = 8_192;
const stackLength = 16_384;

/** The event with every text and payload replaced by its sanitized copy, and its size in bytes of JSON, approximately. */
export function sanitizeEvent(event: LifecycleEvent, sanitizer: Sanitizer): TransitionInput {
  const scale: Scale = { sanitizer, total: 0 };
  const sanitized = toSanitized(event, scale);
  return { event: sanitized, size: scale.total };
}

/** What one event weighs so far. */
interface Scale {
  readonly sanitizer: Sanitizer;
  total: number;
}

/** A sanitized copy. */
function payload(value: unknown, scale: Scale): unknown {
  const snapshot = scale.sanitizer.snapshot(value);
  scale.total += snapshot.size;
  return snapshot.value;
}

function object(
  value: Readonly<Record<string, unknown>>,
  scale: Scale,
): Readonly<Record<string, unknown>> {
  const copy = payload(value, scale);
  return typeof copy === 'object' && copy !== null && !Array.isArray(copy)
    ? (copy as Readonly<Record<string, unknown>>)
    : { value: copy };
}

function text(value: string, maxLength: number, scale: Scale): string {
  const copy = scale.sanitizer.text(value, maxLength);
  scale.total += copy.length;
  return copy;
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
        ...(event.output !== undefined && { output: payload(event.output, scale) }),
      };
    case 'run-end':
      return sanitizedEnd(event, scale);
    case 'step-start': {
      const copy: Copy<StepStartEvent> = { ...event };
      sanitizeFacts(copy, event, scale);
      copy.name = text(event.name, nameLength, scale);
      return copy;
    }
    case 'step-update': {
      const copy: Copy<StepUpdateEvent> = { ...event };
      sanitizeFacts(copy, event, scale);
      return copy;
    }
    case 'step-end': {
      const copy: Copy<StepEndEvent> = { ...event };
      sanitizeFacts(copy, event, scale);
      if (event.error !== undefined) copy.error = sanitizedError(event.error, scale);
      return copy;
    }
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
    name: text(event.name, nameLength, scale),
    ...(event.framework !== undefined && { framework: text(event.framework, labelLength, scale) }),
    ...(event.resumeOf !== undefined && { resumeOf: text(event.resumeOf, labelLength, scale) }),
    ...(event.retryOf !== undefined && { retryOf: text(event.retryOf, labelLength, scale) }),
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
    ...(event.name !== undefined && { name: text(event.name, nameLength, scale) }),
    ...(event.input !== undefined && { input: payload(event.input, scale) }),
    ...(conversationId !== undefined && { conversationId }),
    ...(event.conversationSource !== undefined && {
      conversationSource: text(event.conversationSource, labelLength, scale),
    }),
    ...(event.userId !== undefined && { userId: text(event.userId, labelLength, scale) }),
    ...(event.tags !== undefined && {
      tags: event.tags.map((tag) => text(tag, labelLength, scale)),
    }),
    ...(metadata !== undefined && { metadata: object(metadata, scale) }),
    ...(event.version !== undefined && { version: text(event.version, labelLength, scale) }),
  };
}

/** An id that holds a secret is hashed as a whole: redacted, two conversations would become one. */
function sanitizedConversationId(
  told: string | undefined,
  scale: Scale,
): { readonly conversationId?: string; readonly hashed: boolean } {
  const present = toConversationId(told);
  if (present === undefined) return { hashed: false };
  if (text(present.id, messageLength, scale) === present.id) {
    return { conversationId: present.id, hashed: present.hashed };
  }
  const digest = createHash('sha256').update(present.id).digest('hex');
  return { conversationId: `sha256:${digest}`, hashed: true };
}

function sanitizedEnd(event: RunEndEvent, scale: Scale): RunEndEvent {
  const shared = {
    ...(event.name !== undefined && { name: text(event.name, nameLength, scale) }),
    ...(event.metadata !== undefined && { metadata: object(event.metadata, scale) }),
  };
  switch (event.status) {
    case 'completed':
      return {
        ...event,
        ...shared,
        ...(event.output !== undefined && { output: payload(event.output, scale) }),
      };
    case 'suspended':
      return { ...event, ...shared, pending: toArray(payload(event.pending, scale)) };
    case 'error':
      return {
        ...event,
        ...shared,
        error: sanitizedError(event.error, scale),
        ...(event.partialOutput !== undefined && {
          partialOutput: payload(event.partialOutput, scale),
        }),
        ...(event.react !== undefined && {
          react: {
            ...event.react,
            toolsUsed: event.react.toolsUsed.map((tool) => text(tool, labelLength, scale)),
            ...(event.react.lastObservation !== undefined && {
              lastObservation: payload(event.react.lastObservation, scale),
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

function sanitizedError(error: ErrorFacts, scale: Scale): ErrorFacts {
  return {
    type: text(error.type, labelLength, scale),
    message: text(error.message, messageLength, scale),
    ...(error.stack !== undefined && { stack: text(error.stack, stackLength, scale) }),
    ...(error.code !== undefined && {
      code: typeof error.code === 'string' ? text(error.code, labelLength, scale) : error.code,
    }),
    ...(error.cause !== undefined && { cause: sanitizedError(error.cause, scale) }),
    ...(error.errors !== undefined && {
      errors: error.errors.map((part) => sanitizedError(part, scale)),
    }),
  };
}

/** An event under construction. */
type Copy<Event> = { -readonly [Field in keyof Event]: Event[Field] };

// Assigned one by one: most steps have few of them, and this is done three times for each.
function sanitizeFacts(copy: Copy<StepFacts>, facts: StepFacts, scale: Scale): void {
  const { name, input, output, model, modelParameters, prompt, statusMessage, metadata } = facts;
  if (name !== undefined) copy.name = text(name, nameLength, scale);
  if (input !== undefined) copy.input = payload(input, scale);
  if (output !== undefined) copy.output = payload(output, scale);
  if (model !== undefined) copy.model = text(model, labelLength, scale);
  if (modelParameters !== undefined) copy.modelParameters = object(modelParameters, scale);
  if (prompt !== undefined)
    copy.prompt = { ...prompt, name: text(prompt.name, labelLength, scale) };
  if (statusMessage !== undefined) copy.statusMessage = text(statusMessage, messageLength, scale);
  if (metadata !== undefined) copy.metadata = object(metadata, scale);
}
