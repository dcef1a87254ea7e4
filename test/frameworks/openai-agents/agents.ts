import {
  Agent,
  type AgentOptions,
  type Tool,
  tool,
  type ToolGuardrailBehavior,
} from '@openai/agents';
import { z } from 'zod';

import { calls, type ModelStep, says, scriptedModel } from './fake-model.ts';

/** An agent, called `support` unless it says otherwise, with a model that follows the script. */
export function agentOf({
  script,
  ...options
}: Partial<AgentOptions> & { readonly script: readonly ModelStep[] }): Agent {
  return new Agent({ name: 'support', model: scriptedModel(script), ...options });
}

/** An agent with two tools, of which one fails. */
export function support(...script: readonly ModelStep[]): Agent {
  return agentOf({ script, tools: [addTool, failingTool] });
}

/** An agent whose model calls its one tool, then says that it is done. */
export function usesOnce(used: Tool, ...answer: readonly ModelStep[]): Agent {
  return agentOf({ script: [calls(used.name), ...answer], tools: [used] });
}

/** An agent that hands over to `billing` once it has done all else in its script. */
export function triage(...script: readonly ModelStep[]): Agent {
  return Agent.create({
    name: 'triage',
    model: scriptedModel([...script, calls('transfer_to_billing')]),
    tools: [addTool],
    handoffs: [agentOf({ name: 'billing', script: [says('paid')] })],
  });
}

/** An agent that deletes a file, when it may. */
export function deleter(): Agent {
  return agentOf({
    name: 'files',
    script: [calls('delete', { file: 'a.txt' }), says('done')],
    tools: [guardedTool],
  });
}

/** A tool that is given nothing. */
export function toolOf(
  name: string,
  execute: (
    input: unknown,
    context: unknown,
    details?: { readonly signal?: AbortSignal },
  ) => unknown,
  options: object = {},
): Tool {
  return tool({ name, description: name, parameters: z.object({}), execute, ...options });
}

/** Adds one. */
export const addTool = tool({
  name: 'add',
  description: 'adds one',
  parameters: z.object({ number: z.number() }),
  execute: ({ number }) => ({ sum: number + 1 }),
});

function fail(): never {
  throw new TypeError('no such city');
}

/** Fails, and the model is told. */
export const failingTool = toolOf('fail', fail);

/** Fails, and so does the run. */
export const fatalTool = toolOf('fail', fail, { errorFunction: null });

/** Waits for somebody's consent. */
const guardedTool = tool({
  name: 'delete',
  description: 'deletes',
  parameters: z.object({ file: z.string() }),
  needsApproval: true,
  execute: ({ file }) => `deleted ${file}`,
});

/** A tool with one guardrail, which answers with this behaviour. */
export function toolWithGuardrail(side: 'input' | 'output', behavior: ToolGuardrailBehavior): Tool {
  const guardrail = { name: 'no mail', run: async () => ({ behavior, outputInfo: 'mail' }) };
  return toolOf('send', () => 'sent', { [`${side}Guardrails`]: [guardrail] });
}

/** A guardrail that always trips. */
export function tripwire(name: string): {
  readonly name: string;
  readonly execute: () => Promise<{ tripwireTriggered: true; outputInfo: string }>;
} {
  return { name, execute: async () => ({ tripwireTriggered: true, outputInfo: name }) };
}
