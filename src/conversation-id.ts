import { createHash } from 'node:crypto';

import { conversationKeys } from './metadata-keys.ts';

/** Everything that may name the conversation of one run, in the order in which it counts. */
export interface ConversationSources {
  /** The `conversationId` that was given to our own API for this run. */
  readonly call?: unknown;
  /** The first argument of the traced function; it counts when it is a plain object. */
  readonly firstArgument?: unknown;
  /** The `inputContext` (or `input_context`) of the call; it counts when it is a plain object. */
  readonly inputContext?: unknown;
  /** The framework's own fields, in the adapter's fixed order. */
  readonly framework?: readonly FrameworkField[];
  /** An object of the framework's call that is not recorded; only allow-listed keys are looked at. */
  readonly frameworkContext?: FrameworkField;
  /** The framework's metadata; only allow-listed keys are looked at. */
  readonly metadata?: unknown;
  readonly ambient?: {
    /** What `withConversation` was given. */
    readonly conversation?: unknown;
    /** The conversation of the run around this one. */
    readonly outerRun?: unknown;
    /** The conversation of the suspended run that goes on here. */
    readonly resumedRun?: unknown;
  };
  /** Attributes of the active OpenTelemetry context; looked at only when the policy says so. */
  readonly openTelemetry?: unknown;
}

/** One field in which a framework keeps its conversation id. */
export interface FrameworkField {
  /** Its public label, for example `langgraph.thread_id`. */
  readonly source: string;
  readonly value: unknown;
}

/** What a team may add to the policy. Additions come after what is built in, and nothing can be taken away. */
export interface ConversationPolicy {
  /** More keys of the first argument and of `inputContext`, after `conversationId` and `conversation_id`. */
  readonly argumentKeys?: readonly string[];
  /** More keys of the metadata, after the built-in list. */
  readonly metadataKeys?: readonly string[];
  /** Whether `gen_ai.conversation.id` and `session.id` count. Off by default: inbound baggage is untrusted. */
  readonly openTelemetry?: boolean;
}

/** The conversation that a run belongs to, and how that was found out. */
export interface Conversation {
  /** Absent when no candidate was present; nothing is invented. */
  readonly id?: string;
  /** The label of the candidate that won; `missing` when none did. */
  readonly source: string;
  /** The labels of the candidates that named another conversation and lost, in order. */
  readonly conflict?: readonly string[];
  /** Set when `id` stands for a text that Langfuse would not keep whole. */
  readonly hashed?: true;
}

/** A conversation id as it is sent. */
export interface ConversationId {
  readonly id: string;
  readonly hashed: boolean;
}

const argumentKeys = ['conversationId', 'conversation_id'] as const;

const openTelemetryKeys = ['gen_ai.conversation.id', 'session.id'] as const;

/**
 * The first candidate that is present wins, whatever comes after it; the order is that of {@link ConversationSources}.
 * Pure and total: a throwing getter or a revoked proxy counts as not present.
 */
export function resolveConversation(
  sources: ConversationSources,
  policy: ConversationPolicy = {},
): Conversation {
  let winner: (ConversationId & { readonly source: string }) | undefined;
  const conflict = new Set<string>();
  eachCandidate(sources, policy, ({ source, value }) => {
    const found = toConversationId(value);
    if (found === undefined) return;
    if (winner === undefined) winner = { source, ...found };
    else if (found.id !== winner.id) conflict.add(source);
  });
  if (winner === undefined) return { source: 'missing' };
  return {
    id: winner.id,
    source: winner.source,
    ...(conflict.size > 0 && { conflict: [...conflict] }),
    ...(winner.hashed && { hashed: true }),
  };
}

/**
 * The conversation id that a value stands for, or `undefined` when the value is not present.
 *
 * Present is a text in which something is visible (it is trimmed, and nothing else is changed), a finite number or a
 * bigint. Langfuse documents session ids as US-ASCII of at most 200 characters, and its SDKs drop others: a longer or
 * other text becomes `sha256:` and the 64 hex digits of its UTF-8 bytes' hash, which is the same in every process.
 */
export function toConversationId(value: unknown): ConversationId | undefined {
  if (typeof value === 'string' && usualId.test(value)) return { id: value, hashed: false };
  const text = toPresentText(value);
  if (text === undefined) return undefined;
  if (/^[\x20-\x7e]{1,200}$/.test(text)) return { id: text, hashed: false };
  return { id: `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`, hashed: true };
}

/** A text that is sent as it is: nothing to trim, to hash, or to look at more closely. */
const usualId = /^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/;

type Consider = (candidate: FrameworkField) => void;

// Not a generator: this is asked at each start, and most candidates are not there.
function eachCandidate(
  sources: ConversationSources,
  policy: ConversationPolicy,
  consider: Consider,
): void {
  const { call, firstArgument, inputContext, framework, frameworkContext, metadata } = sources;
  const { ambient, openTelemetry } = sources;
  const ofArguments =
    policy.argumentKeys === undefined ? argumentKeys : [...argumentKeys, ...policy.argumentKeys];
  const ofMetadata =
    policy.metadataKeys === undefined
      ? conversationKeys
      : [...conversationKeys, ...policy.metadataKeys];
  consider({ source: 'call.conversationId', value: call });
  considerFields({ source: 'args[0]', value: firstArgument }, ofArguments, consider);
  considerFields({ source: 'inputContext', value: inputContext }, ofArguments, consider);
  framework?.forEach(consider);
  if (frameworkContext !== undefined) considerFields(frameworkContext, ofMetadata, consider);
  considerFields({ source: 'metadata', value: metadata }, ofMetadata, consider);
  consider({ source: 'context', value: ambient?.conversation });
  consider({ source: 'outer_run', value: ambient?.outerRun });
  consider({ source: 'resumed_run', value: ambient?.resumedRun });
  if (policy.openTelemetry === true)
    considerFields({ source: 'otel', value: openTelemetry }, openTelemetryKeys, consider);
}

/** The allow-listed fields of a plain object. */
function considerFields(
  { source, value }: FrameworkField,
  keys: readonly string[],
  consider: Consider,
): void {
  if (typeof value !== 'object' || value === null || !isReadable(value)) return;
  for (const key of keys) {
    const own = readOwn(value, key);
    if (own !== undefined) consider({ source: `${source}.${key}`, value: own });
  }
}

function isReadable(value: object): boolean {
  try {
    return isPlainObject(value);
  } catch {
    return false;
  }
}

function readOwn(value: object, key: string): unknown {
  try {
    return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  } catch {
    return undefined;
  }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object') return false;
  if (prototype === null || prototype === Object.prototype) return true;
  // A plain object of another realm (a vm context, a test runner) has that realm's Object.prototype.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

function toPresentText(value: unknown): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== 'string') return undefined;
  // trim() leaves zero-width and control characters, and an id of those alone would join unrelated conversations.
  return /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(value) ? value.trim() : undefined;
}
