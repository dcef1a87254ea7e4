import { classifyFailure, type Ending, type ErrorReason } from '../../src/index.ts';
import { toOutput } from './inputs-outputs.ts';
import { toFinishReason } from './model-call.ts';
import { type RecordedError, toRunError } from './recorded-error.ts';
import type { RunProgress } from './run-progress.ts';
import type { SpanFacts } from './span.ts';

/** How the run ended whose span this is, with what it had put out. */
export function toRunEnding(facts: SpanFacts, seen: RunProgress): Ending {
  const output = toOutput(facts);
  const error = toRunError(facts) ?? toInheritedError(facts, output, seen);
  if (error !== undefined) return toFailedEnding(error, output, seen);
  const own = toFinishReason(facts);
  const reasoned =
    own === undefined
      ? toInheritedEnding(seen.lastGeneration?.finishReason, output)
      : toReasonedEnding(own, output);
  const reason = isToolCall(own) ? 'stop_condition' : 'stop';
  return reasoned ?? { status: 'completed', reason, output };
}

/** A run that says neither how it ended nor what it put out, and whose last call of a model failed. */
function toInheritedError(
  { status }: SpanFacts,
  output: unknown,
  { lastGeneration }: RunProgress,
): RecordedError | undefined {
  return status === 'unset' && output === undefined ? lastGeneration?.error : undefined;
}

function toFailedEnding(error: RecordedError, output: unknown, seen: RunProgress): Ending {
  const { toolsUsed, lastObservation } = seen;
  const ending = classifyFailure(
    { ...error, toolsUsed, ...(lastObservation !== undefined && { lastObservation }) },
    { partialOutput: output },
  );
  if (ending.status !== 'error' || ending.reason !== 'exception') return ending;
  return { ...ending, reason: toKnownReason(error, seen) };
}

/** An error that nothing is known about, except perhaps which step it came from. */
function toKnownReason(error: RecordedError, { lastFailure }: RunProgress): ErrorReason {
  const filtered = error.code === undefined ? undefined : finishReasons.get(normalised(error.code));
  if (filtered !== undefined) return filtered;
  if (error.name === 'LlmResponseError') return 'model_error';
  if (lastFailure === undefined || !isSame(lastFailure.error, error)) return 'exception';
  const { kind } = lastFailure;
  return kind === 'generation' ? 'model_error' : kind === 'tool' ? 'tool_error' : 'exception';
}

/** Whether the run failed with the error of the step, as it was or wrapped. */
function isSame(inner: RecordedError, outer: RecordedError): boolean {
  return (
    inner.message !== '' &&
    (outer.message === inner.message || outer.cause?.message === inner.message)
  );
}

const finishReasons: ReadonlyMap<string, ErrorReason> = new Map<string, ErrorReason>([
  ['contentfilter', 'content_filter'],
  ['contentfiltered', 'content_filter'],
  ['refusal', 'content_filter'],
  ['safety', 'content_filter'],
  ['recitation', 'content_filter'],
  ['prohibitedcontent', 'content_filter'],
  ['blocklist', 'content_filter'],
  ['spii', 'content_filter'],
  ['guardrailintervened', 'guardrail'],
  ['error', 'model_error'],
  ['cancelled', 'aborted'],
  ['aborted', 'aborted'],
]);

function toReasonedEnding(finishReason: string, output: unknown): Ending | undefined {
  const reason = normalised(finishReason);
  if (reason === 'length' || reason === 'maxtokens')
    return { status: 'completed', reason: 'length', output };
  if (reason === 'interrupt') return { status: 'suspended', reason: 'input_required', pending: [] };
  const failure = finishReasons.get(reason);
  if (failure === undefined) return undefined;
  return {
    status: 'error',
    reason: failure,
    error: {
      type: 'FinishReason',
      message: `the model stopped with the reason ${finishReason}`,
      code: finishReason,
    },
    ...(output !== undefined && { partialOutput: output }),
  };
}

/** An agent that says nothing itself gave what its last model call gave, cut or filtered as that was. */
function toInheritedEnding(finishReason: string | undefined, output: unknown): Ending | undefined {
  const ending = finishReason === undefined ? undefined : toReasonedEnding(finishReason, output);
  return ending?.reason === 'length' || ending?.reason === 'content_filter' ? ending : undefined;
}

function isToolCall(finishReason: string | undefined): boolean {
  return (
    finishReason !== undefined &&
    /^(?:tool(?:calls?|use)|functioncall)$/.test(normalised(finishReason))
  );
}

function normalised(reason: string): string {
  return reason.toLowerCase().replaceAll(/[^a-z]/g, '');
}
