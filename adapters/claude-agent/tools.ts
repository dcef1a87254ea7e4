import { type ErrorFacts, readEntries, readField, readText } from '../../src/index.ts';
import { toPlainContent, type ToolResult, type ToolUse } from './content.ts';
import type { Scope, StepTeller } from './steps.ts';

/** The tool calls of a query, subagents among them. */
export interface ToolSteps {
  start(use: ToolUse, scope: Scope, time: number): void;
  /** The results of a `user` message, or those that stand in the model's own answer. */
  end(result: ToolResult, message: unknown, time: number): void;
  /** A call that waits for somebody's leave, after the end of the query. */
  defer(toolUseId: string, time: number): void;
  /** A subagent goes on after its call has returned. */
  detach(toolUseId: string): void;
  /** What was detached has come to its end. */
  endDetached(notification: unknown, time: number): void;
  /** Names of the tools that the query's own agent called, in order, at most 1,000. */
  readonly used: readonly string[];
  /** What the last of them gave back. */
  readonly lastOutput: unknown;
}

/** Task is what current versions call it, Agent what newer ones do. */
const subagentTools = new Set(['Task', 'Agent']);

const maximumNames = 1_000;

/** Tells each tool call as a step, and each subagent as an agent below which its own calls stand. */
export function createToolSteps(steps: StepTeller): ToolSteps {
  const open = new Map<string, { readonly scope: Scope; readonly isSubagent: boolean }>();
  const detached = new Set<string>();
  const used: string[] = [];
  let lastOutput: unknown;

  return {
    start({ id, name, input }, scope, time) {
      if (open.has(id)) return;
      const isSubagent = subagentTools.has(name);
      open.set(id, { scope, isSubagent });
      if (scope === undefined && used.length < maximumNames) used.push(name);
      steps.start({
        stepId: id,
        timestamp: time,
        name: (isSubagent ? readText(input, 'subagent_type') : undefined) ?? name,
        kind: isSubagent ? 'agent' : 'tool',
        input,
        ...(scope !== undefined && { parentStepId: scope }),
        ...(isSubagent && { metadata: { tool_name: name } }),
      });
    },
    end(result, message, time) {
      const tool = open.get(result.id);
      if (tool === undefined) return;
      const output = (tool.isSubagent ? reportOf(message) : undefined) ?? result.output;
      if (tool.scope === undefined) lastOutput = output;
      if (detached.has(result.id)) {
        steps.update(result.id, time, { output });
        return;
      }
      open.delete(result.id);
      const refusal = refusalOf(message, result.id);
      steps.end({
        stepId: result.id,
        timestamp: time,
        ...(result.isError ? { error: toToolError(output) } : { output }),
        ...(result.isError && refusal !== undefined && { failure: 'aborted' }),
        ...(refusal !== undefined && { metadata: { not_executed: refusal } }),
      });
    },
    defer(toolUseId, time) {
      if (!open.delete(toolUseId)) return;
      steps.end({ stepId: toolUseId, timestamp: time, failure: 'suspended' });
    },
    detach(toolUseId) {
      if (open.get(toolUseId)?.isSubagent === true) detached.add(toolUseId);
    },
    endDetached(notification, time) {
      const stepId = readText(notification, 'tool_use_id');
      if (stepId === undefined || !detached.delete(stepId)) return;
      open.delete(stepId);
      const output = readText(notification, 'summary');
      const status = readText(notification, 'status');
      const isOver = status === undefined || status === 'completed';
      steps.end({
        stepId,
        timestamp: time,
        ...(output !== undefined && isOver && { output }),
        ...(!isOver && { error: { type: `task_${status}`, message: output ?? status } }),
        ...(status === 'stopped' && { failure: 'aborted' }),
      });
    },
    used,
    get lastOutput() {
      return lastOutput;
    },
  };
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
