import { type AdapterRunOptions, readField, readText } from '../../src/index.ts';
import type { ClaudeAgentOptions } from './recording.ts';

/** What is known of a query when it is called. */
export interface QueryStart {
  /** The options of the SDK. */
  readonly options: unknown;
  /** The prompt, when it is a text and not messages that come one by one. */
  readonly prompt: string | undefined;
  /** The session that it resumes by name. */
  readonly resumed: string | undefined;
  /** Whether it goes on with an earlier session, whose cost its totals contain. */
  readonly goesOn: boolean;
  readonly maxTurns: number | undefined;
  /** The caller's own signal, as long as somebody else keeps it. */
  readonly signal: () => AbortSignal | undefined;
}

/** Reads what `query` was called with. */
export function readStart(call: unknown): QueryStart {
  const options = readField(call, 'options');
  const prompt = readField(call, 'prompt');
  const maxTurns = readField(options, 'maxTurns');
  const resumed = readText(options, 'resume');
  return {
    options,
    prompt: typeof prompt === 'string' ? prompt : undefined,
    resumed,
    goesOn: resumed !== undefined || isSet(options, 'continue'),
    maxTurns: typeof maxTurns === 'number' && Number.isFinite(maxTurns) ? maxTurns : undefined,
    signal: toWeakSignal(readField(readField(options, 'abortController'), 'signal')),
  };
}

/** What is said of a run when it starts; `waiting` is the run that waits in the session that it resumes. */
export function toRunOptions(
  { options, prompt, maxTurns }: QueryStart,
  given: ClaudeAgentOptions,
  waiting: string | undefined,
): AdapterRunOptions {
  return {
    ...given,
    name: given.name ?? readText(options, 'agent') ?? 'claude-agent',
    framework: 'claude-agent-sdk',
    conversationCandidates: toCandidates(options),
    ...(prompt !== undefined && { input: prompt }),
    ...(maxTurns !== undefined && { maxIterations: maxTurns }),
    ...(waiting !== undefined && { resumeOf: waiting }),
  };
}

/** A fork gets a new session, whose id comes with its first message; the one that it came from is another conversation. */
function toCandidates(
  options: unknown,
): Exclude<AdapterRunOptions['conversationCandidates'], undefined> {
  const sessionId = {
    source: 'claude.session_id_option',
    value: readField(options, 'sessionId'),
  };
  if (isSet(options, 'forkSession')) return [sessionId];
  return [{ source: 'claude.resume', value: readField(options, 'resume') }, sessionId];
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
