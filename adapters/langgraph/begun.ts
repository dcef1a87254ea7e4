import { readEntries, readField, type StepFacts } from '../../src/index.ts';
import { toGenerationStart } from './generation.ts';
import { toChainInput, toToolInput } from './inputs-outputs.ts';
import {
  type ChainFacts,
  isAgent,
  isGraph,
  isGuardrail,
  isHidden,
  isNode,
  isWholeNode,
  toName,
  toRunName,
} from './naming.ts';
import type { Begun, Open } from './open-runs.ts';
import { toPlain } from './plain-value.ts';

/** What LangChain tells of everything that begins. */
export interface Beginning {
  readonly id: string;
  readonly parentId: unknown;
  readonly tags: unknown;
  readonly metadata: unknown;
  readonly runName: unknown;
}

/** A chain, a graph or a node that begins inside `parent`; `givenName` is for a run without a name of its own. */
export function toChain(
  beginning: Beginning & {
    readonly chain: unknown;
    readonly inputs: unknown;
    readonly extra: unknown;
  },
  parent: Open | undefined,
  givenName: string | undefined,
): Begun {
  const { chain, inputs, extra, metadata } = beginning;
  // A chain that is streamed into tells its input at its end.
  const isDeferred = readField(extra, 'lc_defers_inputs') === true;
  const number = isNode(beginning) ? readField(metadata, 'langgraph_step') : undefined;
  return {
    ...toIdentity(beginning),
    ...toPart(beginning, parent, givenName),
    isGraph: isGraph(chain),
    isNode: isNode(beginning),
    isDeferred,
    facts: {
      ...(!isDeferred && { input: toChainInput(inputs) }),
      ...(typeof number === 'number' && { metadata: { langgraph_step: number } }),
    },
  };
}

/** A model call that begins. */
export function toModelCall({
  model,
  prompts,
  extra,
  ...beginning
}: Beginning & {
  readonly model: unknown;
  readonly prompts: unknown;
  readonly extra: unknown;
}): Begun {
  // LangChain calls once for each prompt of a batch, with a list of one.
  const [prompt] = readEntries(prompts, 1);
  const facts = toGenerationStart(prompt, extra, beginning.metadata);
  return toStep('generation', toName(model, beginning.runName, 'model'), beginning, facts);
}

/** A tool that begins. */
export function toToolCall({
  tool,
  input,
  toolCallId,
  ...beginning
}: Beginning & {
  readonly tool: unknown;
  readonly input: unknown;
  readonly toolCallId: unknown;
}): Begun {
  const callId = asText(toolCallId);
  return toStep('tool', toName(tool, beginning.runName, 'tool'), beginning, {
    input: toToolInput(input),
    ...(callId !== undefined && { metadata: { tool_call_id: callId } }),
  });
}

/** A retriever that begins. */
export function toRetrieval({
  retriever,
  query,
  ...beginning
}: Beginning & { readonly retriever: unknown; readonly query: unknown }): Begun {
  const name = toName(retriever, beginning.runName, 'retriever');
  return toStep('retriever', name, beginning, { input: toPlain(query) });
}

/** A text with something in it. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function toIdentity(beginning: Beginning): Pick<Begun, 'id' | 'parentId' | 'tags' | 'metadata'> {
  const { id, parentId, tags, metadata } = beginning;
  return { id, parentId: asText(parentId), tags, metadata };
}

function toStep(kind: Begun['kind'], name: string, beginning: Beginning, facts: StepFacts): Begun {
  const identity = toIdentity(beginning);
  return {
    ...identity,
    kind,
    name,
    role: 'shown',
    isGraph: false,
    isNode: false,
    isDeferred: false,
    facts,
  };
}

function toPart(
  facts: ChainFacts,
  parent: Open | undefined,
  givenName: string | undefined,
): Pick<Begun, 'kind' | 'name' | 'role'> {
  const { chain, runName } = facts;
  if (parent === undefined) {
    const kind = isGraph(chain) ? 'agent' : 'chain';
    return { kind, role: 'shown', name: toRunName(facts, givenName) };
  }
  const parentIsNode = parent.isNode && parent.role === 'shown';
  const name = toName(chain, runName, 'chain');
  const kind = isAgent(facts) ? 'agent' : isGuardrail(name) ? 'guardrail' : 'chain';
  if (parentIsNode && isWholeNode(facts, parent.name)) return { kind, name, role: 'merged' };
  return { kind, name, role: isHidden(facts, parentIsNode) ? 'hidden' : 'shown' };
}
