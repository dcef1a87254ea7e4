import { readFirstText } from './foreign-value.ts';

/**
 * Keys under which programs say, in the metadata of a framework, to which conversation a run belongs; in the order in
 * which they count.
 */
export const conversationKeys = [
  'langfuseSessionId',
  'conversation_id',
  'conversationId',
  'session_id',
  'sessionId',
  'thread_id',
  'threadId',
  'chatId',
] as const;

/** The same for the end user. */
export const userIdKeys = ['langfuseUserId', 'user_id', 'userId'] as const;

/** The same for labels. */
export const tagKeys = ['langfuseTags', 'tags'] as const;

/** The end user, where a program's metadata says who it is; the first key that has a text counts. */
export function toUserId(metadata: unknown): string | undefined {
  return readFirstText(metadata, userIdKeys);
}
