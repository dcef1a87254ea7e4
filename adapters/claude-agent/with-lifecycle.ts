import { adapterPort, ConfigError, type Lifecycle } from '../../src/index.ts';
import { followedQuery, withFollowedPrompt } from './followed-query.ts';
import type { OpenRun } from './open-run.ts';
import { queryStopped } from './query-end.ts';
import { type ClaudeAgentOptions, createRecording, type Recording } from './recording.ts';
import { startRun } from './run-events.ts';

/** The SDK's `query`, or a function with its form. */
export type QueryFunction = (call: never) => AsyncIterable<unknown>;

/**
 * The same `query` function, whose queries are runs: each leaves one trace, whatever way it ends. What it gives back
 * is the `Query` with all its methods and the same messages; the process of Claude Code starts as it did before.
 *
 * @example
 * ```ts
 * const query = withLifecycle(claude.query, lifecycle);
 * for await (const message of query({ prompt: 'What changed?' })) show(message);
 * ```
 * @throws {ConfigError} when `query` is no function, `options` is no object, or `lifecycle` was not made by `createLifecycle`.
 */
export function withLifecycle<Query extends QueryFunction>(
  query: Query,
  lifecycle: Lifecycle,
  options: ClaudeAgentOptions = {},
): Query {
  if (typeof query !== 'function') {
    throw new ConfigError(
      `query: expected the query function of @anthropic-ai/claude-agent-sdk, received ${typeof query}.`,
    );
  }
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError(
      `options: expected an object, received ${options === null ? 'null' : typeof options}.`,
    );
  }
  const port = adapterPort(lifecycle);
  if (!port.isRecording) return query;
  const recording = createRecording(port, options);
  return new Proxy(query, {
    apply: (target, self, args: readonly unknown[]) => traced(recording, { target, self, args }),
  });
}

function traced(
  recording: Recording,
  call: {
    readonly target: (call: never) => unknown;
    readonly self: unknown;
    readonly args: readonly unknown[];
  },
): unknown {
  const { port } = recording;
  const { target, self, args } = call;
  let run: OpenRun | undefined;
  port.guard('A query of Claude could not be told', () => {
    run = startRun(recording, args[0]);
  });
  if (run === undefined) return Reflect.apply(target, self, [...args]);
  const { runId } = run;
  try {
    const followedArgs = withFollowedPrompt(run, args);
    // Hooks, permission callbacks and in-process tools run where the query was made: inside its run.
    const query = port.within({ runId }, () => Reflect.apply(target, self, followedArgs));
    return followedQuery(run, query);
  } catch (error) {
    const opened = run;
    port.guard('The end of a query could not be told', () =>
      queryStopped(opened, { how: 'failed', error }),
    );
    throw error;
  }
}
