import type { Ending, ErrorReason, SuspendedReason } from './ending.ts';
import { errorChain, errorNames, toErrorFacts } from './error-facts.ts';
import { readEntries, readField, readText } from './foreign-value.ts';
import { isMaxIterations, toReactFacts } from './max-iterations-error.ts';

/** What is known around a failure. */
export interface FailureContext {
  /** The signal that the run itself was given. */
  readonly signal?: AbortSignal | undefined;
  /** What the run had produced; an error's own `partialOutput` goes before it. */
  readonly partialOutput?: unknown;
}

/**
 * The ending of a run that threw `error`. Pure and total.
 *
 * - A framework's pause is no failure: the run is `suspended`.
 * - A timeout by name or code is `timeout`, and so is an abort whose reason is one.
 * - When the run's own signal is aborted, an error that is the signal's reason, is an abort by name or code, or has
 *   such a cause, is `aborted`. Any other error stays what it is: an abort does not explain a bug.
 * - Without an aborted signal only the error itself counts as an abort, not its causes: a tool that gave up on a
 *   request of its own has failed.
 * - Otherwise the outermost error that is known by name, code or HTTP status decides; else `exception`.
 */
export function classifyFailure(error: unknown, context: FailureContext = {}): Ending {
  const pause = toPause(error);
  if (pause !== undefined) return pause;
  const chain = errorChain(error);
  const reason = toReason(chain, context.signal);
  const partialOutput = readField(error, 'partialOutput') ?? context.partialOutput;
  const react = reason === 'max_iterations' ? firstOf(chain, toReactFacts) : undefined;
  return {
    status: 'error',
    reason,
    error: toErrorFacts(error),
    ...(partialOutput !== undefined && { partialOutput }),
    ...(react !== undefined && { react }),
  };
}

/** Names that libraries give their errors, as class or as `name`; the most derived class is looked up first. */
const namesByReason: readonly (readonly [ErrorReason, readonly string[]])[] = [
  [
    'timeout',
    [
      'TimeoutError',
      'APIConnectionTimeoutError', // openai, @anthropic-ai/sdk, @google/genai
      'RequestTimeoutError',
      'ModelTimeoutError', // @openai/agents
      'ToolTimeoutError',
      'NodeTimeoutError', // @langchain/langgraph
      'AxAIServiceTimeoutError',
    ],
  ],
  [
    'aborted',
    [
      'AbortError',
      'APIUserAbortError', // openai, @anthropic-ai/sdk, @google/genai
      'RequestAbortedError',
      'ModelAbortError', // @langchain/core
      'AxAIServiceAbortedError',
      'CanceledError', // axios
    ],
  ],
  [
    'guardrail',
    [
      'InputGuardrailTripwireTriggered', // @openai/agents
      'OutputGuardrailTripwireTriggered',
      'ToolInputGuardrailTripwireTriggered',
      'ToolOutputGuardrailTripwireTriggered',
      'GuardrailExecutionError',
      'PIIDetectionError', // langchain
      'TripWire', // @mastra/core
    ],
  ],
  [
    'content_filter',
    [
      'ContentFilterFinishReasonError', // openai
      'OpenAIModerationError', // langchain
      'ModelRefusalError', // @langchain/core, @openai/agents
      'AxAIRefusalError',
    ],
  ],
  [
    'tool_error',
    [
      'ToolCallError', // @openai/agents
      'InvalidToolOutputError',
      'ToolInvocationError', // langchain
      'ToolExecutionError',
      'AI_ToolExecutionError',
      'AI_ToolCallRepairError',
    ],
  ],
  [
    'invalid_output',
    [
      'ZodError',
      '$ZodError',
      'AI_NoObjectGeneratedError',
      'AI_NoContentGeneratedError',
      'AI_TypeValidationError',
      'AI_JSONParseError',
      'AI_NoSuchToolError',
      'AI_InvalidToolInputError',
      'AI_ToolChoiceViolationError',
      'ModelBehaviorError', // @openai/agents
      'LengthFinishReasonError', // openai
      'OutputParserException', // @langchain/core
      'ToolInputParsingException',
      'StructuredOutputParsingError', // langchain
      'MultipleStructuredOutputsError',
      'AxAssertionError',
    ],
  ],
  [
    'invalid_input',
    [
      'AI_InvalidPromptError',
      'AI_InvalidArgumentError',
      'AI_InvalidDataContentError',
      'AI_InvalidMessageRoleError',
      'AI_MessageConversionError',
      'AI_MissingToolResultsError',
      'AI_TooManyEmbeddingValuesForCallError',
      'AI_UnsupportedFunctionalityError',
      'ContextOverflowError', // @langchain/core
      'EmptyInputError', // @langchain/langgraph
    ],
  ],
  [
    'model_error',
    [
      'AI_APICallError',
      'AI_RetryError',
      'AI_EmptyResponseBodyError',
      'AI_InvalidResponseDataError',
      'AI_LoadAPIKeyError',
      'AI_NoOutputGeneratedError',
      'AI_NoSuchModelError',
      'AI_StreamProviderError',
      'OpenAIError',
      'AnthropicError',
      'GoogleGenAiError',
      'GeminiNextGenAPIClientError',
      'GoogleGenerativeAIError',
      'BedrockRuntimeServiceException',
      'MistralError',
      'CohereError',
      'GroqError',
      'AxAIServiceError',
    ],
  ],
];

const reasonByName: ReadonlyMap<string, ErrorReason> = new Map(
  namesByReason.flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);

