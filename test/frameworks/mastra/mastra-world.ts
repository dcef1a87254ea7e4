import { Agent, type AgentConfig, type AgentExecutionOptions } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { InMemoryStore } from '@mastra/core/storage';
import { createTool } from '@mastra/core/tools';
import type { ObservabilityExporter } from '@mastra/core/observability';
import { Observability } from '@mastra/observability';
import type { AnyWorkflow } from '@mastra/core/workflows';
import { z } from 'zod';
import {
  lifecycleExporter,
  type LifecycleExporterOptions,
} from '../../../adapters/mastra/index.ts';
import type { Lifecycle } from '../../../src/index.ts';
import { type EndingRow, settled } from '../endings.ts';

/** What a world is made of besides its agents. */
export interface WorldOptions extends LifecycleExporterOptions {
  /** Where the exporter stands. */
  readonly as?: 'exporter' | 'bridge' | 'both';
  readonly workflows?: Readonly<Record<string, AnyWorkflow>>;
  readonly observability?: Readonly<Record<string, unknown>>;
}

const silentExporter: ObservabilityExporter = {
  name: 'silent',
  async exportTracingEvent() {},
  async flush() {},
  async shutdown() {},
};

/** A Mastra with these agents, traced by the lifecycle when there is one, and otherwise the same. */
export function createWorld(
  lifecycle: Lifecycle | undefined,
  agents: Readonly<Record<string, Agent>>,
  { as = 'exporter', workflows, observability, ...options }: WorldOptions = {},
): Mastra {
  const ours = lifecycle === undefined ? undefined : lifecycleExporter(lifecycle, options);
  const exporters = ours === undefined || as === 'bridge' ? [silentExporter] : [ours];
  const bridge = ours === undefined || as === 'exporter' ? {} : { bridge: ours };
  return new Mastra({
    logger: false,
    agents: { ...agents },
    storage: new InMemoryStore(),
    ...(workflows !== undefined && { workflows }),
    observability: new Observability({
      configs: { default: { serviceName: 'test', exporters, ...bridge, ...observability } },
    }),
  });
}

/** What a test adds to the agent. */
export type AgentExtras = Partial<
  Pick<
    AgentConfig,
    | 'instructions'
    | 'tools'
    | 'inputProcessors'
    | 'outputProcessors'
    | 'agents'
    | 'memory'
    | 'maxProcessorRetries'
  >
>;

/** The agent of most tests. */
export function supportAgent(model: AgentConfig['model'], extras: AgentExtras = {}): Agent {
  return new Agent({
    id: 'support',
    name: 'Support Agent',
    instructions: 'be kind',
    maxRetries: 0,
    model,
    ...extras,
  });
}

export const weather = createTool({
  id: 'weather',
  description: 'the weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, degrees: 20 }),
});

/** What a test says at the call. */
export type CallOptions = Partial<
  Pick<
    AgentExecutionOptions,
    | 'maxSteps'
    | 'stopWhen'
    | 'abortSignal'
    | 'memory'
    | 'tracingOptions'
    | 'modelSettings'
    | 'providerOptions'
    | 'requestContext'
    | 'clientTools'
  >
>;

/** What the caller of `generate` sees, without Mastra's own random ids. */
export function generated(
  agent: Agent,
  options: CallOptions = {},
  input: Parameters<Agent['generate']>[0] = 'hi',
): Promise<unknown> {
  return settled(agent.generate(input, options).then(toSeen));
}

/** What the caller of an agent looks at. */
export interface AgentResult {
  readonly text: string;
  readonly finishReason: unknown;
  readonly object: unknown;
  readonly tripwire: unknown;
  readonly suspendPayload: unknown;
  readonly totalUsage: unknown;
}

/** What is seen of a result. */
export function toSeen(result: AgentResult): object {
  const { text, finishReason, object, tripwire, suspendPayload, totalUsage } = result;
  return { text, finishReason, object, tripwire, suspendPayload, totalUsage };
}

/** What a reader of `stream` sees who reads it to its end. */
async function streamed(agent: Agent, options: CallOptions = {}): Promise<unknown> {
  const stream = await agent.stream('hi', options);
  const chunks: unknown[] = [];
  for await (const chunk of stream.fullStream) chunks.push(chunk.type);
  return {
    chunks,
    finishReason: await settled(Promise.resolve(stream.finishReason)),
    text: await settled(stream.text),
  };
}

/** The program of most rows: the agent is asked by `generate`. */
export function generating(
  make: () => Agent,
  options: CallOptions = {},
  world: WorldOptions = {},
): EndingRow['run'] {
  return (lifecycle) => {
    const agent = make();
    createWorld(lifecycle, { agent }, world);
    return generated(agent, options);
  };
}

/** The same by `stream`, read to its end. */
export function streaming(make: () => Agent): EndingRow['run'] {
  return (lifecycle) => {
    const agent = make();
    createWorld(lifecycle, { agent });
    return streamed(agent);
  };
}
