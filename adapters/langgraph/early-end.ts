import { readField } from '../../src/index.ts';
import { messagesOf, messageText, messageType } from './messages.ts';

/** What a middleware of LangChain did that ended an agent without an error being thrown. */
export type EarlyEnd =
  | {
      readonly type: 'limit';
      /** In the form of the error that the same middleware throws with `exitBehavior: 'error'`. */
      readonly error: { readonly name: string; readonly message: string };
      /** How many calls were let through, where the text has no number. */
      readonly limit?: number;
      /** Whether the agent may still go on: the tool calls were refused and the model not stopped. */
      readonly isRefusal: boolean;
    }
  | { readonly type: 'jump'; readonly by: string };

/** A limit that was reached. */
export type Limit = Extract<EarlyEnd, { readonly type: 'limit' }>;

const modelLimit = /^ModelCallLimitMiddleware\.before_model$/;
const toolLimit = /^ToolCallLimitMiddleware(?:\[.*\])?\.after_model$/;
const hook = /\.(?:before|after)_(?:agent|model)$/;
const refusal = /^Tool call limit exceeded\./;

/**
 * Reads from what a middleware's node gave whether it ended the agent. The limit middlewares are known by the names of
 * their nodes, and by `jumpTo: 'end'` or by refused tool calls; their words are those of langchain 1.5.
 */
export function toEarlyEnd(node: string, output: unknown): EarlyEnd | undefined {
  if (!hook.test(node)) return undefined;
  const messages = messagesOf(output);
  const text = messageText(messages.at(-1));
  const jumps = readField(output, 'jumpTo') === 'end';
  if (jumps && modelLimit.test(node) && text !== undefined) {
    const error = { name: 'ModelCallLimitMiddlewareError', message: text };
    return { type: 'limit', error, isRefusal: false };
  }
  if (toolLimit.test(node) && text !== undefined) {
    const error = { name: 'ToolCallLimitExceededError', message: text };
    if (jumps) return { type: 'limit', error, isRefusal: false };
    const refused = messages.filter(isRefusal).length;
    if (refused === 0 || !isRefusal(messages.at(-1))) return undefined;
    const limit = toAllowed(node, output, refused);
    return { type: 'limit', error, isRefusal: true, ...(limit !== undefined && { limit }) };
  }
  return jumps ? { type: 'jump', by: node } : undefined;
}

/** The limit that ended an agent, when its words are the last; a later answer counts more. */
export function toLimit(earlyEnd: EarlyEnd | undefined, result: unknown): Limit | undefined {
  if (earlyEnd?.type !== 'limit') return undefined;
  const lastWord = messageText(messagesOf(result).at(-1));
  return lastWord === earlyEnd.error.message ? earlyEnd : undefined;
}

function isRefusal(message: unknown): boolean {
  return messageType(message) === 'tool' && refusal.test(messageText(message) ?? '');
}

/** The middleware counts refused calls too. */
function toAllowed(node: string, output: unknown, refused: number): number | undefined {
  const tool = /\[([^[]*)\]/.exec(node)?.[1] ?? '__all__';
  const count = readField(readField(output, 'runToolCallCount'), tool);
  return typeof count === 'number' ? Math.max(0, count - refused) : undefined;
}
