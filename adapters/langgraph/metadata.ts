import { readEntries, readField, readKeys } from '../../src/index.ts';

/** Keys with which LangChain and LangGraph keep their own books. */
const ownKeys = new Set([
  'checkpoint_ns',
  'checkpoint_id',
  'lc_agent_name',
  'versions',
  'timeoutMs',
]);

const ownPrefixes = ['ls_', 'langgraph_', '__'] as const;

/** What the Langfuse integration of LangChain reads means the same here; it is told as user and tags. */
const toldElsewhere = new Set(['langfuseUserId', 'langfuseTags']);

const ownTags = /^(?:seq:step:|graph:step:|map:key:|langsmith:)/;

/** The metadata that the program gave, without the books of the framework. */
export function toMetadata(metadata: unknown): Readonly<Record<string, unknown>> {
  const given: Record<string, unknown> = {};
  for (const key of readKeys(metadata)) {
    if (!isOwnKey(key) && !toldElsewhere.has(key)) given[key] = readField(metadata, key);
  }
  return given;
}

/** What a step was given that its run was not. */
export function toAddedMetadata(
  metadata: unknown,
  runKeys: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(toMetadata(metadata));
  return Object.fromEntries(entries.filter(([key]) => !runKeys.has(key)));
}

/** The tags that the program gave. */
export function toTags(tags: unknown, metadata: unknown): readonly string[] {
  const given = [
    ...readEntries(tags, 100),
    ...readEntries(readField(metadata, 'langfuseTags'), 100),
  ].filter((tag) => typeof tag === 'string');
  return [...new Set(given)].filter((tag) => !ownTags.test(tag));
}

function isOwnKey(key: string): boolean {
  return ownKeys.has(key) || ownPrefixes.some((prefix) => key.startsWith(prefix));
}
