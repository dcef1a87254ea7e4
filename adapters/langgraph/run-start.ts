import { type AdapterRunOptions, readField, readText, toUserId } from '../../src/index.ts';
import type { CallFacts } from './call-facts.ts';
import { toMetadata, toTags } from './metadata.ts';

/** The thread of a graph: LangGraph tells it in the metadata. */
export function toThread({ isGraph, metadata }: CallFacts): string | undefined {
  if (!isGraph) return undefined;
  const thread = readField(metadata, 'thread_id');
  return typeof thread === 'number' ? String(thread) : readText(metadata, 'thread_id');
}

/** What is said of a run when it starts; `waiting` is the run that waits in the same thread. */
export function toRunOptions(
  facts: CallFacts,
  thread: string | undefined,
  waiting: string | undefined,
): AdapterRunOptions {
  const { id, name, kind, isGraph, isDeferred, tags, metadata } = facts;
  const { input } = facts.step;
  const given = toMetadata(metadata);
  const { thread_id: _thread, ...others } = given;
  const userId = toUserId(metadata);
  return {
    name,
    // A model that is called by itself is a step of its run: usage belongs on generations.
    kind: kind === 'generation' ? 'chain' : kind,
    framework: isGraph ? 'langgraph' : 'langchain',
    runId: toRunId(id),
    ...(!isDeferred && {
      input: input ?? (isGraph ? '[goes on from the checkpoint]' : '[no input]'),
    }),
    metadata: thread === undefined ? given : others,
    tags: toTags(tags, metadata),
    ...(thread !== undefined && {
      conversationCandidates: [{ source: 'langgraph.thread_id', value: thread }],
    }),
    ...(userId !== undefined && { userId }),
    ...(waiting !== undefined && isResuming(input) && { resumeOf: waiting }),
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
