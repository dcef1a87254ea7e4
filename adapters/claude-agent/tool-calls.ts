import { type ErrorFacts, readEntries, readField, readText } from '../../src/index.ts';
import { toPlainContent, type ToolResult, type ToolUse } from './content.ts';
import type { OpenRun, Scope } from './open-run.ts';
import { endStep, startStep, updateStep } from './step-events.ts';

/** Task is what current versions call it, Agent what newer ones do. */
const subagentTools = new Set(['Task', 'Agent']);

const maximumNames = 1_000;

/** Starts a tool call as a step, and a subagent as an agent below which its own calls stand. */
export function startTool(
  run: OpenRun,
  { id, name, input }: ToolUse,
  scope: Scope,
  time: number,
): void {
  const { open, used } = run.tools;
  if (open.has(id)) return;
  const isSubagent = subagentTools.has(name);
  open.set(id, { scope, isSubagent });
  if (scope === undefined && used.length < maximumNames) used.push(name);
  startStep(run, scope, {
    stepId: id,
    timestamp: time,
    name: (isSubagent ? readText(input, 'subagent_type') : undefined) ?? name,
    kind: isSubagent ? 'agent' : 'tool',
    input,
    ...(isSubagent && { metadata: { tool_name: name } }),
  });
}

/** Ends a tool call by a result that stands in a `user` message or in the model's own answer. */
export function endTool(run: OpenRun, result: ToolResult, message: unknown, time: number): void {
  const { tools } = run;
  const tool = tools.open.get(result.id);
  if (tool === undefined) return;
  const output = (tool.isSubagent ? reportOf(message) : undefined) ?? result.output;
  if (tool.scope === undefined) tools.lastOutput = output;
  if (tools.detached.has(result.id)) {
    updateStep(run, result.id, time, { output });
    return;
  }
  tools.open.delete(result.id);
  const refusal = refusalOf(message, result.id);
  endStep(run, {
    stepId: result.id,
    timestamp: time,
    ...(result.isError ? { error: toToolError(output) } : { output }),
    ...(result.isError && refusal !== undefined && { failure: 'aborted' }),
    ...(refusal !== undefined && { metadata: { not_executed: refusal } }),
  });
}

/** A call that waits for somebody's leave, after the end of the query. */
export function deferTool(run: OpenRun, stepId: string, time: number): void {
  if (run.tools.open.delete(stepId))
    endStep(run, { stepId, timestamp: time, failure: 'suspended' });
}

/** A subagent goes on after its call has returned. */
export function detachSubagent({ tools }: OpenRun, id: string): void {
  if (tools.open.get(id)?.isSubagent === true) tools.detached.add(id);
}

/** What was detached has come to its end. */
export function endSubagent(run: OpenRun, notification: unknown, time: number): void {
  const { tools } = run;
  const stepId = readText(notification, 'tool_use_id');
  if (stepId === undefined || !tools.detached.delete(stepId)) return;
  tools.open.delete(stepId);
  const output = readText(notification, 'summary');
  const status = readText(notification, 'status');
  const isOver = status === undefined || status === 'completed';
  endStep(run, {
    stepId,
    timestamp: time,
    ...(output !== undefined && isOver && { output }),
    ...(!isOver && { error: { type: `task_${status}`, message: output ?? status } }),
    ...(status === 'stopped' && { failure: 'aborted' }),
  });
}
/** A subagent's own report, without the notes that Claude Code puts around it for the model. */
function reportOf(message: unknown): unknown {
  const result = readField(message, 'tool_use_result');
  const blocks = readEntries(readField(result, 'content'), 1_000);
  if (blocks.length === 0) return undefined;
  const notesBefore = countOf(result, 'harnessNoteCount');
  const notesAfter = countOf(result, 'harnessTailCount');
  return toPlainContent(blocks.slice(notesBefore, blocks.length - notesAfter));
}

function countOf(result: unknown, key: string): number {
  const count = readField(result, key);
  return typeof count === 'number' ? count : 0;
}

/** Why a call did not run (or not to its end): somebody said no. */
function refusalOf(message: unknown, toolUseId: string): string | undefined {
  const meta = readEntries(readField(message, 'tool_result_meta'), 100).find(
    (entry) => readField(entry, 'id') === toolUseId,
  );
  return readText(meta, 'non_execution_kind');
}

function toToolError(output: unknown): ErrorFacts {
  return {
    type: 'ToolError',
    message: typeof output === 'string' ? output : (JSON.stringify(output) ?? 'the tool failed'),
  };
}
