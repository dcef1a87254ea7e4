import { type ObservationKind, readEntries, readField, type StepFacts } from '../../src/index.ts';
import { type CallRole, isGraph, isNode, toChainRole } from './chain-role.ts';
import { toChainInput, toToolInput } from './inputs-outputs.ts';
import { toModelCallStart } from './model-call.ts';
import { toName } from './naming.ts';
import { toPlain } from './plain-value.ts';

/** What every start callback of LangChain tells. */
export interface CallStart {
  readonly id: string;
  readonly parentId: unknown;
  readonly tags: unknown;
  readonly metadata: unknown;
  readonly runName: unknown;
}

/** A call as its start callback tells it: of a graph, a node, a model, a tool, anything that LangChain gives an id. */
export interface CallFacts extends CallRole {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly isGraph: boolean;
  /** Whether it is a node of a graph. */
  readonly isNode: boolean;
  /** Whether its input is told at its end. */
  readonly isDeferred: boolean;
  readonly tags: unknown;
  readonly metadata: unknown;
  /** The rest of what its step is told with. */
  readonly step: Omit<StepFacts, 'name' | 'kind'>;
}

/** A chain, a graph or a node that begins inside `parent`; `givenName` is for a run without a name of its own. */
export function toChainCall(
  start: CallStart & {
    readonly chain: unknown;
    readonly inputs: unknown;
    readonly extra: unknown;
  },
  parent: Parameters<typeof toChainRole>[1],
  givenName: string | undefined,
): CallFacts {
  const { chain, inputs, extra, metadata } = start;
  // A chain that is streamed into tells its input at its end.
  const isDeferred = readField(extra, 'lc_defers_inputs') === true;
  const number = isNode(start) ? readField(metadata, 'langgraph_step') : undefined;
  return {
    ...toIdentity(start),
    ...toChainRole(start, parent, givenName),
    isGraph: isGraph(chain),
    isNode: isNode(start),
    isDeferred,
    step: {
      ...(!isDeferred && { input: toChainInput(inputs) }),
      ...(typeof number === 'number' && { metadata: { langgraph_step: number } }),
    },
  };
}

/** A call of a model. */
export function toModelCall({
  model,
  prompts,
  extra,
  ...start
}: CallStart & {
  readonly model: unknown;
  readonly prompts: unknown;
  readonly extra: unknown;
}): CallFacts {
  // LangChain calls once for each prompt of a batch, with a list of one.
  const [prompt] = readEntries(prompts, 1);
  const step = toModelCallStart(prompt, extra, start.metadata);
  return toStepCall(start, 'generation', toName(model, start.runName, 'model'), step);
}

/** A call of a tool. */
export function toToolCall({
  tool,
  input,
  toolCallId,
  ...start
}: CallStart & {
  readonly tool: unknown;
  readonly input: unknown;
  readonly toolCallId: unknown;
}): CallFacts {
  const isTold = typeof toolCallId === 'string' && toolCallId !== '';
  return toStepCall(start, 'tool', toName(tool, start.runName, 'tool'), {
    input: toToolInput(input),
    ...(isTold && { metadata: { tool_call_id: toolCallId } }),
  });
}

/** A call of a retriever. */
export function toRetrieverCall({
  retriever,
  query,
  ...start
}: CallStart & { readonly retriever: unknown; readonly query: unknown }): CallFacts {
  const name = toName(retriever, start.runName, 'retriever');
  return toStepCall(start, 'retriever', name, { input: toPlain(query) });
}

function toIdentity(start: CallStart): Pick<CallFacts, 'id' | 'parentId' | 'tags' | 'metadata'> {
  const { id, parentId, tags, metadata } = start;
  return { id, parentId: typeof parentId === 'string' ? parentId : undefined, tags, metadata };
}

function toStepCall(
  start: CallStart,
  kind: ObservationKind,
  name: string,
  step: CallFacts['step'],
): CallFacts {
  return {
    ...toIdentity(start),
    kind,
    name,
    role: 'shown',
    isGraph: false,
    isNode: false,
    isDeferred: false,
    step,
  };
}
