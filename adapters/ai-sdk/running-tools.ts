import { readField, readText } from '../../src/index.ts';

/** The steps of the tool calls that run. */
export interface RunningTools {
  add(event: unknown, stepId: string): void;
  /** Whether the very call of an event runs already: its start was told before. */
  has(event: unknown): boolean;
  /** The step of the call that an event, or an execution, is about. */
  find(event: unknown): string | undefined;
  /** The same, for a call that is over. */
  take(event: unknown): string | undefined;
}

/**
 * Knows a call by the object that the SDK passes around, because some models give several calls one id; by its id where
 * the SDK hides inputs and so passes copies.
 */
export function createRunningTools(): RunningTools {
  const byCall = new WeakMap<object, string>();
  const byId = new Map<string, string>();

  function find(event: unknown): string | undefined {
    const call = toolCallOf(event);
    return (call === undefined ? undefined : byCall.get(call)) ?? byId.get(toolCallIdOf(event));
  }

  return {
    add(event, stepId) {
      const call = toolCallOf(event);
      if (call !== undefined) byCall.set(call, stepId);
      byId.set(toolCallIdOf(event), stepId);
    },
    has(event) {
      const call = toolCallOf(event);
      return call !== undefined && byCall.has(call);
    },
    find,
    take(event) {
      const stepId = find(event);
      const call = toolCallOf(event);
      const toolCallId = toolCallIdOf(event);
      if (call !== undefined) byCall.delete(call);
      if (byId.get(toolCallId) === stepId) byId.delete(toolCallId);
      return stepId;
    },
  };
}

/** The id that the model gave the call. */
export function toolCallIdOf(event: unknown): string {
  return readText(toolCallOf(event), 'toolCallId') ?? readText(event, 'toolCallId') ?? '';
}

function toolCallOf(event: unknown): object | undefined {
  const call = readField(event, 'toolCall');
  return typeof call === 'object' && call !== null ? call : undefined;
}
