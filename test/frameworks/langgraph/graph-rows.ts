import { Command, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { expect } from 'vitest';
import { z } from 'zod';

import type { Lifecycle } from '../../../src/index.ts';
import { completed, type EndingRow, failed } from '../endings.ts';
import { agentOf, asking, lookUp, modelCallLimit, search, traced } from './agents.ts';
import { calls, says, ScriptedModel } from './scripted-model.ts';
import { find, treeOf, words } from './seen.ts';

/** A tool that asks an agent of its own. */
function research(agent: ReturnType<typeof agentOf>, config: object = {}) {
  return tool(
    async ({ topic }) => {
      const messages = [{ role: 'user', content: topic }];
      const state = await agent.invoke({ messages }, config);
      return state.messages.at(-1)?.text ?? '';
    },
    { name: 'research', description: 'Asks.', schema: z.object({ topic: z.string() }) },
  );
}

/** An agent whose tool asks a researcher. */
function bossOf(researcher: ReturnType<typeof agentOf>, answer: string, config?: object) {
  return agentOf([calls(['research', { topic: 'parcels' }]), says(answer)], {
    name: 'boss',
    tools: [research(researcher, config)],
  });
}

/** The program of rows whose researcher knows the answer; `config` is what it is called with. */
function boss(config: (lifecycle: Lifecycle | undefined) => object): EndingRow['run'] {
  return (lifecycle) => {
    const researcher = agentOf([says('Parcels come on Monday.')], { name: 'researcher' });
    const agent = bossOf(researcher, 'On Monday.', config(lifecycle));
    return asking(() => agent)(lifecycle);
  };
}

const bossTree = [
  'agent boss',
  '  chain model_request',
  '    generation ScriptedModel',
  '  chain tools',
  '    tool research',
  '      agent researcher',
  '        chain model_request',
  '          generation ScriptedModel',
  '  chain model_request',
  '    generation ScriptedModel',
];

/** Hand-written graphs, and agents inside agents. */
export const graphRows: readonly EndingRow[] = [
  {
    ending: 'a graph of nodes and edges comes to its end',
    call: 'resolves with its state',
    expected: [completed],
    run: asking(() => {
      const model = new ScriptedModel([says('On Monday.')]);
      return new StateGraph(MessagesAnnotation)
        .addNode('plan', () => ({}))
        .addNode('answer', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
        .addEdge(START, 'plan')
        .addConditionalEdges('plan', () => 'answer', ['answer'])
        .compile({ name: 'desk' });
    }),
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'agent desk',
        '  chain plan',
        '  chain answer',
        '    generation ScriptedModel',
      ]);
    },
  },
  {
    ending: 'one of two nodes that run at the same time fails',
    call: 'rejects with its error',
    expected: [failed('exception')],
    run: asking(() =>
      new StateGraph(MessagesAnnotation)
        .addNode('fails', () => Promise.reject(new Error('no such shelf')))
        .addNode('waits', () => new Promise<never>(() => {}))
        .addEdge(START, 'fails')
        .addEdge(START, 'waits')
        .compile(),
    ),
    check([trace]) {
      expect(treeOf(trace).toSorted()).toEqual([
        '  chain fails ERROR',
        '  chain waits WARNING',
        'agent LangGraph ERROR',
      ]);
      expect(trace?.root?.statusMessage).toBe('no such shelf');
    },
  },
  {
    ending: 'a node fails, is tried again and succeeds',
    call: 'resolves with its state',
    expected: [completed],
    run: asking(() => {
      let attempts = 0;
      return new StateGraph(MessagesAnnotation)
        .addNode(
          'flaky',
          () => {
            attempts += 1;
            if (attempts === 1) throw new Error('try again');
            return { messages: [says('done')] };
          },
          { retryPolicy: { initialInterval: 1, jitter: false, logWarning: false } },
        )
        .addEdge(START, 'flaky')
        .compile();
    }),
    check([trace]) {
      expect(treeOf(trace).toSorted()).toEqual([
        '  chain flaky',
        '  chain flaky ERROR',
        'agent LangGraph',
      ]);
    },
  },
  {
    ending: 'a graph is given nothing',
    call: 'rejects with an `EmptyInputError`',
    expected: [failed('invalid_input')],
    run: (lifecycle) => {
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('plan', () => ({}))
        .addEdge(START, 'plan')
        .compile();
      return words(graph.invoke(null, traced(lifecycle)));
    },
  },
  {
    ending: 'an agent calls another agent in a tool',
    call: 'resolves with its state',
    expected: [completed],
    run: boss(() => ({})),
    check([trace]) {
      expect(treeOf(trace)).toEqual(bossTree);
      expect(find(trace, 'researcher')?.input).toEqual({
        messages: [{ role: 'user', content: 'parcels' }],
      });
    },
  },
  {
    ending: 'an agent calls another agent in a tool, with `callbacks` of its own',
    call: 'resolves with its state',
    expected: [completed],
    run: boss(traced),
    check([trace]) {
      expect(treeOf(trace)).toEqual(bossTree);
      expect(find(trace, 'researcher')?.metadata).toMatchObject({
        status: 'completed',
        reason: 'stop',
      });
    },
  },
  {
    ending: 'the agent in a tool fails, and the outer one is told',
    call: 'resolves with its state',
    expected: [completed],
    run: asking(() =>
      bossOf(agentOf([new RangeError('no capacity')], { name: 'researcher' }), 'I do not know.'),
    ),
    check([trace]) {
      expect(trace?.root?.level).toBe('DEFAULT');
      expect(treeOf(trace).slice(3, 6)).toEqual([
        '  chain tools',
        '    tool research ERROR',
        '      agent researcher ERROR',
      ]);
    },
  },
  {
    ending: 'the agent in a tool reaches its limit of model calls',
    call: 'resolves with its state',
    expected: [completed],
    run: asking(() => {
      const middleware = [modelCallLimit({ runLimit: 1, exitBehavior: 'end' })];
      const researcher = agentOf([lookUp()], { name: 'researcher', tools: [search], middleware });
      return bossOf(researcher, 'I do not know.');
    }),
    check([trace]) {
      expect(find(trace, 'researcher')).toMatchObject({
        level: 'ERROR',
        statusMessage: expect.stringContaining('Model call limits exceeded'),
        metadata: { reason: 'max_iterations' },
      });
      expect(find(trace, 'research')?.level).toBe('DEFAULT');
    },
  },
  {
    ending: 'an agent hands over to another',
    call: 'resolves with its state',
    expected: [completed],
    run: asking(() => {
      const handOver = tool(
        () =>
          new Command({
            goto: 'bob',
            graph: Command.PARENT,
            update: {
              messages: [new ToolMessage({ content: 'over to bob', tool_call_id: 'call-0' })],
            },
          }),
        { name: 'to_bob', description: 'Hands over.', schema: z.object({}) },
      );
      const alice = agentOf([calls(['to_bob', {}])], { name: 'alice', tools: [handOver] });
      const bob = agentOf([says('On Monday.')], { name: 'bob' });
      return new StateGraph(MessagesAnnotation)
        .addNode('alice', alice.graph, { ends: ['bob'] })
        .addNode('bob', bob.graph)
        .addEdge(START, 'alice')
        .compile({ name: 'team' });
    }),
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'agent team',
        '  agent alice',
        '    chain model_request',
        '      generation ScriptedModel',
        '    chain tools',
        '      tool to_bob',
        '  agent bob',
        '    chain model_request',
        '      generation ScriptedModel',
      ]);
      expect(find(trace, 'alice')?.output).toMatchObject({ goto: ['bob'] });
    },
  },
  {
    ending: 'a graph hands over to a graph around it, and there is none',
    call: 'resolves with its state',
    expected: [completed],
    run: asking(() =>
      new StateGraph(MessagesAnnotation)
        .addNode('lost', () => new Command({ goto: 'bob', graph: Command.PARENT }))
        .addEdge(START, 'lost')
        .compile(),
    ),
    check([trace]) {
      expect(find(trace, 'lost')).toMatchObject({ level: 'DEFAULT', output: { goto: ['bob'] } });
    },
  },
];
