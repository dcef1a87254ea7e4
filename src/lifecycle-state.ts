import type { Diagnostic } from './diagnostics.ts';
import type { Ending } from './ending.ts';
import type { LifecycleEvent } from './events.ts';
import type { ObservationKind, TraceFacts } from './records.ts';
import type { JsonValue } from './json.ts';
import type { RecordDraft } from './record-draft.ts';
import type { KnownStep } from './run-steps.ts';
import type { StepState } from './step-state.ts';

/** Everything known of one run. A value: a transition makes a new one. */
export interface RunState {
  readonly runId: string;
  /** The id of the run's own observation. */
  readonly spanId: string;
  /** Present on a run inside another one: that one, the observation above, and the outermost run. */
  readonly parent?: { readonly runId: string; readonly spanId: string; readonly rootRunId: string };
  readonly trace: TraceFacts;
  readonly kind: ObservationKind;
  readonly name: string;
  readonly startTime: number;
  /** `synthesised` when an end came and no start: a real start may still fill in what is missing. */
  readonly start: 'told' | 'synthesised';
  readonly input?: JsonValue | undefined;
  readonly output?: JsonValue;
  /** When the first chunk of a stream reached its reader, milliseconds since the epoch. */
  readonly completionStartTime?: number;
  readonly metadata: Readonly<Record<string, JsonValue>>;
  readonly conversationSource: string;
  readonly conversationConflict: readonly string[];
  readonly ended?: RunEnding;
  /** Set when another process owes the ending. */
  readonly released?: true;
  /** Set when another process started it: that one told Langfuse that the run is open, and once is enough. */
  readonly adopted?: true;
  /** Set when the wire has the ending: from then on it cannot change. */
  readonly handedOver?: true;
  /** Bytes of JSON that it holds, approximately. */
  readonly size: number;
}

/** The effective ending of a run. */
export interface RunEnding {
  readonly ending: Ending;
  readonly time: number;
  /** Set when the run was closed because the one around it ended. */
  readonly closedWithParent?: true;
}

/** Ends a run from outside: the process goes, or the run around it ended. */
export interface RunClose {
  readonly type: 'run-close';
  readonly runId: string;
  readonly timestamp: number;
  readonly reason: 'never_ended' | 'interrupted';
  /** The cause in words, for example `SIGTERM`. */
  readonly message: string;
  readonly closedWithParent?: true;
}

/** Says that the start of a run whose end has been told will not be waited for any longer. */
export interface RunSettle {
  readonly type: 'run-settle';
  readonly runId: string;
  readonly timestamp: number;
}

/** Lets an open run go: another process owes its ending from now on. */
export interface RunRelease {
  readonly type: 'run-release';
  readonly runId: string;
  readonly timestamp: number;
}

/** Takes over a run that another process let go. */
export interface RunAdopt {
  readonly type: 'run-adopt';
  readonly runId: string;
  readonly timestamp: number;
  readonly run: RunState;
}

/** What happens to runs besides what their events tell. */
export type RunControl = RunClose | RunSettle | RunRelease | RunAdopt;

/** A sanitized event and what it weighs. */
export interface TransitionInput {
  readonly event: LifecycleEvent | RunControl;
  readonly size: number;
}

/** What a transition may look at. Nothing in it is ever changed by one. */
export interface LifecycleState {
  run(runId: string): RunState | undefined;
  /** A mere id when the wire has the ended step: from then on it cannot change. */
  step(runId: string, stepId: string): KnownStep | undefined;
  /** Steps that were not ended by themselves: open, or closed with their run and not sent yet. */
  unendedSteps(runId: string): Iterable<StepState>;
  /** Inner runs that were not ended by themselves: open, or closed with this run and not sent yet. */
  unendedChildRuns(runId: string): Iterable<RunState>;
  /** When the last of the steps and inner runs ended that ended by themselves; undefined when none did. */
  lastEnd(runId: string): number | undefined;
  /** Events that wait for the start of the run that they need. */
  parked(runId: string): readonly TransitionInput[];
}

/** What follows from one event. */
export interface Change {
  readonly run?: RunState;
  readonly steps?: readonly StepState[];
  /** The new list of waiting events of a run. */
  readonly parked?: { readonly runId: string; readonly inputs: readonly TransitionInput[] };
  /** Inputs to feed next, in this order. */
  readonly next?: readonly TransitionInput[];
  readonly records?: readonly RecordDraft[];
  readonly diagnostics?: readonly Diagnostic[];
}