/** Codes are looked up before names: a provider tells its content filter with the code of a general error. */
const reasonByCode: ReadonlyMap<unknown, ErrorReason> = new Map<string, ErrorReason>([
  ['ABORT_ERR', 'aborted'],
  ['ERR_CANCELED', 'aborted'],
  ['ETIMEDOUT', 'timeout'],
  ['ESOCKETTIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['content_filter', 'content_filter'],
  ['content_policy_violation', 'content_filter'],
  ['OUTPUT_PARSING_FAILURE', 'invalid_output'],
  ['STRUCTURED_OUTPUT_SCHEMA_VALIDATION_FAILED', 'invalid_output'], // @mastra/core
  ['STRUCTURED_OUTPUT_OBJECT_UNDEFINED', 'invalid_output'],
  ['STRUCTURED_OUTPUT_TRUNCATED', 'invalid_output'],
  ['INVALID_PROMPT_INPUT', 'invalid_input'],
  ['MESSAGE_COERCION_FAILURE', 'invalid_input'],
]);

/** Claude Agent SDK: its minified classes and the name `Error` say nothing, its `errorClass` does. */
const reasonByErrorClass: ReadonlyMap<unknown, ErrorReason> = new Map<string, ErrorReason>([
  ['aborted', 'aborted'],
  ['initialize_timeout', 'timeout'],
]);

/** Names that a tool's own client may use as well; with an HTTP status they are taken as a model provider's. */
const namesWithStatus = new Set(['APIError', 'ApiError', 'APICallError', 'RateLimitError']);

/** LangGraph and LangChain replace the reason of an abort by an error with nothing but one of these texts. */
const bareAbortMessages = new Set(['Abort', 'Aborted']);

const pauseNames: ReadonlyMap<string, SuspendedReason> = new Map<string, SuspendedReason>([
  ['GraphInterrupt', 'input_required'],
  ['NodeInterrupt', 'input_required'],
  ['GraphDrained', 'checkpoint'],
]);

/** LangGraph steers with thrown values; `is_bubble_up` marks them. They are never failures. */
function toPause(error: unknown): Ending | undefined {
  const named = firstOf(errorNames(error), (name) => pauseNames.get(name));
  if (named === undefined && readField(error, 'is_bubble_up') !== true) return undefined;
  return {
    status: 'suspended',
    reason: named ?? 'input_required',
    pending: readEntries(readField(error, 'interrupts'), 100),
  };
}

function toReason(chain: readonly unknown[], signal: AbortSignal | undefined): ErrorReason {
  const [error, ...causes] = chain;
  const own = isToolGuardrail(error) ? 'guardrail' : ownReason(error);
  if (own === 'timeout') return own;
  if (readField(signal, 'aborted') === true) {
    const abortReason = readField(signal, 'reason');
    if (chain.some((link) => isAbortOf(link, abortReason))) {
      return ownReason(abortReason) === 'timeout' ? 'timeout' : 'aborted';
    }
  }
  if (own === 'aborted') return causes.map(ownReason).includes('timeout') ? 'timeout' : 'aborted';
  const fromCause = firstOf(causes, (cause) => notAborted(ownReason(cause)));
  return own ?? fromCause ?? 'exception';
}

/** OpenAI Agents wraps the tripwires of a tool's own guardrails as if the tool had failed. */
function isToolGuardrail(error: unknown): boolean {
  const names = errorNames(readField(error, 'error'));
  return (
    errorNames(error).includes('ToolCallError') &&
    names.some((name) => /^Tool(?:Input|Output)GuardrailTripwireTriggered$/.test(name))
  );
}

function isAbortOf(link: unknown, abortReason: unknown): boolean {
  if (Object.is(link, abortReason) || ownReason(link) === 'aborted') return true;
  // LangChain makes an error of a reason that is a text.
  return typeof abortReason === 'string' && readText(link, 'message') === abortReason;
}

function notAborted(reason: ErrorReason | undefined): ErrorReason | undefined {
  return reason === 'aborted' ? undefined : reason;
}

/** What an error says by itself, its causes left aside. */
function ownReason(error: unknown): ErrorReason | undefined {
  if (isMaxIterations(error)) return 'max_iterations';
  const names = errorNames(error);
  const known =
    reasonByCode.get(readField(error, 'code')) ??
    reasonByCode.get(readField(error, 'lc_error_code')) ??
    reasonByErrorClass.get(readField(error, 'errorClass')) ??
    firstOf(names, (name) => reasonByName.get(name));
  if (known !== undefined) {
    // The AI SDK has one error for retries that ran out and for retries that were called off.
    const calledOff = names.includes('AI_RetryError') && readField(error, 'reason') === 'abort';
    return calledOff ? 'aborted' : known;
  }
  if (names.some((name) => namesWithStatus.has(name)) && hasStatus(error)) return 'model_error';
  return isBareAbort(error, names) ? 'aborted' : undefined;
}

function isBareAbort(error: unknown, names: readonly string[]): boolean {
  return names.join() === 'Error' && bareAbortMessages.has(readText(error, 'message') ?? '');
}

function hasStatus(error: unknown): boolean {
  return [readField(error, 'status'), readField(error, 'statusCode')].some(Number.isInteger);
}

function firstOf<Value, Result>(
  values: readonly Value[],
  look: (value: Value) => Result | undefined,
): Result | undefined {
  for (const value of values) {
    const result = look(value);
    if (result !== undefined) return result;
  }
  return undefined;
}
