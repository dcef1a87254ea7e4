import { type AdapterRunOptions, readField, readText } from '../../src/index.ts';
import { toMetadata, toTags, toUserId } from './metadata.ts';
import type { Begun, OpenRun } from './open-runs.ts';

/** The thread of a graph: LangGraph tells it in the metadata. */
export function toThread({ isGraph, metadata }: Begun): string | undefined {
  if (!isGraph) return undefined;
  const thread = readField(metadata, 'thread_id');
  return typeof thread === 'number' ? String(thread) : readText(metadata, 'thread_id');
}

/** What is said of a run when it starts; `waiting` is the run that waits in the same thread. */
export function toRunOptions(
  begun: Begun,
  thread: string | undefined,
  waiting: string | undefined,
): AdapterRunOptions {
  const { id, name, kind, isGraph, isDeferred, tags, metadata, facts } = begun;
  const given = toMetadata(metadata);
  const userId = toUserId(metadata);
  return {
    name,
    // A model that is called by itself is a step of its run: usage belongs on generations.
    kind: kind === 'generation' ? 'chain' : kind,
    framework: isGraph ? 'langgraph' : 'langchain',
    runId: toRunId(id),
    ...(!isDeferred && {
      input: facts.input ?? (isGraph ? '[goes on from the checkpoint]' : '[no input]'),
    }),
    metadata: thread === undefined ? given : without(given, 'thread_id'),
    tags: toTags(tags, metadata),
    ...(thread !== undefined && {
      conversationCandidates: [{ source: 'langgraph.thread_id', value: thread }],
    }),
    ...(userId !== undefined && { userId }),
    ...(waiting !== undefined && isResuming(facts.input) && { resumeOf: waiting }),
  };
}

/** The run as it is kept while it is open. */
export function toOpenRun(begun: Begun, runId: string, thread: string | undefined): OpenRun {
  return {
    runId,
    name: begun.name,
    thread,
    metadataKeys: new Set(Object.keys(toMetadata(begun.metadata))),
    openIds: new Set(),
    toolsUsed: [],
    lastObservation: undefined,
    thrownPause: undefined,
    nodeFailure: undefined,
  };
}

/** `Command({ resume })`, or no input at all. */
function isResuming(input: unknown): boolean {
  return input === null || readField(input, 'resume') !== undefined;
}

/** LangChain's run id without its dashes is a trace id. */
function toRunId(id: string): string {
  const digits = id.replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(digits) ? digits : id;
}

function without(
  record: Readonly<Record<string, unknown>>,
  key: string,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
