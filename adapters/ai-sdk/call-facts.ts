import type { RunEndEvent } from '../../src/index.ts';

type WithoutPlace<Event> = Event extends unknown
  ? Omit<Event, 'type' | 'runId' | 'timestamp' | 'eventVersion' | 'name' | 'metadata'>
  : never;

/** How a call ended. */
export type CallEnding = WithoutPlace<RunEndEvent>;

/** What is known of a call besides the event of its end. */
export interface CallFacts {
  /** The limit of its steps, when the user told it. */
  readonly maxSteps: number | undefined;
  /** The tools that were executed, step by step: all that is told when outputs are hidden. */
  readonly executedTools: readonly (readonly string[])[];
  /** Whether the last model call came to its own end. */
  readonly hasModelEnded: boolean;
  /** Whether the answer is to be of a form that the user gave. */
  readonly isStructured: boolean;
  /** The error that the reader of the stream was told. */
  readonly toldError: unknown;
  /** The last text of the run that is not blank. */
  readonly lastText: string;
}

/** The partial output of a failure, when there is one. */
export function partialOf({ lastText }: CallFacts): { readonly partialOutput?: string } {
  return lastText === '' ? {} : { partialOutput: lastText };
}
