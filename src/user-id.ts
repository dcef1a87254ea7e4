import { readFirstText } from './foreign-value.ts';

/** What Langfuse's own integrations read, and what programs call it that have none. */
const userIdKeys = ['langfuseUserId', 'user_id', 'userId'] as const;

/** The end user, where a program's metadata says who it is; the first key that has a text counts. */
export function toUserId(metadata: unknown): string | undefined {
  return readFirstText(metadata, userIdKeys);
}
