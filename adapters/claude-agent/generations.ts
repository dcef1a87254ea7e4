import { type ErrorFacts, readField, readText, toUsage, type Usage } from '../../src/index.ts';
import type { FailedCall } from './failed-call.ts';
import { charactersOf, copyBlock, readBlocks, textIn, textOf, toPlainContent } from './content.ts';
import type { HeldCall, ModelSpend, Shares } from './spend.ts';
import { toShares } from './spend.ts';
import type { Scope, StepTeller } from './steps.ts';

/** The model calls of a query. */
export interface Generations {
  /** What the model is about to be given, told before the call. */
  addInput(scope: Scope, role: string, content: unknown, time: number): void;
  /** A message with one or more content blocks of an answer; messages with the same id are one call. */
  addAnswer(scope: Scope, message: unknown, time: number): void;
  /** An event of a streamed answer (`includePartialMessages`). */
  addStreamEvent(scope: Scope, envelope: unknown, time: number): void;
  /** A call that failed: one that answered and was refused, by its message id, or one that gave nothing. */
  fail(scope: Scope, failure: FailedCall, time: number): void;
  /** The last call of the agent has its answer. */
  close(scope: Scope): void;
  /** Why an answer stopped, by its message id, else the agent's latest, where no message of its own says so. */
  finish(reason: string, messageId?: string): void;
  /** Ends what was held back; without a bill each call keeps what was told of it. */
  settle(spent: readonly ModelSpend[], time: number): void;
  /** The last text that the agent of the query said; what was cut off is in it once the call is settled. */
  readonly lastText: string | undefined;
}

interface Call {
  readonly stepId: string;
  readonly scope: Scope;
  readonly model: string;
  blocks: readonly unknown[];
  characters: number;
  /** Text that came in pieces and in no block yet. */
  pieces: string;
  usage: Usage;
  endTime: number;
  firstTokenTime?: number;
  finishReason?: string;
  error?: ErrorFacts;
}

/** Answers are bounded by the model's own limit; what comes in pieces is bounded here. */
const maximumPieces = 262_144;

/**
 * Tells each model call as a generation. Its end is held back until the bill: a result says what all calls of a model
 * used and cost together, messages say at best the tokens of one, and on the OTLP wire a step can be sent only once.
 */
