import type {
  CompletedReason,
  ErrorFacts,
  ErrorReason,
  ReactFacts,
  SuspendedReason,
} from './ending.ts';
import type { Cost, Level, ObservationKind, PromptReference, Usage } from './records.ts';

/** The version of the event format. A reader takes every version up to its own. */
export const lifecycleEventVersion = 1;

interface EventBase {
  /** Version of this format; absent means 1. */
  readonly eventVersion?: 1;
  /** The run that it is about, a text of 1 to 200 characters, unique per run. 32 hex digits also become the trace id. */
  readonly runId: string;
  /** When it happened, milliseconds since the epoch. In raw events an ISO-8601 text is understood; absent means now. */
  readonly timestamp: number;
}

/** A run began. The first thing that should be told of a run. */
export interface RunStartEvent extends EventBase {
  readonly type: 'run-start';
  /** What the run is called in Langfuse, for example the agent's name. */
  readonly name: string;
  /** 32 hex digits, when the trace id is not to follow from `runId`. */
  readonly traceId?: string;
  /** The run inside which this one started: it becomes an observation there and not a parent of its own. */
  readonly parentRunId?: string;
  /** The step of that run that called this one. */
  readonly parentStepId?: string;
  /** Default `agent`. */
  readonly kind?: ObservationKind;
  /** What the run was given; any JSON, sanitized before it is kept. */
  readonly input?: unknown;
  /** The conversation (Langfuse: session) that the run belongs to. */
  readonly conversationId?: string;
  /** Where the conversation id was found, for example `langgraph.thread_id`; default `event.conversationId`. */
  readonly conversationSource?: string;
  /** Places that named another conversation and lost. */
  readonly conversationConflict?: readonly string[];
  /** The end user on whose behalf it runs. */
  readonly userId?: string;
  /** Labels to filter by; at most 50. */
  readonly tags?: readonly string[];
  /** Facts of your own. The keys that this library writes (`status`, `reason`, …) win over yours. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The version of the agent. */
  readonly version?: string;
  /** The limit of its loop, when it has one. */
  readonly maxIterations?: number;
  /** The run that was suspended and goes on here. */
  readonly resumeOf?: string;
  /** The run that failed and is tried again here. */
  readonly retryOf?: string;
  /** What the run was made with, for example `langgraph`. */
  readonly framework?: string;
}

/** More became known about an open run. Absent fields stay as they are. */
export interface RunUpdateEvent extends EventBase {
  readonly type: 'run-update';
  readonly name?: string;
  /** Fills a missing input; an input that is there stays. */
  readonly input?: unknown;
  /** The output so far; an ending's own output replaces it. */
  readonly output?: unknown;
  /** When the first chunk reached its reader, milliseconds since the epoch; the first time that is told stays. */
  readonly completionStartTime?: number;
  /** Fills an empty conversation id; never replaces one. */
  readonly conversationId?: string;
  readonly conversationSource?: string;
  readonly userId?: string;
  /** Added to the tags that are there. */
  readonly tags?: readonly string[];
  /** Merged key by key into the metadata that is there. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly version?: string;
}

interface RunEndFacts extends EventBase {
  readonly type: 'run-end';
  /** What the run was called, for a reader that missed the start. */
  readonly name?: string;
  /** Merged key by key into the metadata that is there. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A run ended, one way or another. */
export type RunEndEvent = RunEndFacts &
  (
    | {
        readonly status: 'completed';
        /** Default `stop`. */
        readonly reason?: CompletedReason;
        readonly output?: unknown;
      }
    | {
        readonly status: 'error';
        /** Default `exception`. */
        readonly reason?: ErrorReason;
        readonly error: ErrorFacts;
        /** What had been produced before it went wrong. */
        readonly partialOutput?: unknown;
        /** What a bounded loop knew when it gave up. */
        readonly react?: ReactFacts;
      }
    | {
        readonly status: 'suspended';
        /** Default `input_required`. */
        readonly reason?: SuspendedReason;
        /** What it waits for, one entry per open question. */
        readonly pending: readonly unknown[];
      }
  );

/** What may be told of a step at its start, while it runs or at its end. */
export interface StepFacts {
  readonly name?: string;
  readonly kind?: ObservationKind;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly model?: string;
  /** Temperature, max tokens … */
  readonly modelParameters?: Readonly<Record<string, unknown>>;
  readonly usage?: Usage;
  readonly cost?: Cost;
  /** When the first token came, milliseconds since the epoch. */
  readonly completionStartTime?: number;
  readonly prompt?: PromptReference;
  readonly level?: Level;
  readonly statusMessage?: string;
  /** Merged key by key. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface StepEventBase extends EventBase, StepFacts {
  /** The step, a text of 1 to 200 characters, unique in its run. 16 hex digits also become the span id. */
  readonly stepId: string;
}

/** A step of a run began. */
export interface StepStartEvent extends StepEventBase {
  readonly type: 'step-start';
  readonly name: string;
  /** The step above; absent means directly below the run. */
  readonly parentStepId?: string;
}

/** More became known about an open step. */
export interface StepUpdateEvent extends StepEventBase {
  readonly type: 'step-update';
}

/** A step ended. `error` says that it failed; the run goes on unless its own end says otherwise. */
export interface StepEndEvent extends StepEventBase {
  readonly type: 'step-end';
  readonly parentStepId?: string;
  /** When it began, milliseconds since the epoch, for a source that reports only ends. */
  readonly startTime?: number;
  readonly error?: ErrorFacts;
  /** Whether the failure was the caller's choice; default `error`. */
  readonly failure?: 'error' | 'aborted' | 'suspended';
}

/** The provider-neutral facts of an agent's life. Plain JSON; validated by `parseLifecycleEvent`. */
export type LifecycleEvent =
  | RunStartEvent
  | RunUpdateEvent
  | RunEndEvent
  | StepStartEvent
  | StepUpdateEvent
  | StepEndEvent;
