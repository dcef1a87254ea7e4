import type { ObservationKind } from '../../src/index.ts';
import { firstText } from './attributes.ts';
import type { SpanFacts } from './span.ts';

/** What a person would call the run: its agent, workflow or function; the span's name says it when nothing else does. */
export function toRunName({ name, attributes }: SpanFacts): string {
  const told = firstText(attributes, [
    'langfuse.trace.name',
    'traceloop.entity.name',
    'gen_ai.agent.name',
    'gen_ai.workflow.name',
    'agent.name',
    'ai.telemetry.functionId',
    'genkit:name',
  ]);
  return (
    told ?? name.replace(/^(?:(?:invoke_agent|invoke_workflow|agent_run) |AxGen > |AxFlow > )/, '')
  );
}

/** What a person would call the step. */
export function toStepName(facts: SpanFacts, kind: ObservationKind): string {
  const { name, attributes } = facts;
  if (kind === 'agent') return toRunName(facts);
  if (kind !== 'tool') return name;
  const told = firstText(attributes, [
    'gen_ai.tool.name',
    'tool.name',
    'ai.toolCall.name',
    'traceloop.entity.name',
    'genkit:name',
  ]);
  return told ?? name.replace(/^(?:execute_tool |Tool: )/, '');
}
