import { type AdapterPort, type BoundedMap, createBoundedMap } from '../../src/index.ts';

/** What every run of a wrapped `query` is told with. */
export interface ClaudeAgentOptions {
  /** What the runs are called in Langfuse; default: the `agent` of the query's options, else `claude-agent`. */
  readonly name?: string;
  /** The end user on whose behalf the queries run. */
  readonly userId?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The version of the agent. */
  readonly version?: string;
}

/** What all queries of a wrapped `query` share. */
export interface Recording {
  readonly port: AdapterPort;
  readonly options: ClaudeAgentOptions;
  /** Runs that wait for somebody, by session. */
  readonly suspended: BoundedMap<string, string>;
}

const maximumSuspended = 1_000;

/** Makes the recording of one wrapped `query`. */
export function createRecording(port: AdapterPort, options: ClaudeAgentOptions): Recording {
  return { port, options, suspended: createBoundedMap(maximumSuspended) };
}
