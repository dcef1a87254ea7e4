export {
  adapterPort,
  type AdapterPort,
  type AdapterRunOptions,
  type Place,
} from './adapter-port.ts';
export { type BoundedMap, createBoundedMap } from './bounded-map.ts';
export type { Clock, ScheduledCall } from './clock.ts';
export { systemClock } from './clock.ts';
export { classifyFailure } from './classify-ending.ts';
export type { Activate, SpanPlace } from './context.ts';
export { consoleSink, type ConsoleSinkOptions } from './console-sink.ts';
export {
  type Conversation,
  type ConversationPolicy,
  type ConversationSources,
  resolveConversation,
} from './conversation-id.ts';
export type { Diagnostic, DiagnosticCode, DiagnosticListener, DropReason } from './diagnostics.ts';
export type {
  CompletedReason,
  Ending,
  ErrorFacts,
  ErrorReason,
  ReactFacts,
  SuspendedReason,
} from './ending.ts';
export { toErrorFacts } from './error-facts.ts';
export {
  ConfigError,
  type ErrorCode,
  EventError,
  type EventIssue,
  LifecycleError,
} from './errors.ts';
export { lifecycleEventSchema } from './event-schema.ts';
export {
  type LifecycleEvent,
  lifecycleEventVersion,
  type RunEndEvent,
  type RunStartEvent,
  type RunUpdateEvent,
  type StepEndEvent,
  type StepFacts,
  type StepStartEvent,
  type StepUpdateEvent,
} from './events.ts';
export {
  parsedJson,
  readEntries,
  readField,
  readFirstText,
  readKeys,
  readText,
} from './foreign-value.ts';
export { type IdSource, traceIdFromSeed } from './ids.ts';
export {
  createLifecycle,
  type FlushOptions,
  type Lifecycle,
  type WrapOptions,
} from './lifecycle.ts';
export type { LifecycleLimits, LifecycleOptions } from './lifecycle-options.ts';
export { MaxIterationsError } from './max-iterations-error.ts';
export { type MemorySink, memorySink } from './memory-sink.ts';
export { conversationKeys, tagKeys, toUserId, userIdKeys } from './metadata-keys.ts';
export { Module, type ModuleCallOptions, type ModuleOptions } from './module.ts';
export type { DeliveryReport } from './outbox.ts';
export { parseLifecycleEvent } from './parse-event.ts';
export { ReAct, type ReActOptions, type ReActResult } from './react.ts';
export type {
  ReActDecision,
  ReActModel,
  ReActObservation,
  ReActRequest,
  ReActToolCall,
  ReActToolDescription,
  ReActTurn,
} from './react-model.ts';
export type { ReActTool, ReActToolContext } from './react-tool.ts';
export { observationKinds } from './records.ts';
export type {
  Cost,
  EndedRecord,
  Level,
  LifecycleRecord,
  ObservationKind,
  OpenRecord,
  PromptReference,
  TraceFacts,
  Usage,
} from './records.ts';
export type { Run, Step } from './run.ts';
export type { KeepRules, SamplingOptions } from './sampling.ts';
export type { SamplingCounts } from './sampling-gate.ts';
export type { StreamOptions } from './stream.ts';
export type { RunEnding, RunOptions, RunPatch, StepOptions, StepPatch } from './run-options.ts';
export { TokenError } from './run-token.ts';
export type { JsonValue, SanitizeLimits, SanitizeOptions } from './sanitize.ts';
export type { Outcome, Sink, SinkContext } from './sink.ts';
export type { StreamFollower } from './stream/followed-stream.ts';
export { toCost, toUsage } from './usage.ts';
