import { readEntries, readField, readText } from '../../src/index.ts';

/** The name that LangGraph gives to a graph that the program has not named. */
export const defaultGraphName = 'LangGraph';

/** Classes of both libraries that stand between what a program has written. */
const plumbing = new Set([
  'RunnableSequence',
  'RunnableMap',
  'RunnableParallel',
  'RunnableAssign',
  'RunnablePassthrough',
  'RunnablePick',
  'RunnableBinding',
  'RunnableEach',
  'RunnableWithFallbacks',
  'RunnableRetry',
  'RunnableBranch',
  'RunnableCallable',
  'ChannelWrite',
  'ChannelRead',
]);

/** The name that the program gave, else the class. Of the serialized form only names are read: the rest may hold keys. */
export function toName(serialized: unknown, runName: unknown, fallback: string): string {
  if (typeof runName === 'string' && runName.trim() !== '') return runName;
  return className(serialized) ?? readText(serialized, 'name') ?? fallback;
}

/** What a run is called: its agent, else its own name, else `given`, else the class. */
export function toRunName(
  told: { readonly chain: unknown; readonly runName: unknown; readonly metadata: unknown },
  given: string | undefined,
): string {
  const { chain, runName, metadata } = told;
  const name = readText(metadata, 'lc_agent_name') ?? toName(chain, runName, 'chain');
  const isDefault = name === defaultGraphName || (name === className(chain) && plumbing.has(name));
  return isDefault ? (given ?? name) : name;
}

/** Whether a name is only that of the plumbing of LangChain or LangGraph. */
export function isPlumbing(name: string): boolean {
  return name.startsWith('__') || name.startsWith('Branch<') || plumbing.has(name);
}

function className(serialized: unknown): string | undefined {
  const last = readEntries(readField(serialized, 'id'), 20).at(-1);
  return typeof last === 'string' && last !== '' ? last : undefined;
}