export function createGenerations(steps: StepTeller, startTime: number): Generations {
  const current = new Map<Scope, Call>();
  const held = new Map<string, Call>();
  const inputs = new Map<Scope, unknown[]>();
  const readyTimes = new Map<Scope, number>();
  const latest = new Map<Scope, Call>();
  let lastText: string | undefined;
  let made = 0;

  /** An id for a step that the SDK gives none. */
  function newId(what: string): string {
    made += 1;
    return `${what}-${made}`;
  }

  function begin(scope: Scope, stepId: string, model: string, time: number): Call {
    close(scope);
    // Blocks of one message may come around the result of a tool, but not around another message.
    const before = latest.get(scope);
    if (before !== undefined) {
      seal(before);
      before.blocks = [];
    }
    const input = inputs.get(scope);
    inputs.delete(scope);
    const call: Call = {
      stepId,
      scope,
      model,
      blocks: [],
      characters: 0,
      pieces: '',
      usage: {},
      endTime: time,
    };
    current.set(scope, call);
    latest.set(scope, call);
    held.set(stepId, call);
    steps.start({
      stepId,
      timestamp: Math.min(time, readyTimes.get(scope) ?? (scope === undefined ? startTime : time)),
      name: model,
      kind: 'generation',
      model,
      ...(input !== undefined && { input }),
      ...(scope !== undefined && { parentStepId: scope }),
    });
    return call;
  }

  function callOf(scope: Scope, message: unknown, time: number): Call {
    const model = readText(message, 'model') ?? 'unknown-model';
    const id = readText(message, 'id') ?? newId(model);
    return held.get(id) ?? begin(scope, id, model, time);
  }

  function close(scope: Scope): void {
    const call = current.get(scope);
    if (call !== undefined) readyTimes.set(scope, call.endTime);
    current.delete(scope);
  }

  /** Nothing more comes of a call: text that is in no block yet was cut off in the middle of one. */
  function seal(call: Call): void {
    if (call.pieces === '') return;
    call.blocks = [...call.blocks, { type: 'text', text: call.pieces }];
    call.characters += call.pieces.length;
    call.pieces = '';
    tellOutput(call);
  }

  function tellOutput(call: Call): void {
    steps.update(call.stepId, call.endTime, { output: toPlainContent(call.blocks) });
    if (call.scope === undefined) lastText = textIn(call.blocks) ?? lastText;
  }

  function end(call: Call, { byStep }: Shares): void {
    const share = byStep.get(call.stepId);
    steps.end({
      stepId: call.stepId,
      timestamp: call.endTime,
      ...(share !== undefined && Object.keys(share.usage).length > 0 && { usage: share.usage }),
      ...(share?.cost !== undefined && { cost: share.cost }),
      ...(call.firstTokenTime !== undefined && { completionStartTime: call.firstTokenTime }),
      ...(call.error !== undefined && { error: call.error }),
      metadata: {
        ...(call.finishReason !== undefined && { finish_reason: call.finishReason }),
        ...(share?.isEstimated === true && { output_tokens: 'estimated' }),
      },
    });
  }

  return {
    addInput(scope, role, content, time) {
      inputs.set(scope, [...(inputs.get(scope) ?? []), { role, content: toPlainContent(content) }]);
      readyTimes.set(scope, time);
    },
    addAnswer(scope, message, time) {
      const call = callOf(scope, message, time);
      const blocks = readBlocks(message);
      call.blocks = [...call.blocks, ...blocks.map(copyBlock)];
      call.characters += blocks.reduce<number>((sum, block) => sum + charactersOf(block), 0);
      if (blocks.some((block) => textOf(block) !== undefined)) call.pieces = '';
      call.endTime = time;
      tellUsage(call, readField(message, 'usage'), readText(message, 'stop_reason'));
      // The message of a streamed answer has no stop reason yet, but a call of a tool has only one.
      if (blocks.some((block) => readField(block, 'type') === 'tool_use')) {
        call.finishReason ??= 'tool_use';
      }
      tellOutput(call);
    },
    addStreamEvent(scope, envelope, time) {
      const event = readField(envelope, 'event');
      const type = readField(event, 'type');
      if (type === 'message_start') {
        const message = readField(event, 'message');
        tellUsage(callOf(scope, message, time), readField(message, 'usage'), undefined);
        return;
      }
      const call = held.get(readText(envelope, 'api_message_id') ?? '') ?? current.get(scope);
      if (call === undefined) return;
      const delta = readField(event, 'delta');
      if (type === 'content_block_delta') {
        call.firstTokenTime ??= time;
        call.endTime = time;
        const text = readField(delta, 'text');
        if (typeof text === 'string' && call.pieces.length < maximumPieces) call.pieces += text;
      }
      if (type === 'message_delta') {
        call.endTime = time;
        tellUsage(call, readField(event, 'usage'), readText(delta, 'stop_reason'));
      }
    },
    fail(scope, { error, finishReason, messageId, isLatest, model }, time) {
      const answered = messageId === undefined ? undefined : held.get(messageId);
      const last = isLatest ? latest.get(scope) : undefined;
      const call = answered ?? last ?? begin(scope, newId(`${model}-failed`), model, time);
      call.error = error;
      if (finishReason !== undefined) call.finishReason = finishReason;
    },
    close,
    finish(reason, messageId) {
      const call = messageId === undefined ? latest.get(undefined) : held.get(messageId);
      if (call !== undefined) call.finishReason ??= reason;
    },
    settle(spent, time) {
      // A subagent in the background may be in the middle of an answer, whose bill comes with the next result.
      const isRunning = (call: Call): boolean => current.get(call.scope) === call;
      const due = [...held.values()].filter((call) => spent.length === 0 || !isRunning(call));
      for (const call of due) seal(call);
      const shares = toShares(due.filter(isBilled).map(toHeldCall), spent);
      for (const call of due) {
        held.delete(call.stepId);
        if (isRunning(call)) current.delete(call.scope);
        if (latest.get(call.scope) === call) latest.delete(call.scope);
        end(call, shares);
      }
      for (const { model, usage, cost } of shares.rest) {
        const stepId = newId(`${model}-other-calls`);
        steps.start({
          stepId,
          timestamp: time,
          name: `${model} (other calls)`,
          kind: 'generation',
          model,
          metadata: { told: 'only in the sum of the result' },
        });
        steps.end({ stepId, timestamp: time, usage, cost: { total: cost } });
      }
    },
    get lastText() {
      return lastText;
    },
  };
}

/** The first count of output tokens is that of the first piece; only with a stop reason it is the whole. */
function tellUsage(call: Call, told: unknown, stopReason: string | undefined): void {
  const { output, reasoning, ...usage } = toUsage(told) ?? {};
  call.usage = {
    ...call.usage,
    ...usage,
    ...(stopReason !== undefined && output !== undefined && { output }),
    ...(stopReason !== undefined && reasoning !== undefined && reasoning > 0 && { reasoning }),
  };
  if (stopReason !== undefined) call.finishReason = stopReason;
}

function isBilled(call: Call): boolean {
  return call.characters > 0 || Object.keys(call.usage).length > 0;
}

function toHeldCall({ stepId, model, usage, characters }: Call): HeldCall {
  return { stepId, model, usage, characters };
}
