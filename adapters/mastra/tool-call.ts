import { readField, readText } from '../../src/index.ts';
import { attribute, entityLabel, type ExportedSpan, textAttribute } from './exported-span.ts';

/** A tool call that the agent does not answer itself. */
export interface OpenToolCall {
  readonly toolCallId?: string;
  readonly toolName: string;
  readonly args?: unknown;
}

/** Whether the tool suspended itself: it ends without a word on how it went. */
export function isSuspended(span: ExportedSpan): boolean {
  return (
    (span.type === 'tool_call' || span.type === 'mcp_tool_call') &&
    attribute(span, 'success') === undefined &&
    span.output === undefined &&
    span.errorInfo === undefined
  );
}

/** The call of a tool that suspended itself. */
export function toSuspendedCall(span: ExportedSpan): OpenToolCall {
  return toCall(entityLabel(span), textAttribute(span, 'toolCallId'), span.input);
}

/** The call of a tool that the client is to answer. */
export function toClientCall(span: ExportedSpan): OpenToolCall {
  return toCall(entityLabel(span), undefined, readField(span.metadata, 'args'));
}

/** The call that waits for an approval, where a piece of the stream asks for one. */
export function toApproval(span: ExportedSpan): OpenToolCall | undefined {
  if (textAttribute(span, 'chunkType') !== 'tool-call-approval') return undefined;
  return toToldCall(span, readField(span.output, 'args'));
}

/** The call that a span's own output tells of. */
export function toToldCall({ output }: ExportedSpan, args?: unknown): OpenToolCall | undefined {
  const toolName = readText(output, 'toolName');
  return toolName === undefined
    ? undefined
    : toCall(toolName, readText(output, 'toolCallId'), args);
}

/** The call as something that is waited for. */
export function toPending({
  toolCallId,
  toolName,
  args,
}: OpenToolCall): Readonly<Record<string, unknown>> {
  return {
    ...(toolCallId !== undefined && { id: toolCallId }),
    name: toolName,
    ...(args !== undefined && { input: args }),
  };
}

function toCall(toolName: string, toolCallId: string | undefined, args: unknown): OpenToolCall {
  return {
    toolName,
    ...(toolCallId !== undefined && { toolCallId }),
    ...(args !== undefined && { args }),
  };
}
