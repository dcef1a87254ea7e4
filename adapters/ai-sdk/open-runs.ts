import type { Recording } from './recording.ts';
import { createRunningTools, type RunningTools } from './running-tools.ts';
import { type StreamReaders, textRead } from './stream-readers.ts';

/** One call of the SDK between its start and its end. Holds names, numbers and one text; no object of the SDK. */
export interface OpenRun {
  readonly runId: string;
  /** `generateText`, `streamText`, `embed` … */
  readonly operation: string;
  /** The limit of its steps, when the user told it. */
  readonly maxSteps: number | undefined;
  /** Whether the answer is to be of a form that the user gave. */
  readonly isStructured: boolean;
  readonly subscription: Subscription;
  hasConversation: boolean;
  /** The model call that runs. */
  model: { readonly stepId: string; readonly startTime: number; attempts: number } | undefined;
  /** Whether the last model call came to its own end. */
  hasModelEnded: boolean;
  /** Whether the last model call failed. */
  hasModelFailed: boolean;
  /** How many steps were begun, of all kinds. */
  stepCount: number;
  readonly runningTools: RunningTools;
  /** Names of the executed tools, by step of the SDK; the last list is of the step that runs. */
  readonly executedTools: string[][];
  /** Ids of the tool calls that were executed in the step that runs. */
  readonly executedIds: Set<string>;
  /** The last text of the model that is not blank. */
  lastText: string;
}

/** What is known of one call from the moment on at which the SDK reads our callbacks for it: before it has an id. */
export interface Subscription {
  readonly recording: Recording;
  /** Set when the call says that it starts. */
  callId?: string;
  /** Whether its callbacks serve more than one call: then nothing follows from their collection. */
  isShared?: true;
  /** Set when somebody observes the result of the call. */
  readers?: StreamReaders;
  /** Stops what waits for the end of the process or of the lifecycle. */
  unwatch?: () => void;
}

/** A run in which nothing has happened yet. */
export function createOpenRun(
  begun: Pick<
    OpenRun,
    'runId' | 'operation' | 'maxSteps' | 'isStructured' | 'subscription' | 'hasConversation'
  >,
): OpenRun {
  return {
    ...begun,
    model: undefined,
    hasModelEnded: false,
    hasModelFailed: false,
    stepCount: 0,
    runningTools: createRunningTools(),
    executedTools: [[]],
    executedIds: new Set(),
    lastText: '',
  };
}

/** The run of a subscription, while it is open. */
export function subscribedRun({ callId, recording }: Subscription): OpenRun | undefined {
  return callId === undefined ? undefined : recording.open.get(callId);
}

/** Whether the call gives a stream: then it may be abandoned. */
export function isStream({ operation }: Pick<OpenRun, 'operation'>): boolean {
  return operation.startsWith('stream');
}

/** What there was of a run that was cut off: what its reader got, else what the model said last. */
export function partialOutputOf({ lastText, subscription }: OpenRun): string | undefined {
  const read = subscription.readers && textRead(subscription.readers);
  return read ?? (lastText === '' ? undefined : lastText);
}

/** What the model said last in a run that told its own end, as a field of its ending. */
export function lastSaid({ lastText }: OpenRun): { readonly partialOutput?: string } {
  return lastText === '' ? {} : { partialOutput: lastText };
}
