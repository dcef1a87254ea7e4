import { readField, readText } from '../../src/index.ts';

/**
 * The steps of the tool calls that run. A call is known by the object that the SDK passes around, because some models
 * give several calls one id; by its id where the SDK hides inputs and so passes copies.
 */
export interface RunningTools {
  readonly byCall: WeakMap<object, string>;
  readonly byId: Map<string, string>;
}

/** No tool runs yet. */
export function createRunningTools(): RunningTools {
  return { byCall: new WeakMap(), byId: new Map() };
}

/** Whether the very call of an event runs already: its start was told before. */
export function isRunning({ byCall }: RunningTools, event: unknown): boolean {
  const call = toolCallOf(event);
  return call !== undefined && byCall.has(call);
}

/** The call of an event runs as this step. */
export function addTool({ byCall, byId }: RunningTools, event: unknown, stepId: string): void {
  const call = toolCallOf(event);
  if (call !== undefined) byCall.set(call, stepId);
  byId.set(toolCallIdOf(event), stepId);
}

/** The step of the call that an event, or an execution, is about. */
export function findTool({ byCall, byId }: RunningTools, event: unknown): string | undefined {
  const call = toolCallOf(event);
  return (call === undefined ? undefined : byCall.get(call)) ?? byId.get(toolCallIdOf(event));
}

/** The same, for a call that is over. */
export function takeTool(tools: RunningTools, event: unknown): string | undefined {
  const { byCall, byId } = tools;
  const stepId = findTool(tools, event);
  const call = toolCallOf(event);
  const toolCallId = toolCallIdOf(event);
  if (call !== undefined) byCall.delete(call);
  if (byId.get(toolCallId) === stepId) byId.delete(toolCallId);
  return stepId;
}

/** The id that the model gave the call. */
export function toolCallIdOf(event: unknown): string {
  return readText(toolCallOf(event), 'toolCallId') ?? readText(event, 'toolCallId') ?? '';
}

function toolCallOf(event: unknown): object | undefined {
  const call = readField(event, 'toolCall');
  return typeof call === 'object' && call !== null ? call : undefined;
}
