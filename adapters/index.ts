import { createLifecycle as createCoreLifecycle } from '../src/index.ts';
import type { Lifecycle, LifecycleOptions as CoreOptions } from '../src/index.ts';
import { langfuse } from './langfuse/index.ts';
import { createActiveAttributes } from './opentelemetry/active-attributes.ts';

/** What a lifecycle is made of; everything has a default. */
export type LifecycleOptions = Omit<CoreOptions, 'sink'> & {
  /** Where records go. Default: `langfuse()`, configured by `LANGFUSE_*` from the environment or `.env`. */
  readonly sink?: CoreOptions['sink'];
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
  const wantsContext = options.conversationId?.openTelemetry === true && options.activeAttributes === undefined;
  return createCoreLifecycle({
    ...options,
    sink: options.sink ?? langfuse(),
    ...(wantsContext && { activeAttributes: createActiveAttributes() }),
  });
}

export {
  classifyFailure,
  ConfigError,
  consoleSink,
  EventError,
  LifecycleError,
  lifecycleEventSchema,
  lifecycleEventVersion,
  MaxIterationsError,
  memorySink,
  Module,
  parseLifecycleEvent,
  ReAct,
  resolveConversation,
  systemClock,
  toCost,
  toErrorFacts,
  TokenError,
  toUsage,
  traceIdFromSeed,
} from '../src/index.ts';
export type {
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
  SanitizeLimits,
  SanitizeOptions,
  ScheduledCall,
  Sink,
  SinkContext,
  Step,
  StepEndEvent,
  StepFacts,
  StepOptions,
  StepPatch,
  StepStartEvent,
  StepUpdateEvent,
  SuspendedReason,
  TraceFacts,
  Usage,
  WrapOptions,
} from '../src/index.ts';
