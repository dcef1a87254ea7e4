import { type Tool, tool, type ToolGuardrailBehavior } from '@openai/agents';
import { z } from 'zod';

/** A tool with one guardrail, which answers with this behaviour. */
export function toolWithGuardrail(side: 'input' | 'output', behavior: ToolGuardrailBehavior): Tool {
  const guardrail = { name: 'no mail', run: async () => ({ behavior, outputInfo: 'mail' }) };
  return tool({
    name: 'send',
    description: 'sends',
    parameters: z.object({}),
    ...(side === 'input' ? { inputGuardrails: [guardrail] } : { outputGuardrails: [guardrail] }),
    execute: () => 'sent',
  });
}
