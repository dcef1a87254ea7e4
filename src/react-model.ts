import type { SuspendedReason } from './ending.ts';

/** What decides the next move of a reason–act loop: a language model, a script, a person. */
export type ReActModel<I, O> = (
  request: ReActRequest<I>,
  context: { readonly signal?: AbortSignal },
) => ReActDecision<O> | PromiseLike<ReActDecision<O>>;

/** What the model gets: the task, what it may use, and what came of its earlier decisions. */
export interface ReActRequest<I = unknown> {
  readonly input: I;
  readonly instructions?: string;
  readonly tools: readonly ReActToolDescription[];
  /** One entry per iteration, in order; empty at first. */
  readonly history: readonly ReActTurn[];
}

/** A tool as the model sees it. */
export interface ReActToolDescription {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of the tool's input. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** One iteration that called tools. */
export interface ReActTurn {
  readonly thought?: string;
  readonly observations: readonly ReActObservation[];
}

/** What came of one call of a tool. A failure is something the model can react to. */
export type ReActObservation = Required<ReActToolCall> &
  (
    | { readonly status: 'returned'; readonly output: unknown }
    | { readonly status: 'failed'; readonly error: string }
  );

/** A call that the model asks for. */
export interface ReActToolCall {
  readonly tool: string;
  readonly input: unknown;
  /** The model's own id of the call; made up from iteration and position when it has none. */
  readonly id?: string;
}

/** What the model decided, and what it took to decide. */
export type ReActDecision<O = string> = ReActDecisionFacts &
  (
    | { readonly type: 'tools'; readonly calls: readonly ReActToolCall[] }
    | { readonly type: 'finish'; readonly output: O }
    | {
        readonly type: 'suspend';
        /** What it waits for, one entry per open question. */
        readonly pending: readonly unknown[];
        /** Default `input_required`. */
        readonly reason?: SuspendedReason;
      }
  );

interface ReActDecisionFacts {
  /** Why, in the model's words; the last one is the partial output of a loop that gives up. */
  readonly thought?: string;
  /** The usage object of the provider as it came. */
  readonly usage?: unknown;
  /** US dollars: a number for the total, or an object with `input`, `output`, `total`. */
  readonly cost?: unknown;
  /** The name of the model that decided. */
  readonly model?: string;
}
