import { type ObservationKind, readEntries, readField } from '../../src/index.ts';
import { defaultGraphName, isPlumbing, toName, toRunName } from './naming.ts';

/** What LangChain says of a chain, a graph or a node when it begins; it calls all three a chain. */
interface ChainStart {
  /** The serialized form. */
  readonly chain: unknown;
  readonly runName: unknown;
  readonly tags: unknown;
  readonly metadata: unknown;
}

/** What a call is in a trace. */
export interface CallRole {
  readonly kind: ObservationKind;
  readonly name: string;
  /** Whether it is shown; what runs inside a hidden one stands where that would. `merged`: it is its node. */
  readonly role: 'shown' | 'hidden' | 'merged';
}

/** The call around a chain, as far as it counts here. */
type Around = Pick<CallRole, 'name' | 'role'> & { readonly isNode: boolean };

/** What a chain is in a trace. Without a parent it is a run, whose name may be the `givenName`. */
export function toChainRole(
  start: ChainStart,
  parent: Around | undefined,
  givenName: string | undefined,
): CallRole {
  const { chain, runName } = start;
  if (parent === undefined) {
    const kind = isGraph(chain) ? 'agent' : 'chain';
    return { kind, role: 'shown', name: toRunName(start, givenName) };
  }
  const name = toName(chain, runName, 'chain');
  const kind = isAgent(start) ? 'agent' : isGuardrail(name) ? 'guardrail' : 'chain';
  const node = parent.isNode && parent.role === 'shown' ? parent : undefined;
  if (node !== undefined && isWholeNode(start, node.name)) return { kind, name, role: 'merged' };
  return { kind, name, role: isHidden(start, name, node) ? 'hidden' : 'shown' };
}

/** Whether it is a graph of LangGraph; `createAgent` makes one. */
export function isGraph(chain: unknown): boolean {
  return readEntries(readField(chain, 'id'), 10).includes('pregel');
}

/** Whether it is a node of a graph itself, and not something that runs inside one. */
export function isNode({ runName, metadata }: ChainStart): boolean {
  return typeof runName === 'string' && readField(metadata, 'langgraph_node') === runName;
}

/** Whether a graph inside another is an agent of its own and no mere part. */
function isAgent({ chain, runName, metadata }: ChainStart): boolean {
  return (
    isGraph(chain) && runName !== undefined && readField(metadata, 'lc_agent_name') === runName
  );
}

/** Whether it is a hook of a middleware that guards: LangChain's own two, and those that are called so. */
function isGuardrail(name: string): boolean {
  return /\.(?:before|after)_(?:agent|model)$/.test(name) && /guard|moderation|^PII/i.test(name);
}

/** Whether the graph is what its node consists of, so that both are one step. */
function isWholeNode({ chain, runName }: ChainStart, nodeName: string): boolean {
  return isGraph(chain) && (runName === nodeName || runName === defaultGraphName);
}

/** Whether it tells a reader nothing: the plumbing of both libraries, and what the program hides from tracing. */
function isHidden({ tags }: ChainStart, name: string, node: Around | undefined): boolean {
  if (readEntries(tags, 100).includes('langsmith:hidden') || isPlumbing(name)) return true;
  // The edge that decides where a node leads to; the next step shows where it led.
  return name === 'RunnableLambda' && node !== undefined;
}
