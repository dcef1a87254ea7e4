import { readField, readText } from '../../src/index.ts';
import { addInput, completeCall } from './model-calls.ts';
import type { OpenRun } from './open-run.ts';
import { updateRun } from './run-events.ts';
import { detachSubagent, endSubagent } from './tool-calls.ts';

/** A `system` message: what Claude Code says of itself, of background work and of hooks. */
export function systemMessageCame(run: OpenRun, message: unknown, time: number): void {
  switch (readText(message, 'subtype')) {
    case 'init':
      noteInit(run, message);
      return;
    case 'task_started':
      noteTaskStart(run, message, time);
      return;
    case 'task_notification':
      completeCall(run, readText(message, 'tool_use_id'));
      endSubagent(run, message, time);
      return;
    case 'api_retry':
      run.retries += 1;
      updateRun(run, { metadata: { api_retries: run.retries } });
      return;
    case 'informational': {
      const outcome = readField(message, 'prompt_submit_outcome');
      if (readField(outcome, 'kind') === 'blocked_by_hook')
        run.blockedPrompt = readText(outcome, 'reason') ?? 'a hook blocked the prompt';
      return;
    }
    default:
  }
}

function noteInit(run: OpenRun, message: unknown): void {
  run.model = readText(message, 'model') ?? run.model;
  const version = readText(message, 'claude_code_version');
  const permissionMode = readText(message, 'permissionMode');
  updateRun(run, {
    metadata: {
      model: run.model,
      ...(permissionMode !== undefined && { permission_mode: permissionMode }),
      ...(version !== undefined && { claude_code_version: version }),
    },
  });
}

/** A subagent in the background gets its prompt with its start; one in the foreground gets it as a message. */
function noteTaskStart(run: OpenRun, message: unknown, time: number): void {
  const toolUseId = readText(message, 'tool_use_id');
  if (toolUseId === undefined || readField(message, 'is_backgrounded') !== true) return;
  detachSubagent(run, toolUseId);
  addInput(run, toolUseId, readText(message, 'prompt'), time);
}
