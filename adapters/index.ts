import { ConfigError, createLifecycle as createCoreLifecycle } from '../src/index.ts';
import type { Lifecycle, LifecycleOptions as CoreOptions } from '../src/index.ts';
import { type LangfuseEnvironment, readLangfuseEnvironment } from './langfuse/environment.ts';
import { langfuse } from './langfuse/index.ts';
import { activeAttributes } from './opentelemetry/active-attributes.ts';
import { activateSpan } from './opentelemetry/active-span.ts';

/** What a lifecycle is made of; everything has a default. */
export type LifecycleOptions = Omit<CoreOptions, 'sink' | 'sampling' | 'journalDirectory'> & {
  /** Where records go. Default: `langfuse()`, configured by `LANGFUSE_*` from the environment or `.env`. */
  readonly sink?: CoreOptions['sink'];
  /** Which traces are sent. Default: the rate of `LANGFUSE_SAMPLE_RATE`, else all. */
  readonly sampling?: CoreOptions['sampling'];
  /**
   * A directory in which what is owed survives a killed process; several processes may share it. Default:
   * `LANGFUSE_LIFECYCLE_JOURNAL`, else none.
   */
  readonly journalDirectory?: CoreOptions['journalDirectory'];
};

/**
 * Makes a lifecycle that sends to Langfuse.
 *
 * @example
 * ```ts
 * const lifecycle = createLifecycle();
 * const answer = await lifecycle.run({ name: 'support-agent', input: question }, () => agent(question));
 * await lifecycle.shutdown();
 * ```
 * @throws {ConfigError} when an option or a variable has a form that cannot work. Missing keys are no error: tracing
 * is then off, one line says so, and runs are counted as `disabled`.
 */
export function createLifecycle(options: LifecycleOptions = {}): Lifecycle {
  const wantsContext =
    options.conversationId?.openTelemetry === true && options.activeAttributes === undefined;
  const environment = readLangfuseEnvironment();
  const rate = readSampleRate(environment);
  const journalDirectory = options.journalDirectory ?? environment.LANGFUSE_LIFECYCLE_JOURNAL;
  const {
    sampling = rate === undefined ? undefined : {},
    journalDirectory: _own,
    ...rest
  } = options;
  return createCoreLifecycle({
    ...rest,
    activate: options.activate ?? activateSpan,
    sink: options.sink ?? langfuse(),
    ...(journalDirectory !== undefined && { journalDirectory }),
    ...(sampling !== undefined && {
      sampling: { ...(rate !== undefined && { rate }), ...sampling },
    }),
    ...(wantsContext && { activeAttributes }),
  });
}

function readSampleRate({ LANGFUSE_SAMPLE_RATE: text }: LangfuseEnvironment): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (rate >= 0 && rate <= 1) return rate;
  throw new ConfigError(
    `LANGFUSE_SAMPLE_RATE: expected a number from 0 to 1, got ${JSON.stringify(text)}. Leave it out to send every trace.`,
  );
}

export {
  adapterPort,
  classifyFailure,
  ConfigError,
  consoleSink,
  conversationKeys,
  createBoundedMap,
  EventError,
  LifecycleError,
  lifecycleEventSchema,
  lifecycleEventVersion,
  MaxIterationsError,
  memorySink,
  Module,
  observationKinds,
  parsedJson,
  parseLifecycleEvent,
  ReAct,
  readEntries,
  readField,
  readFirstText,
  readKeys,
  readText,
  resolveConversation,
  systemClock,
  tagKeys,
  toCost,
  toErrorFacts,
  TokenError,
  toUsage,
  toUserId,
  traceIdFromSeed,
  userIdKeys,
} from '../src/index.ts';
export type {
  Activate,
  AdapterPort,
  AdapterRunOptions,
  BoundedMap,
  Clock,
  CompletedReason,
  ConsoleSinkOptions,
  Conversation,
  ConversationPolicy,
  ConversationSources,
  Cost,
  DeliveryReport,
  Diagnostic,
  DiagnosticCode,
  DiagnosticListener,
  DropReason,
  EndedRecord,
  Ending,
  ErrorCode,
  ErrorFacts,
  ErrorReason,
  EventIssue,
  FlushOptions,
  IdSource,
  JsonValue,
  KeepRules,
  Level,
  Lifecycle,
  LifecycleEvent,
  LifecycleLimits,
  LifecycleRecord,
  MemorySink,
  ModuleCallOptions,
  ModuleOptions,
  ObservationKind,
  OpenRecord,
  Outcome,
  Place,
  PromptReference,
  ReActDecision,
  ReactFacts,
  ReActModel,
  ReActObservation,
  ReActOptions,
  ReActRequest,
  ReActResult,
  ReActTool,
  ReActToolCall,
  ReActToolContext,
  ReActToolDescription,
  ReActTurn,
  Run,
  RunEndEvent,
  RunEnding,
  RunOptions,
  RunPatch,
  RunStartEvent,
  RunUpdateEvent,
  SamplingCounts,
  SamplingOptions,
  SanitizeLimits,
  SanitizeOptions,
  ScheduledCall,
  Sink,
  SinkContext,
  SpanPlace,
  Step,
  StepEndEvent,
  StepFacts,
  StepOptions,
  StepPatch,
  StepStartEvent,
  StepUpdateEvent,
  StreamFollower,
  StreamOptions,
  SuspendedReason,
  TraceFacts,
  Usage,
  WrapOptions,
} from '../src/index.ts';
