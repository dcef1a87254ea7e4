import type { CompletedReason, ErrorReason, ReactFacts, SuspendedReason } from './ending.ts';
import type { ConversationSources } from './conversation-id.ts';
import type { Level, ObservationKind, PromptReference } from './records.ts';

/** What may be said of a run when it starts. */
export interface RunOptions {
  /** What the run is called in Langfuse. */
  readonly name: string;
  /** What the run is given. As the first argument of the run it may also name the conversation. */
  readonly input?: unknown;
  /** The conversation (Langfuse: session) that the run belongs to; the first rank of the policy. */
  readonly conversationId?: string | number | bigint | null | undefined;
  /** An object of the call that may name the conversation: `conversationId`, then `conversation_id`. */
  readonly inputContext?: unknown;
  /** Where a framework names the conversation; used by adapters. */
  readonly conversationCandidates?: NonNullable<ConversationSources['framework']>;
  /** An object in which a framework may name it, by allow-listed keys, and which is not recorded; used by adapters. */
  readonly conversationContext?: NonNullable<ConversationSources['frameworkContext']>;
  /** The end user on whose behalf it runs. */
  readonly userId?: string;
  readonly tags?: readonly string[];
  /** Facts of your own; the keys that this library writes (`status`, `reason`, …) win over yours. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The version of the agent. */
  readonly version?: string;
  /** Default `agent`. */
  readonly kind?: ObservationKind;
  /** The limit of its loop, recorded for whoever reads the trace. */
  readonly maxIterations?: number;
  /** The caller's own signal: with it an abort is told from a failure. */
  readonly signal?: AbortSignal | undefined;
  /** An id of yours from which the trace id follows: the first 32 hex digits of its SHA-256. */
  readonly traceSeed?: string;
  /** The id of the suspended run that goes on here. */
  readonly resumeOf?: string;
  /** The id of the failed run that is tried again here. */
  readonly retryOf?: string;
}

/** What may become known of a run while it is open. */
export interface RunPatch {
  /** The output so far; it stays when the run ends without one, and becomes the partial output of a failure. */
  readonly output?: unknown;
  /** Fills an empty conversation id; never replaces one. */
  readonly conversationId?: string | number | bigint | null | undefined;
  readonly userId?: string;
  /** Added to the tags that are there. */
  readonly tags?: readonly string[];
  /** Merged key by key into the metadata that is there. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly version?: string;
}

/** What may be said of a step when it starts. */
export interface StepOptions {
  readonly name: string;
  /** Default `span`. */
  readonly kind?: ObservationKind;
  readonly input?: unknown;
  readonly model?: string;
  /** Temperature, max tokens … */
  readonly modelParameters?: Readonly<Record<string, unknown>>;
  /** The prompt in Langfuse's prompt management. */
  readonly prompt?: PromptReference;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly level?: Level;
}

/** What may become known of a step while it is open. */
export interface StepPatch {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly model?: string;
  readonly modelParameters?: Readonly<Record<string, unknown>>;
  /** The usage object of the provider as it came: the known forms are understood. */
  readonly usage?: unknown;
  /** US dollars: a number for the total, or an object with `input`, `output`, `total`. */
  readonly cost?: unknown;
  /** When the first token came. */
  readonly completionStartTime?: Date | number;
  readonly prompt?: PromptReference;
  readonly level?: Level;
  readonly statusMessage?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** How a run ended, as its caller tells it. */
export type RunEnding =
  | { readonly status: 'completed'; readonly reason?: CompletedReason; readonly output?: unknown }
  | {
      readonly status: 'error';
      /** Default: what the error itself says, see `run.fail`. */
      readonly reason?: ErrorReason;
      /** Anything that can be thrown. */
      readonly error: unknown;
      readonly partialOutput?: unknown;
      readonly react?: ReactFacts;
    }
  | {
      readonly status: 'suspended';
      /** Default `input_required`. */
      readonly reason?: SuspendedReason;
      /** What it waits for. */
      readonly pending: readonly unknown[];
    };
