// What the viewer's server tells its page. The page is compiled on its own: nothing here may need Node.js or the fake.

/** How a run stands: its own word, `ended` when it gave none, `in_progress` while there is no root with an end. */
export type RunStatus = 'in_progress' | 'completed' | 'error' | 'suspended' | 'ended';

/** Counts of tokens; null where nobody gave any. */
export interface Tokens {
  readonly input: number | null;
  readonly output: number | null;
  readonly total: number | null;
}

/** A run as a line of the list. Times are milliseconds since the epoch. */
export interface RunSummary {
  readonly id: string;
  readonly name: string | null;
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly level: string;
  /** The beginning of the error's text. */
  readonly message: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly conversationId: string | null;
  readonly userId: string | null;
  readonly tags: readonly string[];
  readonly environment: string;
  readonly tokens: Tokens;
  /** As the unit of the costs that were given, which is US dollars by Langfuse's convention. */
  readonly cost: number | null;
  /** Observations below the root, start markers left out. */
  readonly steps: number;
  /** How many sentences say what the parent lacks. */
  readonly missing: number;
  /** The beginning of the input, in one line. */
  readonly preview: string;
}

/** An observation as a line of the tree. */
export interface StepSummary {
  /** Unlike the id it is never twice in a run. */
  readonly key: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly type: string;
  readonly name: string | null;
  readonly level: string;
  readonly message: string | null;
  /** `status` and `reason` of its metadata: a child run has its own ending. */
  readonly status: string | null;
  readonly reason: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly firstTokenAt: number | null;
  readonly model: string | null;
  readonly tokens: Tokens;
  readonly cost: number | null;
  readonly isRoot: boolean;
}

/** A run with its steps, by start time. */
export interface RunDetails {
  readonly run: RunSummary;
  /** What the parent lacks, a sentence each. */
  readonly missing: readonly string[];
  readonly steps: readonly StepSummary[];
}

/** Everything about a step; of the run itself where the key is empty. */
export interface StepDetails {
  readonly key: string;
  readonly message: string | null;
  readonly input: unknown;
  readonly output: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly modelParameters: Readonly<Record<string, unknown>> | null;
  readonly usage: Readonly<Record<string, number>>;
  readonly costs: Readonly<Record<string, number>>;
  readonly version: string | null;
  readonly release: string | null;
}

/** A conversation, the earliest run first. */
export interface Conversation {
  readonly id: string;
  readonly runs: readonly ConversationRun[];
  /** Runs before these, which are left out. */
  readonly earlier: number;
}

/** A run within its conversation. */
export interface ConversationRun {
  readonly run: RunSummary;
  readonly input: Said;
  readonly output: Said;
}

/** An input or output, and what of it a person said or read where that can be told. */
export interface Said {
  readonly value: unknown;
  readonly text: string | null;
}

/** The server that the page is about, as a person needs it to send something there. */
export interface ServerFacts {
  readonly version: string;
  readonly writeMode: string;
  readonly publicKey: string;
  readonly secretKey: string;
  readonly limits: { readonly traces: number; readonly characters: number };
}

/** What the stream of events sends. After `reset` come all runs again, then `ready`. */
export type FeedEvent =
  | { readonly name: 'reset'; readonly data: null }
  | { readonly name: 'runs'; readonly data: readonly RunSummary[] }
  | { readonly name: 'gone'; readonly data: readonly string[] }
  | { readonly name: 'ready'; readonly data: ServerFacts };

/** What an import brought. */
export interface ImportReport {
  readonly writes: number;
  readonly traces: number;
  /** Lines that were there already. */
  readonly known: number;
}
