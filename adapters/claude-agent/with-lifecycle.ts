import {
  adapterPort,
  type AdapterPort,
  ConfigError,
  type Lifecycle,
  type Place,
  readField,
  readText,
} from '../../src/index.ts';
import { createQueryRun, type QueryRun } from './query-run.ts';

/** The SDK's `query`, or a function with its form. */
export type QueryFunction = (call: never) => AsyncIterable<unknown>;

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

const framework = 'claude-agent-sdk';

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
  const tracing: Tracing = { port, options, suspended: new Map() };
  return new Proxy(query, {
    apply: (target, self, args: readonly unknown[]) => traced(tracing, { target, self, args }),
  });
}

interface Tracing {
  readonly port: AdapterPort;
  readonly options: ClaudeAgentOptions;
  /** Runs that wait for somebody, by session, the oldest first. */
  readonly suspended: Map<string, string>;
}

const maximumSuspended = 1_000;

interface Call {
  readonly target: (call: never) => unknown;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

function traced(tracing: Tracing, call: Call): unknown {
  const { port } = tracing;
  let opened: OpenedQuery | undefined;
  port.guard('A query of Claude could not be told', () => {
    opened = openQuery(tracing, call.args[0]);
  });
  if (opened === undefined) return Reflect.apply(call.target, call.self, [...call.args]);
  const { run, place } = opened;
  try {
    const args = withFollowedPrompt(port, call.args, run);
    // Hooks, permission callbacks and in-process tools run where the query was made: inside its run.
    const result = port.within(place, () => Reflect.apply(call.target, call.self, args));
    return follow(port, result, { run, place });
  } catch (error) {
    port.guard('The end of a query could not be told', () => run.stop({ how: 'failed', error }));
    throw error;
  }
}

interface OpenedQuery {
  readonly run: QueryRun;
  readonly place: Place;
}

function openQuery({ port, options, suspended }: Tracing, call: unknown): OpenedQuery {
  const queryOptions = readField(call, 'options');
  const prompt = readField(call, 'prompt');
  const startTime = port.now();
  const maxTurns = readField(queryOptions, 'maxTurns');
  const limit = typeof maxTurns === 'number' && Number.isFinite(maxTurns) ? maxTurns : undefined;
  const resumed = readText(queryOptions, 'resume');
  const resumeOf = resumed === undefined ? undefined : suspended.get(resumed);
  if (resumed !== undefined) suspended.delete(resumed);
  const place = port.startRun({
    ...options,
    name: options.name ?? readText(queryOptions, 'agent') ?? 'claude-agent',
    framework,
    startTime,
    conversationCandidates: toCandidates(queryOptions),
    ...(typeof prompt === 'string' && { input: prompt }),
    ...(limit !== undefined && { maxIterations: limit }),
    ...(resumeOf !== undefined && { resumeOf }),
  });
  const run = createQueryRun(port, place, {
    startTime,
    prompt: typeof prompt === 'string' ? prompt : undefined,
    maxTurns: limit,
    onSuspended(sessionId) {
      suspended.delete(sessionId);
      suspended.set(sessionId, place.runId);
      const [oldest] = suspended.keys();
      if (suspended.size > maximumSuspended && oldest !== undefined) suspended.delete(oldest);
    },
    goesOn: resumed !== undefined || isSet(queryOptions, 'continue'),
    signal: toWeakSignal(readField(readField(queryOptions, 'abortController'), 'signal')),
  });
  return { run, place };
}

/** A fork gets a new session, whose id comes with its first message; the one that it came from is another conversation. */
function toCandidates(queryOptions: unknown): readonly { source: string; value: unknown }[] {
  const sessionId = {
    source: 'claude.session_id_option',
    value: readField(queryOptions, 'sessionId'),
  };
  if (isSet(queryOptions, 'forkSession')) return [sessionId];
  return [{ source: 'claude.resume', value: readField(queryOptions, 'resume') }, sessionId];
}

function isSet(options: unknown, key: string): boolean {
  return readField(options, key) === true;
}

/** The caller's signal for as long as somebody else keeps it. */
function toWeakSignal(signal: unknown): () => AbortSignal | undefined {
  if (!(signal instanceof AbortSignal)) return () => undefined;
  const reference = new WeakRef(signal);
  return () => reference.deref();
}

/** User messages are told as they pass; a prompt that is a text goes as it is. */
function withFollowedPrompt(
  port: AdapterPort,
  args: readonly unknown[],
  run: QueryRun,
): readonly unknown[] {
  const [call, ...rest] = args;
  const prompt = readField(call, 'prompt');
  if (typeof call !== 'object' || call === null) return args;
  if (typeof prompt !== 'object' || prompt === null) return args;
  const followed = port.follow(prompt, {
    chunk: (message) => run.prompt(readField(readField(message, 'message'), 'content')),
    fail: (error) => run.promptFailed(error),
  });
  return [{ ...call, prompt: followed }, ...rest];
}

/** Methods after which no message comes, and which are no end that a stream has. */
const closers: ReadonlySet<PropertyKey> = new Set(['close', Symbol.asyncDispose]);

/** The query with who reads it followed. */
function follow(port: AdapterPort, query: unknown, { run, place }: OpenedQuery): unknown {
  const followed = port.follow(query, {
    within: (fn) => port.within(place, fn),
    chunk: (message) => run.message(message),
    finish: () => run.stop({ how: 'finished' }),
    fail: (error) => run.stop({ how: 'failed', error }),
    leave: (error) => run.stop({ how: 'left', error }),
    progress: () => run.progress(),
  });
  if (typeof followed !== 'object' || followed === null) return followed;
  return new Proxy(followed, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (!closers.has(key) || typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        port.guard('The close of a query could not be told', () => run.stop({ how: 'closed' }));
        return result;
      };
    },
  });
}
