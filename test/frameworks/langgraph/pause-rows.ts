import { tool } from '@langchain/core/tools';
import {
  Command,
  entrypoint,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  RunControl,
  START,
  StateGraph,
  task,
} from '@langchain/langgraph';
import { type AgentMiddleware, createMiddleware, humanInTheLoopMiddleware } from 'langchain';
import { expect } from 'vitest';
import { z } from 'zod';

import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { Lifecycle } from '../../../src/index.ts';
import { completed, type EndingRow, type ExpectedTrace, settled, suspended } from '../endings.ts';
import { agentOf, type Asked, asking, lookUp, question, search, traced } from './agents.ts';
import { calls, says } from './scripted-model.ts';
import { find, treeOf, words } from './seen.ts';

const onThread = { conversationId: 'thread-1', conversationSource: 'langgraph.thread_id' } as const;

function expecting(
  ...endings: readonly Pick<ExpectedTrace, 'status' | 'reason'>[]
): readonly ExpectedTrace[] {
  return endings.map((ending) => ({ ...ending, ...onThread }));
}

const thread = { configurable: { thread_id: 'thread-1' } };

function inThread(lifecycle: Lifecycle | undefined) {
  return { ...traced(lifecycle), ...thread };
}

/** The program of most rows: an agent or a graph pauses, and goes on with what is said. */
function pausing(make: () => Asked, said: unknown): EndingRow['run'] {
  return async (lifecycle) => {
    const asked = make();
    const paused = await words(asked.invoke(question, inThread(lifecycle)));
    return [paused, await words(asked.invoke(said, inThread(lifecycle)))];
  };
}

function resume(value: unknown) {
  return new Command<unknown, Record<string, never>, never>({ resume: value });
}

// The types of this one do not compile under exactOptionalPropertyTypes.
const humanInTheLoop = humanInTheLoopMiddleware as unknown as (options: {
  readonly interruptOn: Readonly<Record<string, true>>;
}) => AgentMiddleware;

function askBefore(tool: string): AgentMiddleware {
  return humanInTheLoop({ interruptOn: { [tool]: true } });
}

/** A graph that asks somebody. */
function askingGraph() {
  return new StateGraph(MessagesAnnotation)
    .addNode('ask', () => ({
      messages: [says(`You said ${String(interrupt({ question: 'Which parcel?' }))}.`)],
    }))
    .addEdge(START, 'ask')
    .compile({ checkpointer: new MemorySaver(), name: 'desk' });
}

function twoNodes(breakpoint: {
  readonly interruptBefore?: ['second'];
  readonly interruptAfter?: ['first'];
}) {
  return new StateGraph(MessagesAnnotation)
    .addNode('first', () => ({ messages: [says('one')] }))
    .addNode('second', () => ({ messages: [says('two')] }))
    .addEdge(START, 'first')
    .addEdge('first', 'second')
    .compile({ checkpointer: new MemorySaver(), ...breakpoint });
}

function expectLinked([first, second]: readonly FakeTrace[]): void {
  expect(second?.root?.metadata['resume_of']).toBe(first?.id);
  expect(first?.root?.metadata['resumed_by']).toBe(second?.id);
}

