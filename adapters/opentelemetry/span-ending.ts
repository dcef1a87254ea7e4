import { classifyFailure, type Ending, type ErrorReason } from '../../src/index.ts';
import { firstText } from './attributes.ts';
import type { RunObservations } from './run-observations.ts';
import type { SpanFacts } from './span.ts';
import { type RecordedError, toRecordedError } from './span-failure.ts';
import { toFinishReason } from './span-model.ts';
import { toOutput } from './span-payload.ts';

/** How the run ended whose span this is, with what it had put out. */
export function toRunEnding(facts: SpanFacts, seen: RunObservations): Ending {
  const output = toOutput(facts);
  const error =
    toRecordedError(facts, () => true) ?? toAbort(facts) ?? toSilentFailure(facts, output, seen);
  if (error !== undefined) return toFailedEnding(error, output, seen);
  const own = toFinishReason(facts);
  const reasoned =
    own === undefined
      ? toInheritedEnding(seen.lastGeneration?.finishReason, output)
      : toReasonedEnding(own, output);
  const reason = isToolCall(own) ? 'stop_condition' : 'stop';
  return reasoned ?? { status: 'completed', reason, output };
}

/** What went wrong in a step, and how that counts; undefined when it went well. */
export function toStepFailure(facts: SpanFacts):
  | {
      readonly recorded: RecordedError;
      readonly ending: Ending;
    }
  | undefined {
  const recorded = toRecordedError(facts, wentWell) ?? toAbort(facts);
  return recorded === undefined ? undefined : { recorded, ending: classifyFailure(recorded) };
}

function wentWell(facts: SpanFacts): boolean {
  return toFinishReason(facts) !== undefined || toOutput(facts) !== undefined;
}

/** The AI SDK ends what was aborted without a word; everything else of its models and agents has a finish reason. */
function toAbort(facts: SpanFacts): RecordedError | undefined {
  if (!tellsFinishReason(facts) || toFinishReason(facts) !== undefined) return undefined;
  const message = 'the call was aborted: its span ended without a finish reason';
  return { name: 'AbortError', message };
}

function tellsFinishReason({ scope, attributes }: SpanFacts): boolean {
  const operation = firstText(attributes, ['ai.operationId', 'gen_ai.operation.name']) ?? '';
  return scope === 'gen_ai'
    ? operation === 'invoke_agent' || operation === 'chat'
    : /^ai\.(?:generate|stream)(?:Text|Object)/.test(operation);
}

/** A run that says neither how it ended nor what it put out, and whose last call of a model failed. */
function toSilentFailure(
  { status }: SpanFacts,
  output: unknown,
  { lastGeneration }: RunObservations,
): RecordedError | undefined {
  return status === 'unset' && output === undefined ? lastGeneration?.error : undefined;
}

function toFailedEnding(error: RecordedError, output: unknown, seen: RunObservations): Ending {
  const { toolsUsed, lastObservation } = seen;
  const ending = classifyFailure(
    { ...error, toolsUsed, ...(lastObservation !== undefined && { lastObservation }) },
    { partialOutput: output },
  );
  if (ending.status !== 'error' || ending.reason !== 'exception') return ending;
  return { ...ending, reason: toKnownReason(error, seen) };
}

/** An error that nothing is known about, except perhaps which step it came from. */
function toKnownReason(error: RecordedError, { lastFailure }: RunObservations): ErrorReason {
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
