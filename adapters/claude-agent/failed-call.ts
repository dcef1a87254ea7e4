import { type ErrorFacts, readField, readText } from '../../src/index.ts';
import { toPlainContent } from './content.ts';

/** What is known of a model call that failed. */
export interface FailedCall {
  readonly error: ErrorFacts;
  readonly finishReason?: string;
  /** The message that it is about, when the model answered. */
  readonly messageId?: string;
  /** Whether the failure is about the agent's latest answer. */
  readonly isLatest: boolean;
  /** The model that was called, for a call that gave nothing. */
  readonly model: string;
}

/** The failure that an assistant message tells: Claude Code says what the API answered in a message of its own. */
export function toFailedCall(envelope: unknown, model: string): FailedCall | undefined {
  const type = readText(envelope, 'error');
  if (type === undefined) return undefined;
  const message = readField(envelope, 'message');
  const text = toPlainContent(readField(message, 'content'));
  const messageId = readText(envelope, 'refused_message_id');
  const isRefusal = readText(message, 'stop_reason') === 'refusal';
  const isCut = type === 'max_output_tokens';
  return {
    model,
    error: {
      type: isRefusal ? 'refusal' : type,
      message: typeof text === 'string' ? text : type,
    },
    // The model answered in both cases; every other error is a call that gave nothing.
    isLatest: isRefusal || isCut,
    ...(messageId !== undefined && { messageId }),
    ...(isRefusal && { finishReason: 'refusal' }),
    ...(isCut && { finishReason: 'max_tokens' }),
  };
}
