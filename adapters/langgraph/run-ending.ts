import { classifyFailure, type Ending, type ErrorReason, readText } from '../../src/index.ts';
import { type EarlyEnd, type Limit, toLimit } from './early-end.ts';
import type { Origin } from './error-origins.ts';
import { messagesOf, messageType } from './messages.ts';
import { toFinishReason } from './model-call.ts';
import type { RunProgress } from './open-run.ts';
import { type Pause, toSuspension, toThrownSuspension } from './pause.ts';

/** What else is known of a run when it ends. */
export interface RunFacts extends Pick<
  RunProgress,
  'toolsUsed' | 'lastObservation' | 'nodeFailure'
> {
  readonly pause: Pause | undefined;
  readonly earlyEnd: EarlyEnd | undefined;
  /** What kind of step the error came from that ended it, if any did. */
  readonly origin: Origin | undefined;
}

const reasonByOrigin = {
  generation: 'model_error',
  tool: 'tool_error',
} as const satisfies Record<Origin, ErrorReason>;

type Failure = Ending & { readonly status: 'error' };

/**
 * Node's own functions, in the stack of an abort that came from a cancelled stream. LangGraph aborts a run whose stream
 * is broken off just as its caller would, and nothing else tells the two apart.
 */
const readerLeft = /\breadableStream(?:DefaultControllerCancelSteps|ReaderGenericCancel|Cancel)\b/;

/** The ending of a run that gave `result`; `output` is the same in plain form. */
export function toResultEnding(facts: RunFacts, result: unknown, output: unknown): Ending {
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
    case 'safety': {
      const message = `the model stopped with finish reason ${finishReason ?? ''}`;
      const error = { type: 'ContentFilter', message };
      return { status: 'error', reason: 'content_filter', error, partialOutput: output };
    }
    default: {
      const reason = facts.earlyEnd?.type === 'jump' ? 'stop_condition' : 'stop';
      return { status: 'completed', reason, output };
    }
  }
}

/** The ending of a run that threw `error`. */
export function toErrorEnding(facts: RunFacts, error: unknown): Ending {
  const ending = classifyFailure(error);
  if (ending.status === 'suspended') return toThrownSuspension(ending, error);
  if (ending.status !== 'error') return ending;
  if (isBareAbort(error)) return toAbort(facts, ending);
  if (ending.reason === 'max_iterations') return withLoopFacts(facts, ending);
  const { origin } = facts;
  return ending.reason === 'exception' && origin !== undefined
    ? { ...ending, reason: reasonByOrigin[origin] }
    : ending;
}

/** LangGraph tells the node why it was called off, and the run only that it was. */
function toAbort({ nodeFailure }: RunFacts, bare: Failure): Ending {
  const told = nodeFailure ?? bare;
  if (told.reason === 'timeout') return { ...bare, reason: 'timeout', error: told.error };
  if ([told, bare].some(({ error }) => readerLeft.test(error.stack ?? ''))) {
    const message = 'the reader of the stream stopped before its end';
    const error = { type: 'StreamAbandoned', message };
    return { ...bare, reason: 'stream_abandoned', error };
  }
  return { ...bare, reason: 'aborted', error: told.error };
}

function toLimitEnding(facts: RunFacts, { error, limit }: Limit, output: unknown): Ending {
  const counts = limit === undefined ? {} : { runLimit: limit, runCount: limit };
  const ending = classifyFailure({ ...error, ...counts }, { partialOutput: output });
  return ending.status === 'error' ? withLoopFacts(facts, ending) : ending;
}

function withLoopFacts({ toolsUsed, lastObservation }: RunFacts, ending: Failure): Ending {
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
