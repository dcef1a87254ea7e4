import { readEntries, readField, readText, type StepEndEvent } from '../../src/index.ts';
import { messageText } from './messages.ts';
import type { OpenCall } from './open-call.ts';

/** What is told of a tool call that never became one. */
export type RefusedCall = Required<Pick<StepEndEvent, 'kind' | 'name' | 'error'>> &
  Pick<StepEndEvent, 'input'>;

/**
 * The tool call for which a node was started and no tool was: the tool is unknown, or the arguments do not fit. LangChain
 * tells that to the model and calls nobody.
 */
export function toRefusedCall(
  { toolCall, hasTool }: OpenCall,
  result: unknown,
): RefusedCall | undefined {
  const name = readText(toolCall, 'name');
  if (name === undefined || hasTool) return undefined;
  const message = readEntries(readField(result, 'messages'), 2).at(-1);
  if (readField(message, 'status') !== 'error') return undefined;
  return {
    kind: 'tool',
    name,
    input: readField(toolCall, 'args'),
    error: { type: 'ToolCallRefused', message: messageText(message) ?? 'The call failed' },
  };
}
