/**
 * What a person said or read in a value: the text itself, the last message of a chat, the message of an error, or the one
 * text under a usual name. Null where it cannot be told; the value then speaks for itself.
 */
export function saidIn(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return lastMessage(value);
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  const messages = fields.get('messages');
  if (Array.isArray(messages)) return lastMessage(messages);
  const error = fields.get('error');
  if (typeof error === 'object' && error !== null && 'message' in error) {
    return typeof error.message === 'string' ? error.message : null;
  }
  if (fields.has('role')) return contentOf(value);
  return usualNames.map((name) => fields.get(name)).find((one) => typeof one === 'string') ?? null;
}

const usualNames = ['question', 'prompt', 'query', 'input', 'text', 'answer', 'output', 'content'];

function lastMessage(messages: readonly unknown[]): string | null {
  const last = messages.at(-1);
  return last === undefined ? null : contentOf(last);
}

// Content is a text, or parts of which some are text.
function contentOf(message: unknown): string | null {
  if (typeof message !== 'object' || message === null || !('content' in message)) return null;
  const { content } = message;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.flatMap((part: unknown) =>
    typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string'
      ? [part.text]
      : [],
  );
  return texts.length === 0 ? null : texts.join('\n');
}
