import { Document } from '@langchain/core/documents';
import type { BaseMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import {
  type AgentMiddleware,
  modelCallLimitMiddleware,
  piiMiddleware,
  toolCallLimitMiddleware,
} from 'langchain';
import { z } from 'zod';

import { lifecycleHandler } from '../../../adapters/langgraph/index.ts';
import type { FakeObservation, FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { Lifecycle } from '../../../src/index.ts';
import { settled } from '../endings.ts';
import { hangs } from './scripted-model.ts';

export const question = { messages: [{ role: 'user', content: 'Where is my parcel?' }] };

/** What a program adds to use the integration, and nothing without a lifecycle. */
export function traced(lifecycle: Lifecycle | undefined): {
  callbacks?: [ReturnType<typeof lifecycleHandler>];
} {
  return lifecycle === undefined ? {} : { callbacks: [lifecycleHandler(lifecycle)] };
}

export const search = tool(({ query }) => `found ${query}`, {
  name: 'search',
  description: 'Looks something up.',
  schema: z.object({ query: z.string() }),
});

export const broken = tool(
  () => {
    throw new TypeError('the index is gone');
  },
  { name: 'broken', description: 'Fails.', schema: z.object({}) },
);

type MakeLimit = (options: {
  readonly runLimit: number;
  readonly toolName?: string;
  readonly exitBehavior?: 'continue' | 'error' | 'end';
}) => AgentMiddleware;

// The types of these do not compile under exactOptionalPropertyTypes.
export const modelCallLimit = modelCallLimitMiddleware as unknown as MakeLimit;
export const toolCallLimit = toolCallLimitMiddleware as unknown as MakeLimit;

const makePiiMiddleware = piiMiddleware as unknown as (
  type: string,
  options: { readonly strategy: 'block'; readonly applyToInput: true },
) => AgentMiddleware;

export const blockEmails = makePiiMiddleware('email', { strategy: 'block', applyToInput: true });

/** A tool that waits until it is called off. */
export function slow(then?: () => void) {
  return tool((_, config) => hangs(then)(config.signal), {
    name: 'slow',
    description: 'Takes long.',
    schema: z.object({}),
  });
}

export const documents = [
  new Document({ pageContent: 'Parcels come on Monday.', metadata: { page: 3 } }),
];

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
