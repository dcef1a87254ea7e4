import type { Run } from './run.ts';

/** Something that a reason–act loop can do. */
export interface ReActTool {
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** A JSON Schema of the input, for the model. The tool checks its input itself: a model may send anything. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** `true`: the run is suspended before the tool is called. */
  readonly needsApproval?: boolean;
  /** What it throws goes to the model as an observation; the loop goes on. */
  run(input: unknown, context: ReActToolContext): unknown;
}

/** What a tool may use of the call that it is part of. */
export interface ReActToolContext {
  /** The signal that the call was given. */
  readonly signal?: AbortSignal;
  /** The run that the tool is called in. */
  readonly run: Run;
  /** Unique in the run; the model's own id of the call when it has one. */
  readonly callId: string;
}
