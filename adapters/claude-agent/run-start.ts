import {
  type AdapterPort,
  type AdapterRunOptions,
  type BoundedMap,
  readField,
  readText,
} from '../../src/index.ts';
import { addInput } from './model-calls.ts';
import { type OpenRun, toOpenRun } from './open-run.ts';

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

/** Starts the run of a query; `call` is what `query` was called with. */
export function startRun({ port, options, suspended }: Recording, call: unknown): OpenRun {
  const queryOptions = readField(call, 'options');
  const prompt = readField(call, 'prompt');
  const startTime = port.now();
  const resumed = readText(queryOptions, 'resume');
  const maxTurns = readLimit(queryOptions, 'maxTurns');
  const { runId } = port.startRun({
    ...options,
    name: options.name ?? readText(queryOptions, 'agent') ?? 'claude-agent',
    framework: 'claude-agent-sdk',
    startTime,
    conversationCandidates: toCandidates(queryOptions),
    ...(typeof prompt === 'string' && { input: prompt }),
    ...(maxTurns !== undefined && { maxIterations: maxTurns }),
    ...toLink(resumed === undefined ? undefined : suspended.take(resumed)),
  });
  const run = toOpenRun({
    port,
    runId,
    startTime,
    maxTurns,
    suspended,
    goesOn: resumed !== undefined || isSet(queryOptions, 'continue'),
    signal: toWeakSignal(readField(readField(queryOptions, 'abortController'), 'signal')),
  });
  if (typeof prompt === 'string') addInput(run, undefined, prompt, startTime);
  return run;
}

/** A fork gets a new session, whose id comes with its first message; the one that it came from is another conversation. */
function toCandidates(
  queryOptions: unknown,
): Exclude<AdapterRunOptions['conversationCandidates'], undefined> {
  const sessionId = {
    source: 'claude.session_id_option',
    value: readField(queryOptions, 'sessionId'),
  };
  if (isSet(queryOptions, 'forkSession')) return [sessionId];
  return [{ source: 'claude.resume', value: readField(queryOptions, 'resume') }, sessionId];
}

function toLink(waiting: string | undefined): Pick<AdapterRunOptions, 'resumeOf'> {
  return waiting === undefined ? {} : { resumeOf: waiting };
}

function readLimit(options: unknown, key: string): number | undefined {
  const limit = readField(options, key);
  return typeof limit === 'number' && Number.isFinite(limit) ? limit : undefined;
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
