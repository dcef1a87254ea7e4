import {
  type AdapterPort,
  classifyFailure,
  type Ending,
  type Place,
  readEntries,
  readField,
  readText,
  resolveConversation,
} from '../../src/index.ts';
import { readBlocks, toPlainContent, toToolResult, toToolUse } from './content.ts';
import { toFailedCall } from './failed-call.ts';
import { createGenerations } from './generations.ts';
import {
  type QueryProgress,
  type QueryResult,
  readResult,
  toResultEnding,
} from './result-ending.ts';
import { createSpendMeter } from './spend-meter.ts';
import { createStepTeller, type Scope } from './steps.ts';
import { type Stop, toStopEnding } from './stop-ending.ts';
import { createToolSteps } from './tools.ts';

/** What is known of a query when it starts. */
export interface QueryFacts {
  readonly startTime: number;
  /** The prompt, when it is a text and not messages that come one by one. */
  readonly prompt: string | undefined;
  readonly maxTurns: number | undefined;
  /** The session of a query that was suspended is told with the run, so that the next query can be linked to it. */
  readonly onSuspended: (sessionId: string) => void;
  /** Whether it goes on with an earlier session, whose cost its totals contain. */
  readonly goesOn: boolean;
  /** Whether the caller's own signal is aborted. */
  readonly signal: () => AbortSignal | undefined;
}

/** Translates the messages of one query into the events of its run. */
export interface QueryRun {
  /** A message of the user goes to Claude Code. */
  prompt(content: unknown): void;
  /** The messages of the user broke off with an error; the SDK then aborts the query and tells its reader that only. */
  promptFailed(error: unknown): void;
  /** A message of Claude Code comes to the reader. */
  message(message: unknown): void;
  /** The query is over. */
  stop(stop: Stop): void;
  /** The process is about to end what is open: whatever has its ending is given it. */
  progress(): void;
}

