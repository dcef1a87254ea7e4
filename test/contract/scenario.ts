import type { JsonValue, Level, Lifecycle, ObservationKind } from '../../adapters/index.ts';

/** One way in which a host uses the library, and the one parent that it must leave, whatever the sink. */
export interface Scenario {
  /** Also the name of its payload files. */
  readonly name: string;
  /** What the operator has set on the sink. */
  readonly sinkOptions?: { readonly environment?: string; readonly release?: string };
  run(lifecycle: Lifecycle, tools: ScenarioTools): Promise<void> | void;
  readonly expected: ExpectedParent;
}

/** What a scenario may use besides the lifecycle. */
export interface ScenarioTools {
  /** Milliseconds since the epoch on the scenario's clock. */
  readonly now: () => number;
  /** Moves the clock, less than a flush interval. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** Moves the clock by one flush interval and waits until what was due has been delivered. */
  readonly passTick: () => Promise<void>;
}

/** The parent observation and what stands below it. */
export interface ExpectedParent {
  readonly name: string;
  /** Default `agent`. */
  readonly kind?: ObservationKind;
  readonly status: 'completed' | 'error' | 'suspended';
  readonly reason: string;
  readonly level: Level;
  readonly statusMessage?: string;
  readonly input: JsonValue;
  readonly output: JsonValue;
  /** Where Langfuse would take `output` for no output at all: what it is sent in its place. */
  readonly shownOutput?: JsonValue;
  readonly conversationId: string | null;
  readonly conversationSource: string;
  /** Entries that the parent's metadata must have, besides status, reason and the conversation's source. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  readonly trace?: ExpectedTrace;
  readonly traceId?: string;
  /** The ended observations below the parent, in any order. */
  readonly children: readonly ExpectedChild[];
  /** Open when the flush tick came, so that something went out before the end. */
  readonly wasOpenAtTick?: true;
}

/** What the whole trace is known by. */
export interface ExpectedTrace {
  readonly userId?: string;
  readonly tags?: readonly string[];
  readonly version?: string;
}

export interface ExpectedChild {
  readonly name: string;
  /** The observation above it. */
  readonly below: string;
  readonly kind: ObservationKind;
  readonly level?: Level;
  readonly statusMessage?: string;
  readonly output?: JsonValue;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  readonly model?: ExpectedModelFacts;
}

/** What a generation says of the model call, in Langfuse's words. */
export interface ExpectedModelFacts {
  readonly model: string;
  readonly modelParameters: Readonly<Record<string, JsonValue>>;
  readonly usageDetails: Readonly<Record<string, number>>;
  readonly costDetails: Readonly<Record<string, number>>;
  readonly completionStartTime: string;
}

/** The run that most scenarios make. */
export const support = {
  name: 'support-agent',
  input: { question: 'Where is my parcel?' },
  conversationId: 'chat-7',
} as const;

const ofSupport = {
  name: support.name,
  input: support.input,
  conversationId: support.conversationId,
  conversationSource: 'call.conversationId',
  children: [],
} as const;

/** A parent that reached its goal, with what differs from the run above. */
export function completed(
  differences: Partial<ExpectedParent> & Pick<ExpectedParent, 'output'>,
): ExpectedParent {
  return { ...ofSupport, status: 'completed', reason: 'stop', level: 'DEFAULT', ...differences };
}

/** A parent that failed. */
export function failed(
  differences: Partial<ExpectedParent> &
    Pick<ExpectedParent, 'reason' | 'output' | 'statusMessage'>,
): ExpectedParent {
  return { ...ofSupport, status: 'error', level: 'ERROR', ...differences };
}

/** The error with a stack that is the same on every machine. */
export function withFixedStack<Failure extends Error>(error: Failure): Failure {
  const value = `${error.name}: ${error.message}\n    at answer (agent.ts:1:1)`;
  Object.defineProperty(error, 'stack', { value, configurable: true });
  return error;
}

/** Calls `fn` the way a host does that goes on after its agent failed. */
export async function survive(fn: () => unknown): Promise<void> {
  try {
    await fn();
  } catch {
    // The host's own business; what it saw is tested elsewhere.
  }
}
