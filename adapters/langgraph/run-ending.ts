import {
  classifyFailure,
  type Ending,
  type ErrorReason,
  readEntries,
  readField,
  readText,
} from '../../src/index.ts';
import { toFinishReason } from './generation.ts';
import type { EarlyEnd } from './limits.ts';
import { messagesOf, messageText, messageType, toPlain } from './plain-value.ts';

/** What a run waits for. */
export interface Pause {
  /** `pending`, `interrupt_before`, `interrupt_after`. */
  readonly status: string;
  readonly checkpointId?: string;
  /** The open questions; a breakpoint has none. */
  readonly interrupts: readonly unknown[];
}

/** What kind of step an error came from, as far as it explains the run's ending. */
export type Origin = 'generation' | 'tool';

/** What is known of a run when it ends. */
export interface RunFacts {
  readonly toolsUsed: readonly string[];
  readonly lastObservation: unknown;
  readonly pause: Pause | undefined;
  readonly earlyEnd: EarlyEnd | undefined;
  /** How the last node failed, when none has started since. */
  readonly nodeFailure: Ending | undefined;
  originOf(error: unknown): Origin | undefined;
}

const reasonByOrigin = {
  generation: 'model_error',
  tool: 'tool_error',
} as const satisfies Record<Origin, ErrorReason>;

type Limit = EarlyEnd & { readonly type: 'limit' };

type FailureEnding = Ending & { readonly status: 'error' };

/**
 * Node's own functions, in the stack of an abort that came from a cancelled stream. LangGraph aborts a run whose stream
 * is broken off just as its caller would, and nothing else tells the two apart.
 */
const readerLeft = /\breadableStream(?:DefaultControllerCancelSteps|ReaderGenericCancel|Cancel)\b/;

/** The pause of an interrupt event or of a thrown interrupt. */
export function toPause(source: unknown): Pause {
  const checkpointId = readText(source, 'checkpointId');
  return {
    status: readText(source, 'status') ?? 'pending',
    ...(checkpointId !== undefined && { checkpointId }),
    interrupts: readEntries(readField(source, 'interrupts'), 100).map((entry) => toPlain(entry)),
  };
}

/** The ending of a run that gave `result`; `output` is the same in plain form. */
export function toValueEnding(facts: RunFacts, result: unknown, output: unknown): Ending {
  if (facts.pause !== undefined) return toSuspension(facts.pause);
  const limit = toLimit(facts.earlyEnd, result);
  if (limit !== undefined) return toLimitEnding(facts, limit, output);
  const last = messagesOf(result).at(-1);
  const finishReason = messageType(last) === 'ai' ? toFinishReason(last) : undefined;
  switch (finishReason?.toLowerCase()) {
    case 'length':
    case 'max_tokens':
      return { status: 'completed', reason: 'length', output };
    case 'content_filter':
    case 'refusal':
    case 'safety':
      return {
        status: 'error',
        reason: 'content_filter',
        error: {
          type: 'ContentFilter',
          message: `the model stopped with finish reason ${finishReason ?? ''}`,
        },
        partialOutput: output,
      };
    default:
      return {
        status: 'completed',
        reason: facts.earlyEnd?.type === 'jump' ? 'stop_condition' : 'stop',
        output,
      };
  }
}

/** The limit that ended an agent, when its words are the last; a later answer counts more. */
export function toLimit(earlyEnd: EarlyEnd | undefined, result: unknown): Limit | undefined {
  if (earlyEnd?.type !== 'limit') return undefined;
  const lastWord = messageText(messagesOf(result).at(-1));
  return lastWord === earlyEnd.error.message ? earlyEnd : undefined;
}

/** The ending of a run that threw `error`. */
export function toErrorEnding(facts: RunFacts, error: unknown): Ending {
  const ending = classifyFailure(error);
  if (ending.status === 'suspended') return toThrownPause(ending, error);
  if (ending.status !== 'error') return ending;
  if (isBareAbort(error)) return toAbort(facts, ending);
  if (ending.reason === 'max_iterations') return withLoopFacts(facts, ending);
  const origin = facts.originOf(error);
  return ending.reason === 'exception' && origin !== undefined
    ? { ...ending, reason: reasonByOrigin[origin] }
    : ending;
}

/** LangGraph tells the node why it was called off, and the run only that it was. */
function toAbort({ nodeFailure }: RunFacts, bare: FailureEnding): Ending {
  const told = nodeFailure?.status === 'error' ? nodeFailure : bare;
  if (told.reason === 'timeout') return { ...bare, reason: 'timeout', error: told.error };
  if ([told, bare].some(({ error }) => readerLeft.test(error.stack ?? ''))) {
    const message = 'the reader of the stream stopped before its end';
    const error = { type: 'StreamAbandoned', message };
    return { ...bare, reason: 'stream_abandoned', error };
  }
  return { ...bare, reason: 'aborted', error: told.error };
}

function toSuspension({ status, checkpointId, interrupts }: Pause): Ending {
  if (interrupts.length === 0) {
    // A breakpoint asks nothing; whoever set it goes on when it likes.
    const checkpoint = checkpointId === undefined ? {} : { checkpoint_id: checkpointId };
    return { status: 'suspended', reason: 'checkpoint', pending: [{ status, ...checkpoint }] };
  }
  const isApproval = interrupts.some((entry) =>
    Array.isArray(readField(readField(entry, 'value'), 'actionRequests')),
  );
  const reason = isApproval ? 'approval_required' : 'input_required';
  return { status: 'suspended', reason, pending: interrupts };
}

function toThrownPause(ending: Ending & { readonly status: 'suspended' }, error: unknown): Ending {
  if (ending.pending.length > 0) {
    return { ...ending, pending: ending.pending.map((entry) => toPlain(entry)) };
  }
  const cause = readText(error, 'reason');
  const status = readText(error, 'name') ?? 'paused';
  return { ...ending, pending: [{ status, ...(cause !== undefined && { cause }) }] };
}

function toLimitEnding(facts: RunFacts, { error, limit }: Limit, output: unknown): Ending {
  const counts = limit === undefined ? {} : { runLimit: limit, runCount: limit };
  const ending = classifyFailure({ ...error, ...counts }, { partialOutput: output });
  return ending.status === 'error' ? withLoopFacts(facts, ending) : ending;
}

function withLoopFacts({ toolsUsed, lastObservation }: RunFacts, ending: FailureEnding): Ending {
  if (ending.react === undefined) return ending;
  return {
    ...ending,
    react: {
      ...ending.react,
      toolsUsed,
      ...(lastObservation !== undefined && { lastObservation }),
    },
  };
}

function isBareAbort(error: unknown): boolean {
  return readText(error, 'message') === 'Abort' && readText(error, 'name') === 'Error';
}
