import type { BaseMessage } from '@langchain/core/messages';

import type { FakeObservation, FakeTrace } from '../../../mocks/fake-langfuse.ts';
import { settled } from '../endings.ts';

/** The words that a caller sees, without the ids that differ from run to run. */
export async function words(result: PromiseLike<unknown>): Promise<unknown> {
  const outcome = await settled(result);
  return 'resolved' in outcome ? { resolved: toWords(outcome.resolved) } : outcome;
}

export function toWords(state: unknown): unknown {
  const { messages, __interrupt__ } = state as {
    readonly messages?: readonly BaseMessage[];
    readonly __interrupt__?: readonly { readonly value: unknown }[];
  };
  return {
    messages: (messages ?? []).map((message) => [message.getType(), message.text]),
    ...(__interrupt__ !== undefined && { interrupts: __interrupt__.map(({ value }) => value) }),
  };
}

/** The observations as a tree of `kind name`, deeper ones indented; failures say their level. */
export function treeOf(trace: FakeTrace | undefined): readonly string[] {
  const rows = trace?.observations ?? [];
  const below = (row: FakeObservation, depth: number): readonly string[] => [
    `${'  '.repeat(depth)}${row.type.toLowerCase()} ${row.name ?? ''}${row.level === 'DEFAULT' ? '' : ` ${row.level}`}`,
    ...rows
      .filter(({ parentObservationId }) => parentObservationId === row.id)
      .toSorted((one, other) => orderOf(one) - orderOf(other))
      .flatMap((child) => below(child, depth + 1)),
  ];
  return trace?.root === undefined ? [] : below(trace.root, 0);
}

/** Nodes of a graph by the step that they ran in; a fast one shares its millisecond with others. */
function orderOf({ metadata, startTime }: FakeObservation): number {
  const step = metadata['langgraph_step'];
  return typeof step === 'number' ? step : Date.parse(startTime);
}

export function find(trace: FakeTrace | undefined, name: string): FakeObservation | undefined {
  return trace?.observations.find((row) => row.name === name);
}
