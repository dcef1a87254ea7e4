import { z } from 'zod';
import { type Lifecycle, ReAct, type ReActModel, type ReActTool } from '../../../src/index.ts';
import type { Knowledge } from './knowledge.ts';
import { createScriptedModel, type Question, type Script } from './scripted-model.ts';
import {
  compareScript,
  publishScript,
  readingTimeScript,
  researchScript,
  waitScript,
  watchScript,
} from './scripts.ts';
import { createDocumentTools, type DocumentTools, tool } from './tools.ts';

/** The ways to end that the demo shows. */
const scenarioNames = [
  'success',
  'exception',
  'max iterations',
  'abort',
  'suspended',
  'nested run',
] as const;

/** One run of an agent that ends in a known way. */
export interface Scenario {
  readonly name: (typeof scenarioNames)[number];
  /** What happens, in one line. */
  readonly story: string;
  /** Status and reason of the run; absent where a real model decides. */
  readonly expected?: { readonly status: string; readonly reason: string };
  /** Runs it; rejects when the ending is an error. */
  start(lifecycle: Lifecycle): Promise<unknown>;
}

/** What the agents of the demo work with. */
export interface ScenarioSetting {
  readonly knowledge: Knowledge;
  /** Where the documentation lies. */
  readonly folder: string;
  /** What the agents look up. */
  readonly topic: string;
  /** How long the scripted model takes for a decision. */
  readonly thinkingMs: number;
  /** Added to each conversation id, so that demos do not share conversations. */
  readonly conversationSuffix: string;
  /** A real language model for the success scenario. */
  readonly model?: ReActModel<Question, string>;
}

const instructions =
  'You answer questions about a documentation. Search it, read the section that fits best, and calculate with the tool. Answer in one sentence that names the section.';

/** The scenarios, in a fixed order; each names its conversation in a different way. */
export function createScenarios(setting: ScenarioSetting): readonly Scenario[] {
  const { knowledge, folder, topic } = setting;
  const tools = createDocumentTools(knowledge, { folder, notes: [] });
  return [
    success(setting, tools),
    exception(setting, tools),
    maxIterations(setting, tools),
    abort(setting, tools),
    {
      name: 'suspended',
      story: 'a tool needs the approval of a person',
      expected: { status: 'suspended', reason: 'approval_required' },
      start: (lifecycle) =>
        agent(setting, { name: 'editor', script: publishScript, tools, lifecycle }).call({
          question: `Publish a note about "${topic}".`,
          conversationId: chatId(setting, 'suspended'),
        }),
    },
    nestedRun(setting, tools),
  ];
}

function success(setting: ScenarioSetting, tools: DocumentTools): Scenario {
  const { model, topic } = setting;
  return {
    name: 'success',
    story:
      model === undefined
        ? 'searches, reads, calculates; recovers from a failed tool'
        : 'the model behind OPENAI_API_KEY answers with the tools',
    ...(model === undefined && { expected: { status: 'completed', reason: 'stop' } }),
    start: (lifecycle) =>
      agent(setting, {
        name: 'librarian',
        script: readingTimeScript,
        tools: withoutSideEffects(tools),
        lifecycle,
        ...(model !== undefined && { model }),
      }).call(
        `Which section says most about "${topic}", and how many minutes does it take to read it at 200 words a minute?`,
        {
          conversationId: chatId(setting, 'success'),
          userId: 'demo-user',
          tags: ['demo'],
        },
      ),
  };
}

function exception(setting: ScenarioSetting, tools: DocumentTools): Scenario {
  const broken = {
    ...tools.search_docs,
    run: () => ({ results: setting.knowledge.sections.length }),
  };
  return {
    name: 'exception',
    story: 'a tool breaks its contract, and the agent throws',
    expected: { status: 'error', reason: 'exception' },
    start: (lifecycle) =>
      agent(setting, {
        name: 'librarian',
        script: readingTimeScript,
        tools: { ...withoutSideEffects(tools), search_docs: broken },
        lifecycle,
      }).call({
        question: `Which section says most about "${setting.topic}"?`,
        conversationId: chatId(setting, 'exception'),
      }),
  };
}

function maxIterations(setting: ScenarioSetting, tools: DocumentTools): Scenario {
  return {
    name: 'max iterations',
    story: 'a question that the loop cannot settle within its limit',
    expected: { status: 'error', reason: 'max_iterations' },
    start: (lifecycle) =>
      agent(setting, {
        name: 'watcher',
        script: watchScript,
        tools,
        lifecycle,
        maxIterations: 4,
      }).call(`Tell me when the documentation says something new about "${setting.topic}".`, {
        inputContext: { conversation_id: chatId(setting, 'limit') },
      }),
  };
}

const patienceMs = 200;

function abort(setting: ScenarioSetting, tools: DocumentTools): Scenario {
  return {
    name: 'abort',
    story: `the caller aborts after ${patienceMs} ms, while a tool waits`,
    expected: { status: 'error', reason: 'aborted' },
    start(lifecycle) {
      const waiter = agent(setting, { name: 'watcher', script: waitScript, tools, lifecycle });
      const controller = new AbortController();
      setTimeout(() => controller.abort(), patienceMs);
      return lifecycle.withConversation(chatId(setting, 'abort'), () =>
        waiter.call('Wait until the documentation changes.', { signal: controller.signal }),
      );
    },
  };
}

function nestedRun(setting: ScenarioSetting, tools: DocumentTools): Scenario {
  return {
    name: 'nested run',
    story: 'a coordinator calls another agent as a tool, once for each topic',
    expected: { status: 'completed', reason: 'stop' },
    start(lifecycle) {
      const researcher = agent(setting, {
        name: 'researcher',
        script: researchScript,
        tools,
        lifecycle,
      });
      const research = tool(
        'Has a researcher find out what the documentation says about a topic.',
        {
          schema: z.strictObject({ topic: z.string() }),
          async run({ topic }, { signal }) {
            const result = await researcher.call(`What about "${topic}"?`, { signal });
            return result.status === 'completed' ? result.output : result.pending;
          },
        },
      );
      return agent(setting, {
        name: 'coordinator',
        script: compareScript,
        tools: { research, calculate: tools.calculate },
        lifecycle,
      }).call(`Compare what the documentation says about "${setting.topic}" and about "error".`, {
        conversationId: chatId(setting, 'nested'),
      });
    },
  };
}

interface AgentParts {
  readonly name: string;
  readonly script: Script;
  readonly tools: Readonly<Record<string, ReActTool>> | DocumentTools;
  readonly lifecycle: Lifecycle;
  readonly maxIterations?: number;
  readonly model?: ReActModel<Question, string>;
}

function agent(
  { thinkingMs }: ScenarioSetting,
  { name, script, tools, lifecycle, maxIterations = 8, model }: AgentParts,
): ReAct<Question> {
  return new ReAct<Question>({
    name,
    lifecycle,
    instructions,
    maxIterations,
    model: model ?? createScriptedModel(script, { thinkingMs }),
    tools: { ...tools },
  });
}

// A real model gets nothing that waits for ever or asks for approval: its run has to complete.
function withoutSideEffects({
  search_docs,
  read_section,
  calculate,
}: DocumentTools): Readonly<Record<string, ReActTool>> {
  return { search_docs, read_section, calculate };
}

function chatId({ conversationSuffix }: ScenarioSetting, name: string): string {
  return `${name}-${conversationSuffix}`;
}
