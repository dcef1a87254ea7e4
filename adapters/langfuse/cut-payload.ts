import type { JsonValue, LifecycleRecord } from '../../src/index.ts';
import { cutText, toText } from './values.ts';

/** How much of an input, an output or a metadata entry stays when a record has to be made smaller, characters. */
export const keptCharacters = 10_000;

/** The record with long payloads shortened, each with a visible note; a parent that is cut beats one that is lost. */
export function cutPayload(record: LifecycleRecord): LifecycleRecord {
  return {
    ...record,
    ...(record.input !== undefined && { input: cut(record.input) }),
    ...(record.output !== undefined && { output: cut(record.output) }),
    metadata: Object.fromEntries(
      Object.entries(record.metadata).map(([key, value]) => [key, cut(value)]),
    ),
  };
}

function cut(value: JsonValue): JsonValue {
  const text = toText(value);
  if (text.length <= keptCharacters) return value;
  return `${cutText(text, keptCharacters)}… [cut: ${text.length} characters are more than Langfuse takes at once]`;
}
