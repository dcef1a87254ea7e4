import { noProgress, type RunProgress } from './run-progress.ts';

/** A run with spans in it. */
export interface OpenRun {
  readonly runId: string;
  /** The run around it. */
  readonly outer: OpenRun | undefined;
  /** What its span called it at its start. */
  readonly name: string;
  /** Whether an agent inside may give it a name, because its own is only a word of its framework. */
  isNamed: boolean;
  conversation: string | undefined;
  hasUser: boolean;
  /** Undefined for a run whose ending is not ours to tell, and when it has been told. */
  progress: RunProgress | undefined;
}

/** A run of a span, in which nothing has been seen. */
export function createOpenRun(
  begun: Pick<OpenRun, 'runId' | 'outer' | 'name' | 'isNamed'>,
): OpenRun {
  return { ...begun, conversation: undefined, hasUser: false, progress: noProgress };
}

/** The run around all runs around. */
export function outermost(inside: OpenRun | undefined): OpenRun | undefined {
  let run = inside;
  while (run?.outer !== undefined) run = run.outer;
  return run;
}

/** A run that the program started itself: it has its name and user from there, and its ending. */
export function createForeignRun(runId: string): OpenRun {
  return {
    runId,
    outer: undefined,
    name: '',
    isNamed: true,
    conversation: undefined,
    hasUser: true,
    progress: undefined,
  };
}