/** Whatever waits for somebody, and goes on. */
export const pauseRows: readonly EndingRow[] = [
  {
    ending: 'a node calls `interrupt()`, and the answer comes',
    call: 'resolves with `__interrupt__`, then with the state',
    expected: expecting(suspended('input_required'), completed),
    run: pausing(askingGraph, resume('the blue one')),
    check(traces) {
      const [asked, answered] = traces;
      expectLinked(traces);
      expect(asked?.root).toMatchObject({
        level: 'DEFAULT',
        output: { pending: [{ id: expect.any(String), value: { question: 'Which parcel?' } }] },
      });
      expect(find(asked, 'ask')).toMatchObject({
        level: 'DEFAULT',
        statusMessage: null,
        output: { interrupts: [{ value: { question: 'Which parcel?' } }] },
      });
      expect(answered?.root?.input).toEqual({ resume: 'the blue one' });
      expect(treeOf(answered)).toEqual(['agent desk', '  chain ask']);
    },
  },
  {
    ending: 'a node calls `interrupt()`, and a new question comes instead',
    call: 'resolves with `__interrupt__` twice',
    expected: expecting(suspended('input_required'), suspended('input_required')),
    run: pausing(askingGraph, question),
    check([, second]) {
      expect(second?.root?.metadata['resume_of']).toBeUndefined();
    },
  },
  {
    ending: 'an agent asks for approval, and it is given',
    call: 'resolves with `__interrupt__`, then with the state',
    expected: expecting(suspended('approval_required'), completed),
    run: pausing(
      () =>
        agentOf([lookUp(), says('On Monday.')], {
          name: 'helper',
          tools: [search],
          checkpointer: new MemorySaver(),
          middleware: [askBefore('search')],
        }),
      resume({ decisions: [{ type: 'approve' }] }),
    ),
    check(traces) {
      const [asked, approved] = traces;
      expectLinked(traces);
      expect(asked?.root?.output).toMatchObject({
        pending: [{ value: { actionRequests: [{ name: 'search', args: { query: 'parcel' } }] } }],
      });
      expect(treeOf(asked)).toEqual([
        'agent helper',
        '  chain model_request',
        '    generation ScriptedModel',
        '  chain HumanInTheLoopMiddleware.after_model',
      ]);
      expect(find(approved, 'search')?.output).toBe('found parcel');
    },
  },
  {
    ending: 'a tool calls `interrupt()`, and the answer comes',
    call: 'resolves with `__interrupt__`, then with the state',
    expected: expecting(suspended('input_required'), completed),
    run: pausing(() => {
      const choose = tool(() => `chosen: ${String(interrupt('Which parcel?'))}`, {
        name: 'choose',
        description: 'Asks the user.',
        schema: z.object({}),
      });
      return agentOf([calls(['choose', {}]), says('On Monday.')], {
        tools: [choose],
        checkpointer: new MemorySaver(),
      });
    }, resume('the blue one')),
    check(traces) {
      const [asked, answered] = traces;
      expectLinked(traces);
      expect(find(asked, 'choose')).toMatchObject({
        level: 'DEFAULT',
        output: { interrupts: [{ value: 'Which parcel?' }] },
      });
      expect(find(answered, 'choose')?.output).toBe('chosen: the blue one');
    },
  },
  {
    ending: 'a flow of the functional API calls `interrupt()`, and the answer comes',
    call: 'resolves with `__interrupt__`, then with its value',
    expected: expecting(suspended('input_required'), completed),
    run: async (lifecycle) => {
      const double = task('double', async (value: number) => value * 2);
      const flow = entrypoint(
        { name: 'flow', checkpointer: new MemorySaver() },
        async (value: number) => ({ doubled: await double(value), said: String(interrupt('ok?')) }),
      );
      const asked = await settled(flow.invoke(3, inThread(lifecycle)));
      const answered = await settled(flow.invoke(resume('yes'), inThread(lifecycle)));
      return [Object.keys(asked), answered];
    },
    check(traces) {
      const [asked, answered] = traces;
      expectLinked(traces);
      expect(treeOf(asked).toSorted()).toEqual(['  chain double', '  chain flow', 'agent flow']);
      expect(asked?.root?.input).toBe(3);
      expect(answered?.root?.output).toEqual({ doubled: 6, said: 'yes' });
    },
  },
  {
    ending: 'a breakpoint before a node, and the program goes on',
    call: 'resolves with an empty `__interrupt__`, then with the state',
    expected: expecting(suspended('checkpoint'), completed),
    run: pausing(() => twoNodes({ interruptBefore: ['second'] }), null),
    check(traces) {
      expectLinked(traces);
      expect(traces[0]?.root?.output).toEqual({
        pending: [{ status: 'interrupt_before', checkpoint_id: expect.any(String) }],
      });
      expect(traces[1]?.root?.input).toBe('[goes on from the checkpoint]');
    },
  },
  {
    ending: 'a breakpoint after a node',
    call: 'resolves with an empty `__interrupt__`',
    expected: expecting(suspended('checkpoint')),
    run: asking(() => twoNodes({ interruptAfter: ['first'] }), thread),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ pending: [{ status: 'interrupt_after' }] });
    },
  },
  {
    ending: 'the graph is drained, and goes on later',
    call: 'rejects with a `GraphDrained`, then resolves with the state',
    expected: expecting(suspended('checkpoint'), completed),
    run: async (lifecycle) => {
      const control = new RunControl();
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('first', () => {
          control.requestDrain('SIGTERM');
          return { messages: [says('one')] };
        })
        .addNode('second', () => ({ messages: [says('two')] }))
        .addEdge(START, 'first')
        .addEdge('first', 'second')
        .compile({ checkpointer: new MemorySaver() });
      const drained = await words(graph.invoke(question, { ...inThread(lifecycle), control }));
      return [drained, await words(graph.invoke(null, inThread(lifecycle)))];
    },
    check(traces) {
      expectLinked(traces);
      expect(traces[0]?.root?.output).toEqual({
        pending: [{ status: 'GraphDrained', cause: 'SIGTERM' }],
      });
    },
  },
  {
    ending: 'a graph inside the graph calls `interrupt()`',
    call: 'resolves with `__interrupt__`',
    expected: expecting(suspended('input_required')),
    run: asking(() => {
      const inner = new StateGraph(MessagesAnnotation)
        .addNode('ask', () => ({ messages: [says(String(interrupt('Which parcel?')))] }))
        .addEdge(START, 'ask')
        .compile();
      return new StateGraph(MessagesAnnotation)
        .addNode('desk', inner)
        .addEdge(START, 'desk')
        .compile({ checkpointer: new MemorySaver() });
    }, thread),
    check([trace]) {
      expect(treeOf(trace)).toEqual(['agent LangGraph', '  chain desk', '    chain ask']);
      expect(trace?.root?.output).toMatchObject({ pending: [{ value: 'Which parcel?' }] });
    },
  },
  {
    ending: 'a guardrail jumps to the end',
    call: 'resolves with what the guardrail said',
    expected: [{ status: 'completed', reason: 'stop_condition' }],
    run: asking(() => {
      const guard = createMiddleware({
        name: 'TopicGuard',
        beforeAgent: {
          canJumpTo: ['end'],
          hook: () => ({ jumpTo: 'end' as const, messages: [says('Not about that.')] }),
        },
      });
      return agentOf([], { middleware: [guard] });
    }),
    check([trace]) {
      expect(treeOf(trace)).toEqual(['agent LangGraph', '  guardrail TopicGuard.before_agent']);
      expect(trace?.root?.metadata['ended_by']).toBe('TopicGuard.before_agent');
      expect(trace?.root?.output).toMatchObject({
        messages: [{ role: 'user' }, { role: 'assistant', content: 'Not about that.' }],
      });
    },
  },
];
