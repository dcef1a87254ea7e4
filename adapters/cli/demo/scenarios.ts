import { z } from 'zod';
import type { Lifecycle, ReAct, ReActModel } from '../../../src/index.ts';
import { type AgentParts, createAgent, withoutSideEffects } from './agent.ts';
import { type InterruptionName, type InterruptionOrder, interruptions } from './interruptions.ts';
import type { Knowledge } from './knowledge.ts';
import type { Question } from './scripted-model.ts';
import {
  compareScript,
  publishScript,
  readingTimeScript,
  researchScript,
  waitScript,
  watchScript,
} from './scripts.ts';
import { createDocumentTools, type DocumentTools, tool } from './tools.ts';

/** A run of an agent that ends in a known way. */
export type Scenario = OwnScenario | InterruptedScenario;

/** What is told of every scenario. */
interface Told {
  /** The ending, in a word or two. */
  readonly name: string;
  /** What happens, in one line. */
  readonly story: string;
  /** What the parent has to say; absent where a real model decides. */
  readonly expected?: ExpectedEnding;
}

/** The ending that a parent has to have. */
export interface ExpectedEnding {
  readonly status: string;
  readonly reason: string;
  /** The status message, where it is known in advance. */
  readonly message?: string;
}

/** A run in this process. */
export interface OwnScenario extends Told {
  readonly place: 'this process';
  /** Runs it; rejects when the ending is an error. */
  start(lifecycle: Lifecycle): Promise<unknown>;
}

/** A run in a process of its own that ends before the run does. */
export interface InterruptedScenario extends Told {
  readonly place: 'another process';
  readonly order: InterruptionOrder;
  /** How the process has to end, seen from outside. */
  readonly exit: string;
}

/** What the agents of the demo work with. */
export interface ScenarioSetting {
  readonly knowledge: Knowledge;
  /** Where the documentation lies. */
  readonly documentation: InterruptionOrder['documentation'];
  /** What the agents look up. */
  readonly topic: string;
  /** How long the scripted model takes for a decision. */
  readonly thinkingMs: number;
  /** Added to each conversation id, so that demos do not share conversations. */
  readonly conversationSuffix: string;
  /** A real language model for the success scenario. */
  readonly model?: ReActModel<Question, string>;
  /** In which ways a process may be ended. */
  readonly interruptions: readonly InterruptionName[];
}

/** The scenarios, in a fixed order; each names its conversation in a different way. */
export function createScenarios(setting: ScenarioSetting): readonly Scenario[] {
  const { knowledge, documentation, topic } = setting;
  const tools = createDocumentTools(knowledge, { folder: documentation.folder, notes: [] });
  return [
    success(setting, tools),
    exception(setting, tools),
    maxIterations(setting, tools),
    abort(setting, tools),
    {
      place: 'this process',
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
    ...setting.interruptions.map((name) => interrupted(setting, name)),
  ];
}

function success(setting: ScenarioSetting, tools: DocumentTools): OwnScenario {
  const { model, topic } = setting;
  return {
    place: 'this process',
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

function exception(setting: ScenarioSetting, tools: DocumentTools): OwnScenario {
  const broken = {
    ...tools.search_docs,
    run: () => ({ results: setting.knowledge.sections.length }),
  };
  return {
    place: 'this process',
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

function maxIterations(setting: ScenarioSetting, tools: DocumentTools): OwnScenario {
  return {
    place: 'this process',
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

function abort(setting: ScenarioSetting, tools: DocumentTools): OwnScenario {
  return {
    place: 'this process',
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

function nestedRun(setting: ScenarioSetting, tools: DocumentTools): OwnScenario {
  return {
    place: 'this process',
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

function interrupted(setting: ScenarioSetting, name: InterruptionName): InterruptedScenario {
  const { documentation, topic, thinkingMs } = setting;
  const { story, message, exit } = interruptions[name];
  const [word = name] = name.toLowerCase().split(/\W/);
  const conversationId = chatId(setting, word);
  return {
    place: 'another process',
    name,
    story,
    expected: { status: 'error', reason: 'interrupted', message },
    order: { interruption: name, documentation, topic, thinkingMs, conversationId },
    exit,
  };
}

function agent(
  { thinkingMs }: ScenarioSetting,
  parts: Omit<AgentParts, 'thinkingMs'>,
): ReAct<Question> {
  return createAgent({ ...parts, thinkingMs });
}

function chatId({ conversationSuffix }: ScenarioSetting, name: string): string {
  return `${name}-${conversationSuffix}`;
}
