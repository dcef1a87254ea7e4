import {
  Command,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { RunnableLambda } from '@langchain/core/runnables';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';

import { lifecycleHandler } from '../../../adapters/langgraph/index.ts';
import { observed } from './observed.ts';
import { agentOf, lookUp, question, search } from './agents.ts';
import { calls, says, ScriptedModel } from './scripted-model.ts';

function agent(name?: string) {
  return agentOf([says('hi'), says('hi again')], name === undefined ? {} : { name });
}

const shout = RunnableLambda.from((text: string) => text.toUpperCase());

describe('the conversation', () => {
  it.each([
    {
      of: 'the thread of a graph',
      config: { configurable: { thread_id: 'thread-1' } },
      id: 'thread-1',
      source: 'langgraph.thread_id',
    },
    {
      of: 'a number as thread',
      config: { configurable: { thread_id: 42 } },
      id: '42',
      source: 'langgraph.thread_id',
    },
    {
      of: 'the metadata, where there is no thread',
      config: { metadata: { session_id: 'session-1' } },
      id: 'session-1',
      source: 'metadata.session_id',
    },
    {
      of: 'the thread before the metadata',
      config: {
        configurable: { thread_id: 'thread-1' },
        metadata: { langfuseSessionId: 'session-1', conversation_id: 'chat-7' },
      },
      id: 'thread-1',
      source: 'langgraph.thread_id',
      conflict: ['metadata.langfuseSessionId', 'metadata.conversation_id'],
    },
    { of: 'nothing', config: {}, id: undefined, source: 'missing' },
  ])('of an agent is $of', async ({ config, id, source, conflict }) => {
    const { lifecycle, callbacks, sink } = observed();

    await agent().invoke(question, { callbacks, ...config });
    await lifecycle.flush();

    expect(sink.parents[0]?.trace.conversationId).toBe(id);
    expect(sink.parents[0]?.metadata['conversation_id_source']).toBe(source);
    expect(sink.parents[0]?.metadata['conversation_id_conflict']).toEqual(conflict);
  });

  it('of a plain chain is in its input, then in its metadata; its thread is not told', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const chain = RunnableLambda.from(({ text }: { readonly text: string }) => text);
    const config = {
      callbacks,
      configurable: { thread_id: 'thread-1' },
      metadata: { thread_id: 'thread-2' },
    };

    const named = { text: 'a', conversationId: 'chat-7' };
    await chain.invoke(named, config);
    await chain.invoke({ text: 'b' }, config);
    await lifecycle.flush();

    expect(
      sink.parents.map(({ trace, metadata }) => [
        trace.conversationId,
        metadata['conversation_id_source'],
      ]),
    ).toEqual([
      ['chat-7', 'args[0].conversationId'],
      ['thread-2', 'metadata.thread_id'],
    ]);
  });

  it('around the call comes after the thread', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const ask = (config: object) => agent().invoke(question, { callbacks, ...config });

    await lifecycle.withConversation('chat-7', () => ask({}));
    await lifecycle.withConversation('chat-7', () =>
      ask({ configurable: { thread_id: 'thread-1' } }),
    );
    await lifecycle.flush();

    expect(sink.parents.map(({ trace }) => trace.conversationId)).toEqual(['chat-7', 'thread-1']);
    expect(sink.parents[1]?.metadata['conversation_id_conflict']).toEqual(['context']);
  });
});

