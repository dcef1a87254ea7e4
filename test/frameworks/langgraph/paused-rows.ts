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
import {
  type AgentMiddleware,
  createAgent,
  createMiddleware,
  humanInTheLoopMiddleware,
} from 'langchain';
import { expect } from 'vitest';
import { z } from 'zod';

import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { Lifecycle } from '../../../src/index.ts';
import { type EndingRow, type ExpectedTrace, settled } from '../endings.ts';
import { find, question, search, traced, treeOf, words } from './programs.ts';
import { calls, says, ScriptedModel } from './scripted-model.ts';

const onThread = { conversationId: 'thread-1', conversationSource: 'langgraph.thread_id' } as const;

function expecting(
  ...endings: readonly Pick<ExpectedTrace, 'status' | 'reason'>[]
): readonly ExpectedTrace[] {
  return endings.map((ending) => ({ ...ending, ...onThread }));
}

function inThread(lifecycle: Lifecycle | undefined) {
  return { ...traced(lifecycle), configurable: { thread_id: 'thread-1' } };
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
export const pausedRows: readonly EndingRow[] = [
  {
    ending: 'a node calls `interrupt()`, and the answer comes',
    call: 'resolves with `__interrupt__`, then with the state',
    expected: expecting(
      { status: 'suspended', reason: 'input_required' },
      { status: 'completed', reason: 'stop' },
    ),
    run: async (lifecycle) => {
      const graph = askingGraph();
      const asked = await words(graph.invoke(question, inThread(lifecycle)));
      const answer = resume('the blue one');
      return [asked, await words(graph.invoke(answer, inThread(lifecycle)))];
    },
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
    expected: expecting(
      { status: 'suspended', reason: 'input_required' },
      { status: 'suspended', reason: 'input_required' },
    ),
    run: async (lifecycle) => {
      const graph = askingGraph();
      const asked = await words(graph.invoke(question, inThread(lifecycle)));
      return [asked, await words(graph.invoke(question, inThread(lifecycle)))];
    },
    check([, second]) {
      expect(second?.root?.metadata['resume_of']).toBeUndefined();
    },
  },
  {
    ending: 'an agent asks for approval, and it is given',
    call: 'resolves with `__interrupt__`, then with the state',
    expected: expecting(
      { status: 'suspended', reason: 'approval_required' },
      { status: 'completed', reason: 'stop' },
    ),
    run: async (lifecycle) => {
      const agent = createAgent({
        name: 'helper',
        model: new ScriptedModel([calls(['search', { query: 'parcel' }]), says('On Monday.')]),
        tools: [search],
        checkpointer: new MemorySaver(),
        middleware: [askBefore('search')],
      });
      const asked = await words(agent.invoke(question, inThread(lifecycle)));
      const approval = resume({ decisions: [{ type: 'approve' }] });
      return [asked, await words(agent.invoke(approval, inThread(lifecycle)))];
    },
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
    expected: expecting(
      { status: 'suspended', reason: 'input_required' },
      { status: 'completed', reason: 'stop' },
    ),
    run: async (lifecycle) => {
      const choose = tool(() => `chosen: ${String(interrupt('Which parcel?'))}`, {
        name: 'choose',
        description: 'Asks the user.',
        schema: z.object({}),
      });
      const agent = createAgent({
        model: new ScriptedModel([calls(['choose', {}]), says('On Monday.')]),
        tools: [choose],
        checkpointer: new MemorySaver(),
      });
      const asked = await words(agent.invoke(question, inThread(lifecycle)));
      return [asked, await words(agent.invoke(resume('the blue one'), inThread(lifecycle)))];
    },
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
    expected: expecting(
      { status: 'suspended', reason: 'input_required' },
      { status: 'completed', reason: 'stop' },
    ),
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
    expected: expecting(
      { status: 'suspended', reason: 'checkpoint' },
      { status: 'completed', reason: 'stop' },
    ),
    run: async (lifecycle) => {
      const graph = twoNodes({ interruptBefore: ['second'] });
      const stopped = await words(graph.invoke(question, inThread(lifecycle)));
      return [stopped, await words(graph.invoke(null, inThread(lifecycle)))];
    },
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
    expected: expecting({ status: 'suspended', reason: 'checkpoint' }),
    run: (lifecycle) =>
      words(twoNodes({ interruptAfter: ['first'] }).invoke(question, inThread(lifecycle))),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ pending: [{ status: 'interrupt_after' }] });
    },
  },
  {
    ending: 'the graph is drained, and goes on later',
    call: 'rejects with a `GraphDrained`, then resolves with the state',
    expected: expecting(
      { status: 'suspended', reason: 'checkpoint' },
      { status: 'completed', reason: 'stop' },
    ),
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
    expected: expecting({ status: 'suspended', reason: 'input_required' }),
    run: (lifecycle) => {
      const inner = new StateGraph(MessagesAnnotation)
        .addNode('ask', () => ({ messages: [says(String(interrupt('Which parcel?')))] }))
        .addEdge(START, 'ask')
        .compile();
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('desk', inner)
        .addEdge(START, 'desk')
        .compile({ checkpointer: new MemorySaver() });
      return words(graph.invoke(question, inThread(lifecycle)));
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual(['agent LangGraph', '  chain desk', '    chain ask']);
      expect(trace?.root?.output).toMatchObject({ pending: [{ value: 'Which parcel?' }] });
    },
  },
  {
    ending: 'a guardrail jumps to the end',
    call: 'resolves with what the guardrail said',
    expected: [{ status: 'completed', reason: 'stop_condition' }],
    run: (lifecycle) => {
      const guard = createMiddleware({
        name: 'TopicGuard',
        beforeAgent: {
          canJumpTo: ['end'],
          hook: () => ({ jumpTo: 'end' as const, messages: [says('Not about that.')] }),
        },
      });
      const agent = createAgent({ model: new ScriptedModel([]), tools: [], middleware: [guard] });
      return words(agent.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual(['agent LangGraph', '  guardrail TopicGuard.before_agent']);
      expect(trace?.root?.metadata['ended_by']).toBe('TopicGuard.before_agent');
      expect(trace?.root?.output).toMatchObject({
        messages: [{ role: 'user' }, { role: 'assistant', content: 'Not about that.' }],
      });
    },
  },
];
