import type { Agent, AgentConfig } from '@mastra/core/agent';
import type { Mastra } from '@mastra/core/mastra';

import { type Observed, observedLifecycle } from '../../observed-lifecycle.ts';
import { type AgentExtras, createWorld, supportAgent, type WorldOptions } from './mastra-world.ts';

/** The agent of most tests in a Mastra that is traced over memory. */
export interface ObservedAgent extends Observed {
  readonly agent: Agent;
  readonly mastra: Mastra;
}

export function observedAgent(
  model: AgentConfig['model'],
  extras: AgentExtras = {},
  world: WorldOptions = {},
): ObservedAgent {
  // Some tests wait until something has been sent, and nobody flushes.
  const observed = observedLifecycle({ limits: { flushIntervalMs: 1 } });
  const agent = supportAgent(model, extras);
  return { ...observed, agent, mastra: createWorld(observed.lifecycle, { agent }, world) };
}
