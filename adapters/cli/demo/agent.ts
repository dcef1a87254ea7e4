import { type Lifecycle, ReAct, type ReActModel, type ReActTool } from '../../../src/index.ts';
import { createScriptedModel, type Question, type Script } from './scripted-model.ts';
import type { DocumentTools } from './tools.ts';

/** What an agent of the demo is made of. */
export interface AgentParts {
  readonly name: string;
  readonly script: Script;
  /** How long the scripted model takes for a decision. */
  readonly thinkingMs: number;
  readonly tools: Readonly<Record<string, ReActTool>> | DocumentTools;
  readonly lifecycle: Lifecycle;
  /** Default 8. */
  readonly maxIterations?: number;
  /** A real language model in the place of the script. */
  readonly model?: ReActModel<Question, string>;
}

const instructions =
  'You answer questions about a documentation. Search it, read the section that fits best, and calculate with the tool. Answer in one sentence that names the section.';

/** A reason–act agent over the documentation. */
export function createAgent(parts: AgentParts): ReAct<Question> {
  const { name, script, thinkingMs, tools, lifecycle, maxIterations = 8, model } = parts;
  return new ReAct<Question>({
    name,
    lifecycle,
    instructions,
    maxIterations,
    model: model ?? createScriptedModel(script, { thinkingMs }),
    tools: { ...tools },
  });
}

/** The tools that neither wait for ever nor ask for approval: a real model's run has to complete. */
export function withoutSideEffects({
  search_docs,
  read_section,
  calculate,
}: DocumentTools): Readonly<Record<string, ReActTool>> {
  return { search_docs, read_section, calculate };
}
