import type { JsonValue } from './json.ts';

/** What an observation is, in the words of Langfuse and of OpenTelemetry's GenAI conventions. */
export type ObservationKind =
  | 'agent'
  | 'generation'
  | 'tool'
  | 'retriever'
  | 'chain'
  | 'evaluator'
  | 'embedding'
  | 'guardrail'
  | 'span'
  | 'event';

/** All of them. */
export const observationKinds: readonly ObservationKind[] = [
  'agent',
  'generation',
  'tool',
  'retriever',
  'chain',
  'evaluator',
  'embedding',
  'guardrail',
  'span',
  'event',
];

/** How serious an observation is, as the Langfuse UI filters it. */
export type Level = 'DEBUG' | 'DEFAULT' | 'WARNING' | 'ERROR';

/** Tokens of one model call. `input` counts cached tokens too, `output` counts reasoning tokens too. */
export interface Usage {
  readonly input?: number;
  readonly output?: number;
  readonly total?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/** Cost of one model call in US dollars. */
export interface Cost {
  readonly input?: number;
  readonly output?: number;
  readonly total?: number;
}

/** What every observation of a trace says about the trace, so that each row can be found on its own. */
export interface TraceFacts {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly name: string;
  /** What Langfuse calls `sessionId`; absent when no candidate was present. */
  readonly conversationId?: string;
  readonly userId?: string;
  readonly tags?: readonly string[];
  /** The version of the agent, as the user gave it. */
  readonly version?: string;
}

/** What is known of an observation whatever its phase. Everything in it is sanitized. */
interface ObservationFacts {
  /** `parent` is the run itself; `child-run` is a run inside another one; the rest are steps. */
  readonly role: 'parent' | 'child-run' | 'step';
  readonly runId: string;
  /** The step's id in lifecycle events; present on steps only. */
  readonly stepId?: string;
  /** 16 lower-case hex digits, unique in the trace. */
  readonly id: string;
  /** The observation above; absent on a parent only. */
  readonly parentId?: string;
  readonly trace: TraceFacts;
  readonly kind: ObservationKind;
  readonly name: string;
  /** Milliseconds since the epoch, when it happened. */
  readonly startTime: number;
  readonly input?: JsonValue;
  readonly output?: JsonValue;
  readonly level: Level;
  readonly statusMessage?: string;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly model?: string;
  readonly modelParameters?: Readonly<Record<string, JsonValue>>;
  readonly usage?: Usage;
  readonly cost?: Cost;
  /** When the first token came, milliseconds since the epoch. */
  readonly completionStartTime?: number;
  readonly prompt?: PromptReference;
  /** What it weighs in memory, in bytes of JSON, approximately. */
  readonly size: number;
}

/** The prompt in Langfuse's prompt management that a generation used. */
export interface PromptReference {
  readonly name: string;
  readonly version: number;
}

/** An observation that is still running. */
export interface OpenRecord extends ObservationFacts {
  readonly phase: 'open';
}

/** An observation with its ending: complete, and the last word on it. */
export interface EndedRecord extends ObservationFacts {
  readonly phase: 'ended';
  /** Milliseconds since the epoch; never before `startTime`. */
  readonly endTime: number;
}

/** What the core hands to a sink: the parent or a step, with everything known so far. */
export type LifecycleRecord = OpenRecord | EndedRecord;
