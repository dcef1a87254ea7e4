import { classifyFailure, readField, readText, resolveConversation } from '../../src/index.ts';
import { readBlocks, toPlainContent, toToolResult, toToolUse } from './content.ts';
import { toFailedCall } from './failed-call.ts';
import {
  addAnswer,
  addInput,
  addStreamEvent,
  completeCall,
  failCall,
  noteFinishReason,
} from './model-calls.ts';
import type { OpenRun, Scope } from './open-run.ts';
import { resultCame } from './result-message.ts';
import { updateRun } from './run-events.ts';
import { endStep, startStep } from './step-events.ts';
import { systemMessageCame } from './system-message.ts';
import { endTool, startTool } from './tool-calls.ts';

/** A message of the user goes to Claude Code. */
export function promptCame(run: OpenRun, content: unknown): void {
  const time = run.port.now();
  const input = toPlainContent(content);
  run.prompts += 1;
  run.result = undefined;
  if (run.prompts === 1) updateRun(run, { input });
  else {
    const stepId = `user-message-${run.prompts}`;
    const facts = { name: 'user-message', kind: 'event', input } as const;
    startStep(run, undefined, { stepId, timestamp: time, ...facts });
    endStep(run, { stepId, timestamp: time });
  }
  addInput(run, undefined, content, time);
}

/** The messages of the user broke off with an error. */
export function promptFailed(run: OpenRun, error: unknown): void {
  run.promptFailure ??= classifyFailure(error, { partialOutput: run.calls.lastText });
}

/** A message of Claude Code comes to the reader. */
export function messageCame(run: OpenRun, message: unknown): void {
  // Whoever ended the run (a shutdown, the run around it) has told the last of it.
  if (!run.port.isOpen(run.runId)) return;
  const time = timeOf(message, run.startTime, run.port.now());
  const scope = readText(message, 'parent_tool_use_id');
  noteSession(run, message);
  switch (readText(message, 'type')) {
    case 'system':
      systemMessageCame(run, message, time);
      return;
    case 'assistant':
      run.result = undefined;
      answerCame(run, message, scope, time);
      return;
    case 'stream_event':
      run.result = undefined;
      addStreamEvent(run, scope, message, time);
      return;
    case 'user':
      toolResultsCame(run, message, scope, time);
      return;
    case 'result':
      resultCame(run, message, time);
      return;
    default:
  }
}

/** The session is known with the first message; it is the conversation where nothing else is. */
function noteSession(run: OpenRun, message: unknown): void {
  if (run.sessionId !== undefined) return;
  const sessionId = readText(message, 'session_id');
  if (sessionId === undefined) return;
  run.sessionId = sessionId;
  const source = 'claude.session_id';
  const { id } = resolveConversation({ framework: [{ source, value: sessionId }] });
  updateRun(run, {
    ...(id !== undefined && { conversationId: id, conversationSource: source }),
    metadata: { claude_session_id: sessionId },
  });
}

/** An `assistant` message: content of an answer, or what became of a call that failed. */
function answerCame(run: OpenRun, envelope: unknown, scope: Scope, time: number): void {
  const message = readField(envelope, 'message');
  const failure = toFailedCall(envelope, run.model);
  if (failure !== undefined) return failCall(run, scope, failure, time);
  // Claude Code speaks itself (a slash command, say): no model was called.
  if (readText(message, 'model') === '<synthetic>') return;
  addAnswer(run, scope, message, time);
  for (const block of readBlocks(message)) {
    const use = toToolUse(block);
    if (use !== undefined) startTool(run, use, scope, time);
    toolResultCame(run, block, envelope, time);
  }
}

/** A `user` message: what the model is given next, nearly always results of tools. */
function toolResultsCame(run: OpenRun, envelope: unknown, scope: Scope, time: number): void {
  // What was sent comes back when a session is resumed.
  if (readField(envelope, 'isReplay') === true) return;
  const refusedId = readText(envelope, 'refused_message_id');
  if (refusedId !== undefined) noteFinishReason(run, 'refusal', refusedId);
  const message = readField(envelope, 'message');
  completeCall(run, scope);
  addInput(run, scope, readField(message, 'content'), time);
  for (const block of readBlocks(message)) toolResultCame(run, block, envelope, time);
}

function toolResultCame(run: OpenRun, block: unknown, envelope: unknown, time: number): void {
  const result = toToolResult(block);
  if (result === undefined) return;
  // The answers of a subagent are complete when its call returns.
  completeCall(run, result.id);
  endTool(run, result, envelope, time);
}

/** When a message was made, as far as the clock that says so can be the one of this run. */
function timeOf(message: unknown, startTime: number, now: number): number {
  const told = Date.parse(readText(message, 'timestamp') ?? '');
  return told >= startTime && told <= now ? told : now;
}
