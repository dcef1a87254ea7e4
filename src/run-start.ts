import type { AdapterRunOptions } from './adapter-port.ts';
import type { Conversation } from './conversation-id.ts';
import type { RunStartEvent } from './events.ts';
import { unnamedRun } from './run-facts.ts';
import type { RunOptions } from './run-options.ts';

/** What is said of a run by its caller, by an adapter, or by both. */
export type StartOptions = RunOptions & Partial<AdapterRunOptions>;

/** What goes as it is from the options into the event. */
export function toStartFields(
  options: StartOptions,
): Omit<RunStartEvent, 'type' | 'runId' | 'timestamp'> {
  const { name, kind, input, userId, tags, metadata, version, maxIterations } = options;
  const { resumeOf, retryOf, framework } = options;
  return {
    name: typeof name === 'string' && name.trim() !== '' ? name : unnamedRun,
    ...(kind !== undefined && { kind }),
    ...(input !== undefined && { input }),
    ...(userId !== undefined && { userId }),
    ...(tags !== undefined && { tags }),
    ...(metadata !== undefined && { metadata }),
    ...(version !== undefined && { version }),
    ...(maxIterations !== undefined && { maxIterations }),
    ...(resumeOf !== undefined && { resumeOf }),
    ...(retryOf !== undefined && { retryOf }),
    ...(framework !== undefined && { framework }),
  };
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
