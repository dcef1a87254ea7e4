import {
  type AdapterPort,
  type BoundedMap,
  type Ending,
  type ErrorFacts,
  type Usage,
} from '../../src/index.ts';
import type { QueryResult } from './result.ts';
import { createSpendMeter, type SpendMeter } from './spend-meter.ts';

/** The subagent that a message belongs to, by the tool call that started it; `undefined` is the agent of the query. */
export type Scope = string | undefined;

/** The run of a query while it is open: all that is kept of what Claude Code told. */
export interface OpenRun {
  readonly port: AdapterPort;
  readonly runId: string;
  readonly startTime: number;
  readonly maxTurns: number | undefined;
  /** The caller's own signal, as long as somebody else keeps it. */
  readonly signal: () => AbortSignal | undefined;
  /** Runs that wait for somebody, by session: where this one is looked for when the next query resumes it. */
  readonly suspended: BoundedMap<string, string>;
  readonly spend: SpendMeter;
  readonly calls: ModelCalls;
  readonly tools: ToolCalls;
  /** The model that Claude Code says it works with. */
  model: string;
  sessionId: string | undefined;
  /** How many messages the user has sent. */
  prompts: number;
  /** How often Claude Code has asked the API again. */
  retries: number;
  /** Why a hook did not let the last prompt through. */
  blockedPrompt: string | undefined;
  /** The messages of the user broke off with an error; the SDK then aborts the query and tells its reader that only. */
  promptFailure: Ending | undefined;
  /** The result of the last turn, unless another turn has begun. */
  result: QueryResult | undefined;
}

/** The model calls of a query. */
export interface ModelCalls {
  readonly agents: Map<Scope, Agent>;
  /**
   * Calls whose end waits for the bill, by step id: a result says what all calls of a model used and cost together,
   * messages say at best the tokens of one, and on the OTLP wire a step can be sent only once.
   */
  readonly held: Map<string, ModelCall>;
  /** The last text that the agent of the query said. */
  lastText: string | undefined;
  /** How many ids were made for steps that the SDK gives none. */
  madeIds: number;
}

/** The agent of a query or a subagent, and where it is in its work. */
export interface Agent {
  /** What its next call is given, told before the call. */
  inputs: readonly unknown[];
  /** When it could make the next call. */
  readyTime: number | undefined;
  /** The call that is not complete yet. */
  current: ModelCall | undefined;
  /** The last call, complete or not, until it has been paid for. */
  latest: ModelCall | undefined;
}

/** A call of a model whose end is held back. */
export interface ModelCall {
  readonly stepId: string;
  readonly scope: Scope;
  readonly model: string;
  /** The content of the answer so far. */
  blocks: readonly unknown[];
  /** How much was written, in characters. */
  characters: number;
  /** Text that came in pieces and in no block yet. */
  pieces: string;
  usage: Usage;
  endTime: number;
  firstTokenTime: number | undefined;
  finishReason: string | undefined;
  error: ErrorFacts | undefined;
}

/** The tool calls of a query, subagents among them. */
export interface ToolCalls {
  readonly open: Map<string, ToolCall>;
  /** Subagents that go on after their call has returned. */
  readonly detached: Set<string>;
  /** Names of the tools that the query's own agent called, in order, at most 1,000. */
  readonly used: string[];
  /** What the last of them gave back. */
  lastOutput: unknown;
}

/** A tool call without a result. */
export interface ToolCall {
  readonly scope: Scope;
  readonly isSubagent: boolean;
}

/** What is known of a query when it starts. */
export type QueryFacts = Pick<
  OpenRun,
  'port' | 'runId' | 'startTime' | 'maxTurns' | 'signal' | 'suspended'
> & {
  /** Whether it goes on with an earlier session, whose cost its totals contain. */
  readonly goesOn: boolean;
};

/** A run of which nothing has been told yet. */
export function toOpenRun({ goesOn, ...facts }: QueryFacts): OpenRun {
  return {
    ...facts,
    spend: createSpendMeter({ goesOn }),
    calls: { agents: new Map(), held: new Map(), lastText: undefined, madeIds: 0 },
    tools: { open: new Map(), detached: new Set(), used: [], lastOutput: undefined },
    model: 'claude',
    sessionId: undefined,
    prompts: 0,
    retries: 0,
    blockedPrompt: undefined,
    promptFailure: undefined,
    result: undefined,
  };
}
