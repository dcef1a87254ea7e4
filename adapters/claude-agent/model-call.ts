import { readField, readText, type StepEndEvent, toUsage } from '../../src/index.ts';
import { charactersOf, copyBlock, readBlocks, textOf } from './content.ts';
import type { ModelCall, Scope } from './open-run.ts';
import type { HeldCall, Share } from './shares.ts';

/** Answers are bounded by the model's own limit; what comes in pieces is bounded here. */
const maximumPieces = 262_144;

/** A call of which nothing has come yet. */
export function toModelCall(call: {
  readonly stepId: string;
  readonly scope: Scope;
  readonly model: string;
  readonly endTime: number;
}): ModelCall {
  return {
    ...call,
    blocks: [],
    characters: 0,
    pieces: '',
    usage: {},
    firstTokenTime: undefined,
    finishReason: undefined,
    error: undefined,
  };
}

/** A message came that is the answer or a part of it. */
export function addMessage(call: ModelCall, message: unknown, time: number): void {
  const blocks = readBlocks(message);
  call.blocks = [...call.blocks, ...blocks.map(copyBlock)];
  call.characters += blocks.reduce<number>((sum, block) => sum + charactersOf(block), 0);
  if (blocks.some((block) => textOf(block) !== undefined)) call.pieces = '';
  call.endTime = time;
  addUsage(call, readField(message, 'usage'), readText(message, 'stop_reason'));
  // The message of a streamed answer has no stop reason yet, but a call of a tool has only one.
  if (blocks.some((block) => readField(block, 'type') === 'tool_use'))
    call.finishReason ??= 'tool_use';
}

/** A piece of a streamed answer came. */
export function addPiece(call: ModelCall, delta: unknown, time: number): void {
  call.firstTokenTime ??= time;
  call.endTime = time;
  const text = readField(delta, 'text');
  if (typeof text === 'string' && call.pieces.length < maximumPieces) call.pieces += text;
}

/** Text that is in no block when nothing more comes was cut off in the middle of one. True when there was such a text. */
export function addCutText(call: ModelCall): boolean {
  const { pieces } = call;
  if (pieces === '') return false;
  call.blocks = [...call.blocks, { type: 'text', text: pieces }];
  call.characters += pieces.length;
  call.pieces = '';
  return true;
}

/** The first count of output tokens is that of the first piece; only with a stop reason it is the whole. */
export function addUsage(call: ModelCall, told: unknown, stopReason: string | undefined): void {
  const { output, reasoning, ...usage } = toUsage(told) ?? {};
  call.usage = {
    ...call.usage,
    ...usage,
    ...(stopReason !== undefined && output !== undefined && { output }),
    ...(stopReason !== undefined && reasoning !== undefined && reasoning > 0 && { reasoning }),
  };
  if (stopReason !== undefined) call.finishReason = stopReason;
}

/** What the bill is split by; nothing for a call that gave nothing. */
export function toHeldCalls({ stepId, model, usage, characters }: ModelCall): readonly HeldCall[] {
  const isBilled = characters > 0 || Object.keys(usage).length > 0;
  return isBilled ? [{ stepId, model, usage, characters }] : [];
}

/** The end of a call with its share of the bill, or with what was told of it when there is none. */
export function toCallEnd(
  { stepId, endTime, firstTokenTime, finishReason, error }: ModelCall,
  share: Share | undefined,
): Omit<StepEndEvent, 'type' | 'runId'> {
  return {
    stepId,
    timestamp: endTime,
    ...(share !== undefined && Object.keys(share.usage).length > 0 && { usage: share.usage }),
    ...(share?.cost !== undefined && { cost: share.cost }),
    ...(firstTokenTime !== undefined && { completionStartTime: firstTokenTime }),
    ...(error !== undefined && { error }),
    metadata: {
      ...(finishReason !== undefined && { finish_reason: finishReason }),
      ...(share?.isEstimated === true && { output_tokens: 'estimated' }),
    },
  };
}
