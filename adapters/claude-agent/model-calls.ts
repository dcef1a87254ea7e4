import { readField, readText } from '../../src/index.ts';
import { textIn, toPlainContent } from './content.ts';
import type { FailedCall } from './failed-call.ts';
import {
  addCutText,
  addMessage,
  addPiece,
  addUsage,
  toCallEnd,
  toHeldCalls,
  toModelCall,
} from './model-call.ts';
import type { Agent, ModelCall, ModelCalls, OpenRun, Scope } from './open-run.ts';
import { toShares } from './shares.ts';
import type { ModelSpend } from './spend.ts';
import { endStep, startStep, updateStep } from './step-events.ts';

/** What the model is about to be given, told before the call. */
export function addInput({ calls }: OpenRun, scope: Scope, content: unknown, time: number): void {
  const agent = agentOf(calls, scope);
  agent.inputs = [...agent.inputs, { role: 'user', content: toPlainContent(content) }];
  agent.readyTime = time;
}

/** A message with one or more content blocks of an answer; messages with the same id are one call. */
export function addAnswer(run: OpenRun, scope: Scope, message: unknown, time: number): void {
  const call = callOf(run, scope, message, time);
  addMessage(call, message, time);
  tellOutput(run, call);
}

/** An event of a streamed answer (`includePartialMessages`). */
export function addStreamEvent(run: OpenRun, scope: Scope, envelope: unknown, time: number): void {
  const event = readField(envelope, 'event');
  const type = readField(event, 'type');
  if (type === 'message_start') {
    const message = readField(event, 'message');
    addUsage(callOf(run, scope, message, time), readField(message, 'usage'), undefined);
    return;
  }
  const { held, agents } = run.calls;
  const call = held.get(readText(envelope, 'api_message_id') ?? '') ?? agents.get(scope)?.current;
  if (call === undefined) return;
  const delta = readField(event, 'delta');
  if (type === 'content_block_delta') addPiece(call, delta, time);
  if (type === 'message_delta') {
    call.endTime = time;
    addUsage(call, readField(event, 'usage'), readText(delta, 'stop_reason'));
  }
}

/** A call that failed: one that answered and was refused, by its message id, or one that gave nothing. */
export function failCall(run: OpenRun, scope: Scope, failure: FailedCall, time: number): void {
  const { error, finishReason, messageId, isLatest, model } = failure;
  const { held, agents } = run.calls;
  const answered = messageId === undefined ? undefined : held.get(messageId);
  const latest = isLatest ? agents.get(scope)?.latest : undefined;
  const call =
    answered ?? latest ?? startCall(run, scope, { id: newId(run, `${model}-failed`), model, time });
  call.error = error;
  if (finishReason !== undefined) call.finishReason = finishReason;
}

/** The last call of the agent has its answer. */
export function completeCall({ calls }: OpenRun, scope: Scope): void {
  const agent = calls.agents.get(scope);
  if (agent?.current === undefined) return;
  agent.readyTime = agent.current.endTime;
  agent.current = undefined;
}

/** Why an answer stopped, by its message id, else the agent's latest, where no message of its own says so. */
export function noteFinishReason({ calls }: OpenRun, reason: string, messageId?: string): void {
  const { held, agents } = calls;
  const call = messageId === undefined ? agents.get(undefined)?.latest : held.get(messageId);
  if (call !== undefined) call.finishReason ??= reason;
}

/** Ends the calls that were held back as generations; without a bill each keeps what was told of it. */
export function settleCalls(run: OpenRun, spent: readonly ModelSpend[], time: number): void {
  const { agents, held } = run.calls;
  // A subagent in the background may be in the middle of an answer, whose bill comes with the next result.
  const isRunning = (call: ModelCall): boolean => agents.get(call.scope)?.current === call;
  const due = [...held.values()].filter((call) => spent.length === 0 || !isRunning(call));
  for (const call of due) tellCutText(run, call);
  const shares = toShares(due.flatMap(toHeldCalls), spent);
  for (const call of due) {
    held.delete(call.stepId);
    const agent = agents.get(call.scope);
    if (agent?.current === call) agent.current = undefined;
    if (agent?.latest === call) agent.latest = undefined;
    endStep(run, toCallEnd(call, shares.byStep.get(call.stepId)));
  }
  for (const rest of shares.rest) tellOtherCalls(run, rest, time);
}

function agentOf({ agents }: ModelCalls, scope: Scope): Agent {
  const known = agents.get(scope);
  if (known !== undefined) return known;
  const agent: Agent = {
    inputs: [],
    readyTime: undefined,
    current: undefined,
    latest: undefined,
  };
  agents.set(scope, agent);
  return agent;
}

/** The call that a message belongs to, which may be its first. */
function callOf(run: OpenRun, scope: Scope, message: unknown, time: number): ModelCall {
  const model = readText(message, 'model') ?? 'unknown-model';
  const id = readText(message, 'id') ?? newId(run, model);
  return run.calls.held.get(id) ?? startCall(run, scope, { id, model, time });
}

function startCall(
  run: OpenRun,
  scope: Scope,
  start: { readonly id: string; readonly model: string; readonly time: number },
): ModelCall {
  const { id: stepId, model, time } = start;
  completeCall(run, scope);
  const agent = agentOf(run.calls, scope);
  // Blocks of one message may come around the result of a tool, but not around another message.
  if (agent.latest !== undefined) {
    tellCutText(run, agent.latest);
    agent.latest.blocks = [];
  }
  const { inputs, readyTime = scope === undefined ? run.startTime : time } = agent;
  const call = toModelCall({ stepId, scope, model, endTime: time });
  agent.inputs = [];
  agent.current = call;
  agent.latest = call;
  run.calls.held.set(stepId, call);
  startStep(run, scope, {
    stepId,
    timestamp: Math.min(time, readyTime),
    name: model,
    kind: 'generation',
    model,
    ...(inputs.length > 0 && { input: inputs }),
  });
  return call;
}

/** An id for a step that the SDK gives none. */
function newId({ calls }: OpenRun, what: string): string {
  calls.madeIds += 1;
  return `${what}-${calls.madeIds}`;
}

function tellCutText(run: OpenRun, call: ModelCall): void {
  if (addCutText(call)) tellOutput(run, call);
}

function tellOutput(run: OpenRun, { stepId, scope, blocks, endTime }: ModelCall): void {
  updateStep(run, stepId, endTime, { output: toPlainContent(blocks) });
  if (scope === undefined) run.calls.lastText = textIn(blocks) ?? run.calls.lastText;
}

/** What went to calls that were never told. */
function tellOtherCalls(run: OpenRun, { model, usage, cost }: ModelSpend, time: number): void {
  const stepId = newId(run, `${model}-other-calls`);
  startStep(run, undefined, {
    stepId,
    timestamp: time,
    name: `${model} (other calls)`,
    kind: 'generation',
    model,
    metadata: { told: 'only in the sum of the result' },
  });
  endStep(run, { stepId, timestamp: time, usage, cost: { total: cost } });
}
