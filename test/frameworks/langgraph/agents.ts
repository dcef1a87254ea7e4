import { Document } from '@langchain/core/documents';
import { tool } from '@langchain/core/tools';
import {
  type AgentMiddleware,
  createAgent,
  modelCallLimitMiddleware,
  piiMiddleware,
  toolCallLimitMiddleware,
} from 'langchain';
import { z } from 'zod';

import { lifecycleHandler } from '../../../adapters/langgraph/index.ts';
import type { Lifecycle } from '../../../src/index.ts';
import type { EndingRow } from '../endings.ts';
import { calls, hangs, says, ScriptedModel, StreamingModel, type Turn } from './scripted-model.ts';
import { words } from './seen.ts';

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

/** What a test says of an agent besides what its model says. */
type AgentParts = Partial<
  Pick<Parameters<typeof createAgent>[0], 'name' | 'tools' | 'middleware' | 'checkpointer'>
>;

/** An agent of `createAgent` whose model plays a script. */
export function agentOf(turns: readonly Turn[], parts: AgentParts = {}) {
  return createAgent({ model: new ScriptedModel(turns), tools: [], ...parts });
}

/** The same with a model that streams: it looks something up and answers, or does what the script says. */
export function streamingAgent(answer: Turn = says('It comes on Monday.')) {
  return createAgent({ model: new StreamingModel([lookUp(), answer]), tools: [search] });
}

/** An agent that never gets further than its tool. */
export function slowAgent() {
  return agentOf([calls(['slow', {}])], { tools: [slow()] });
}

/** An answer that looks something up. */
export function lookUp() {
  return calls(['search', { query: 'parcel' }]);
}

/** An agent or a graph, as far as rows call it. */
export interface Asked {
  invoke(input: unknown, options: object): Promise<unknown>;
}

/** The program of most rows: an agent or a graph is asked where the parcel is, and gives its state. */
export function asking(make: () => Asked, options: object = {}): EndingRow['run'] {
  return (lifecycle) => words(make().invoke(question, { ...traced(lifecycle), ...options }));
}

/** The same of an agent that aborts the call itself. */
export function aborting(make: (controller: AbortController) => Asked): EndingRow['run'] {
  return (lifecycle) => {
    const controller = new AbortController();
    const { signal } = controller;
    return words(make(controller).invoke(question, { ...traced(lifecycle), signal }));
  };
}
