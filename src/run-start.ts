import type { AdapterRunOptions } from './adapter-port.ts';
import type { Conversation } from './conversation-id.ts';
import type { RunStartEvent } from './events.ts';
import { unnamedRun } from './run-facts.ts';
import type { RunOptions } from './run-options.ts';

/** What is said of a run by its caller, by an adapter, or by both. */
export type StartOptions = RunOptions & Partial<AdapterRunOptions>;

/** A start under construction. */
export type StartDraft = { -readonly [Field in keyof RunStartEvent]: RunStartEvent[Field] };

/** The start of a run with what goes as it is from the options into the event. */
export function toStart(runId: string, timestamp: number, options: StartOptions): StartDraft {
  const { name, kind, input, userId, tags, metadata, version, maxIterations } = options;
  const { resumeOf, retryOf, framework } = options;
  const start: StartDraft = {
    type: 'run-start',
    runId,
    timestamp,
    name: typeof name === 'string' && name.trim() !== '' ? name : unnamedRun,
  };
  // Assigned one by one: most runs have few of them, and a spread per field is what a start would cost.
  if (kind !== undefined) start.kind = kind;
  if (input !== undefined) start.input = input;
  if (userId !== undefined) start.userId = userId;
  if (tags !== undefined) start.tags = tags;
  if (metadata !== undefined) start.metadata = metadata;
  if (version !== undefined) start.version = version;
  if (maxIterations !== undefined) start.maxIterations = maxIterations;
  if (resumeOf !== undefined) start.resumeOf = resumeOf;
  if (retryOf !== undefined) start.retryOf = retryOf;
  if (framework !== undefined) start.framework = framework;
  return start;
}

/** The conversation as events tell it. */
export function toConversationFields({
  id,
  source,
  conflict,
}: Conversation): Required<Pick<RunStartEvent, 'conversationSource'>> &
  Pick<RunStartEvent, 'conversationId' | 'conversationConflict'> {
  return {
    conversationSource: source,
    ...(id !== undefined && { conversationId: id }),
    ...(conflict !== undefined && { conversationConflict: conflict }),
  };
}
