import { readEntries, readField, readText } from '../../src/index.ts';

/** What LangChain says of a chain, a graph or a node when it begins. */
export interface ChainFacts {
  /** The serialized form; only its class is looked at, because the rest may hold keys. */
  readonly chain: unknown;
  readonly runName: unknown;
  readonly tags: unknown;
  readonly metadata: unknown;
}

/** Names that LangChain and LangGraph give to what the program has not named. */
const defaultGraphName = 'LangGraph';

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

/** The name that the program gave, else the class. */
export function toName(serialized: unknown, runName: unknown, fallback: string): string {
  if (typeof runName === 'string' && runName.trim() !== '') return runName;
  return className(serialized) ?? readText(serialized, 'name') ?? fallback;
}

/** What a run is called: its agent, else its own name, else `given`, else the class. */
export function toRunName(
  { chain, runName, metadata }: ChainFacts,
  given: string | undefined,
): string {
  const name = readText(metadata, 'lc_agent_name') ?? toName(chain, runName, 'chain');
  const isDefault = name === defaultGraphName || (name === className(chain) && plumbing.has(name));
  return isDefault ? (given ?? name) : name;
}

/** Whether it is a graph of LangGraph; `createAgent` makes one. */
export function isGraph(chain: unknown): boolean {
  return readEntries(readField(chain, 'id'), 10).includes('pregel');
}

/** Whether a graph inside another is an agent of its own and no mere part. */
export function isAgent({ chain, runName, metadata }: ChainFacts): boolean {
  return (
    isGraph(chain) && runName !== undefined && readField(metadata, 'lc_agent_name') === runName
  );
}

/** Whether it is a hook of a middleware that guards: LangChain's own two, and those that are called so. */
export function isGuardrail(name: string): boolean {
  return /\.(?:before|after)_(?:agent|model)$/.test(name) && /guard|moderation|^PII/i.test(name);
}

/** Whether the graph is what its node consists of, so that both are one step. */
export function isWholeNode({ chain, runName }: ChainFacts, nodeName: string): boolean {
  return isGraph(chain) && (runName === nodeName || runName === defaultGraphName);
}

/** Whether it is a node of a graph itself, and not something that runs inside one. */
export function isNode({ runName, metadata }: ChainFacts): boolean {
  return typeof runName === 'string' && readField(metadata, 'langgraph_node') === runName;
}

/** Whether it tells a reader nothing: the plumbing of both libraries, and what the program hides from tracing. */
export function isHidden(facts: ChainFacts, parentIsNode: boolean): boolean {
  if (readEntries(facts.tags, 100).includes('langsmith:hidden')) return true;
  const name = toName(facts.chain, facts.runName, 'chain');
  if (name.startsWith('__') || name.startsWith('Branch<') || plumbing.has(name)) return true;
  // The edge that decides where a node leads to; the next step shows where it led.
  return name === 'RunnableLambda' && parentIsNode;
}

function className(serialized: unknown): string | undefined {
  const last = readEntries(readField(serialized, 'id'), 20).at(-1);
  return typeof last === 'string' && last !== '' ? last : undefined;
}