/** A run that has been started; what comes of it follows from what is told. */
export function createQueryRun(port: AdapterPort, place: Place, facts: QueryFacts): QueryRun {
  const { runId } = place;
  const steps = createStepTeller(port, place);
  const tools = createToolSteps(steps);
  const generations = createGenerations(steps, facts.startTime);
  const spend = createSpendMeter(facts);
  let model = 'claude';
  let prompts = 0;
  let result: QueryResult | undefined;
  let sessionId: string | undefined;
  let blockedPrompt: string | undefined;
  let retries = 0;
  let promptFailure: Ending | undefined;
  if (facts.prompt !== undefined) {
    generations.addInput(undefined, 'user', facts.prompt, facts.startTime);
  }

  function tell(metadata: Readonly<Record<string, unknown>>): void {
    port.emit({ type: 'run-update', runId, timestamp: port.now(), metadata });
  }

  function onSession(message: unknown): void {
    if (sessionId !== undefined) return;
    sessionId = readText(message, 'session_id');
    if (sessionId === undefined) return;
    const source = 'claude.session_id';
    const { id } = resolveConversation({ framework: [{ source, value: sessionId }] });
    port.emit({
      type: 'run-update',
      runId,
      timestamp: port.now(),
      ...(id !== undefined && { conversationId: id, conversationSource: source }),
      metadata: { claude_session_id: sessionId },
    });
  }

  function onSystem(message: unknown, time: number): void {
    switch (readText(message, 'subtype')) {
      case 'init': {
        model = readText(message, 'model') ?? model;
        const version = readText(message, 'claude_code_version');
        const permissionMode = readText(message, 'permissionMode');
        tell({
          model,
          ...(permissionMode !== undefined && { permission_mode: permissionMode }),
          ...(version !== undefined && { claude_code_version: version }),
        });
        return;
      }
      case 'task_started':
        onTaskStarted(message, time);
        return;
      case 'task_notification':
        generations.close(readText(message, 'tool_use_id'));
        tools.endDetached(message, time);
        return;
      case 'api_retry':
        retries += 1;
        tell({ api_retries: retries });
        return;
      case 'informational': {
        const outcome = readField(message, 'prompt_submit_outcome');
        if (readField(outcome, 'kind') !== 'blocked_by_hook') return;
        blockedPrompt = readText(outcome, 'reason') ?? 'a hook blocked the prompt';
        return;
      }
      default:
    }
  }

  /** A subagent in the foreground gets its prompt as a message. */
  function onTaskStarted(message: unknown, time: number): void {
    const toolUseId = readText(message, 'tool_use_id');
    if (toolUseId === undefined || readField(message, 'is_backgrounded') !== true) return;
    tools.detach(toolUseId);
    generations.addInput(toolUseId, 'user', readText(message, 'prompt'), time);
  }

  function onAssistant(envelope: unknown, scope: Scope, time: number): void {
    const message = readField(envelope, 'message');
    const failure = toFailedCall(envelope, model);
    if (failure !== undefined) return generations.fail(scope, failure, time);
    // Claude Code speaks itself (a slash command, say): no model was called.
    if (readText(message, 'model') === '<synthetic>') return;
    generations.addAnswer(scope, message, time);
    for (const block of readBlocks(message)) {
      const use = toToolUse(block);
      if (use !== undefined) tools.start(use, scope, time);
      onToolResult(block, envelope, time);
    }
  }

  function onUser(envelope: unknown, scope: Scope, time: number): void {
    // What was sent comes back when a session is resumed.
    if (readField(envelope, 'isReplay') === true) return;
    const refusedId = readText(envelope, 'refused_message_id');
    if (refusedId !== undefined) generations.finish('refusal', refusedId);
    const message = readField(envelope, 'message');
    generations.close(scope);
    generations.addInput(scope, 'user', readField(message, 'content'), time);
    for (const block of readBlocks(message)) onToolResult(block, envelope, time);
  }

  function onToolResult(block: unknown, envelope: unknown, time: number): void {
    const toolResult = toToolResult(block);
    if (toolResult === undefined) return;
    // The answers of a subagent are complete when its call returns.
    generations.close(toolResult.id);
    tools.end(toolResult, envelope, time);
  }

  function onResult(message: unknown, time: number): void {
    generations.close(undefined);
    const { spent, metadata } = spend.read(message);
    result = readResult(message, blockedPrompt);
    if (!result.isError && result.stopReason !== undefined) generations.finish(result.stopReason);
    generations.settle(spent, time);
    blockedPrompt = undefined;
    const deferredId = readText(result.deferredTool, 'id');
    if (deferredId !== undefined) tools.defer(deferredId, time);
    const denied = readEntries(readField(message, 'permission_denials'), 100).map((denial) =>
      readText(denial, 'tool_name'),
    );
    tell({
      ...(denied.length > 0 && { permission_denials: denied }),
      num_turns: result.turns,
      ...(result.terminalReason !== undefined && { terminal_reason: result.terminalReason }),
      ...(result.stopReason !== undefined && { finish_reason: result.stopReason }),
      ...metadata,
    });
  }

  function toQueryProgress(): QueryProgress {
    return {
      maxTurns: facts.maxTurns,
      toolsUsed: tools.used,
      lastObservation: tools.lastOutput,
      partialOutput: generations.lastText,
    };
  }

  function end(ending: Ending): void {
    if (ending.status === 'suspended' && sessionId !== undefined) facts.onSuspended(sessionId);
    port.emit({ type: 'run-end', runId, timestamp: port.now(), ...ending });
  }

  return {
    prompt(content) {
      const time = port.now();
      prompts += 1;
      const input = toPlainContent(content);
      if (prompts === 1) port.emit({ type: 'run-update', runId, timestamp: time, input });
      else tellLaterPrompt(input, time);
      result = undefined;
      generations.addInput(undefined, 'user', content, time);
    },
    promptFailed(error) {
      promptFailure ??= classifyFailure(error, { partialOutput: generations.lastText });
    },
    message(message) {
      // Whoever ended the run (a shutdown, the run around it) has told the last of it.
      if (!port.isOpen(runId)) return;
      const time = timeOf(message, facts.startTime, port.now());
      const scope = readText(message, 'parent_tool_use_id');
      onSession(message);
      switch (readText(message, 'type')) {
        case 'system':
          onSystem(message, time);
          return;
        case 'assistant':
          result = undefined;
          onAssistant(message, scope, time);
          return;
        case 'stream_event':
          result = undefined;
          generations.addStreamEvent(scope, message, time);
          return;
        case 'user':
          onUser(message, scope, time);
          return;
        case 'result':
          onResult(message, time);
          return;
        default:
      }
    },
    stop(stop) {
      if (!port.isOpen(runId)) return;
      generations.settle([], port.now());
      const progress = toQueryProgress();
      const signal = facts.signal();
      const isOurs = stop.how === 'failed' && result === undefined && signal?.aborted !== true;
      const failure = isOurs ? promptFailure : undefined;
      end(failure ?? toStopEnding(stop, { result, progress, signal }));
    },
    progress() {
      if (!port.isOpen(runId)) return;
      generations.settle([], port.now());
      const progress = toQueryProgress();
      if (result !== undefined) return end(toResultEnding(result, progress));
      if (progress.partialOutput !== undefined) {
        const output = progress.partialOutput;
        port.emit({ type: 'run-update', runId, timestamp: port.now(), output });
      }
    },
  };

  function tellLaterPrompt(input: unknown, time: number): void {
    const stepId = `user-message-${prompts}`;
    steps.start({ stepId, timestamp: time, name: 'user-message', kind: 'event', input });
    steps.end({ stepId, timestamp: time });
  }
}

/** When a message was made, as far as the clock that says so can be the one of this run. */
function timeOf(message: unknown, startTime: number, now: number): number {
  const told = Date.parse(readText(message, 'timestamp') ?? '');
  return told >= startTime && told <= now ? told : now;
}