describe('a run', () => {
  it('has the name of its agent, else its own, else the one that the handler was given, else the class', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const named = { callbacks: [lifecycleHandler(lifecycle, { name: 'support' })] };

    await agent('helper').invoke(question, { ...named, runName: 'nightly' });
    await agent().invoke(question, { ...named, runName: 'nightly' });
    await agent().invoke(question, named);
    await agent().invoke(question, { callbacks });
    await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name)).toEqual([
      'helper',
      'nightly',
      'support',
      'LangGraph',
    ]);
  });

  it('has the run id of LangChain as its trace id', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const runId = '01a213f9-e307-71fa-8e07-35cdfbedb625';

    await agent().invoke(question, { callbacks, runId });
    await lifecycle.flush();

    expect(sink.parents[0]?.trace.traceId).toBe('01a213f9e30771fa8e0735cdfbedb625');
  });

  it('has tags, metadata and user of the program, and none of the books that LangGraph keeps', async () => {
    const { lifecycle, callbacks, sink } = observed();

    await agent('helper').invoke(question, {
      callbacks,
      tags: ['beta'],
      metadata: { plan: 'pro', user_id: 'user-1', langfuseTags: ['vip'] },
      configurable: { thread_id: 'thread-1', tenant: 'acme' },
    });
    await lifecycle.flush();

    const [run] = sink.parents;
    expect(run?.trace).toMatchObject({ tags: ['beta', 'vip'], userId: 'user-1' });
    expect(Object.keys(run?.metadata ?? {}).toSorted()).toEqual([
      'conversation_id_source',
      'framework',
      'plan',
      'reason',
      'status',
      'user_id',
    ]);
    expect(run?.metadata['framework']).toBe('langgraph');
  });

  it('says of a plain chain that it was made with LangChain', async () => {
    const { lifecycle, callbacks, sink } = observed();

    await shout.invoke('a', { callbacks });
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      kind: 'chain',
      name: 'RunnableLambda',
      metadata: { framework: 'langchain' },
    });
  });
});

describe('a run that waits', () => {
  it('is linked with the one that goes on as long as one process sees both', async () => {
    const [here, elsewhere] = [observed(), observed()];
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('ask', () => ({ messages: [says(String(interrupt('Which?')))] }))
      .addEdge(START, 'ask')
      .compile({ checkpointer: new MemorySaver() });
    const configurable = { thread_id: 'thread-1' };
    const answer = new Command<unknown, Record<string, never>, never>({ resume: 'this' });

    await graph.invoke(question, { callbacks: here.callbacks, configurable });
    await graph.invoke(answer, { callbacks: elsewhere.callbacks, configurable });
    await Promise.all([here.lifecycle.flush(), elsewhere.lifecycle.flush()]);

    expect(elsewhere.sink.parents[0]?.metadata).not.toHaveProperty('resume_of');
    expect(elsewhere.sink.parents[0]?.trace.conversationId).toBe('thread-1');
  });
});

describe('secrets', () => {
  it('of the configuration and of the model are not recorded', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const model = new ScriptedModel([lookUp(), says('On Monday.')]);
    const helper = createAgent({ model, tools: [search], checkpointer: new MemorySaver() });

    await helper.invoke(question, {
      callbacks,
      configurable: {
        thread_id: 'thread-1',
        apiKey: 'sk-configured-secret',
        database: 'postgres://user:configured-secret@host/db',
      },
      context: { session: 'context-secret' } as never,
    });
    await lifecycle.flush();

    const sent = JSON.stringify(sink.records);
    expect(sent).toContain('On Monday.');
    expect(sent).not.toMatch(/configured-secret|parameter-secret|context-secret/);
  });

  it('inside LangChain objects that are passed around are not recorded', async () => {
    const { lifecycle, callbacks, record } = observed();
    const model = new ScriptedModel([]);
    Object.assign(model, { credentials: 'sk-object-secret' });

    await RunnableLambda.from((given: unknown) => given)
      .withConfig({ runName: 'pass' })
      .invoke({ model }, { callbacks });
    await lifecycle.flush();

    expect(record('pass')).toMatchObject({
      input: { model: '[ScriptedModel]' },
      output: { model: '[ScriptedModel]' },
    });
  });
});

describe('many runs at a time', () => {
  it('are kept apart by one handler', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const ask = (thread: string) =>
      agentOf([calls(['search', { query: thread }]), says(`for ${thread}`)], {
        name: thread,
        tools: [search],
      }).invoke(question, { callbacks, configurable: { thread_id: thread } });

    await Promise.all(['a', 'b', 'c'].map(ask));
    await lifecycle.flush();

    const tools = sink.records.filter(({ kind }) => kind === 'tool');
    expect(new Map(sink.parents.map(({ name, trace }) => [name, trace.conversationId]))).toEqual(
      new Map([
        ['a', 'a'],
        ['b', 'b'],
        ['c', 'c'],
      ]),
    );
    expect(new Map(tools.map(({ trace, output }) => [trace.conversationId, output]))).toEqual(
      new Map([
        ['a', 'found a'],
        ['b', 'found b'],
        ['c', 'found c'],
      ]),
    );
  });
});
