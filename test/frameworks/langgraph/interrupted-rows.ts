import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { createAgent } from 'langchain';
import { expect, vi } from 'vitest';

import { type EndingRow, settled } from '../endings.ts';
import { find, question, search, slow, traced, treeOf, words } from './programs.ts';
import { calls, hangs, says, ScriptedModel, StreamingModel } from './scripted-model.ts';

const filteredState = {
  messages: [
    { role: 'user', content: 'Where is my parcel?' },
    { role: 'assistant', content: 'I' },
  ],
};

const lookUp = calls(['search', { query: 'parcel' }]);

async function countChunks(stream: AsyncIterable<unknown>): Promise<number> {
  let chunks = 0;
  for await (const _chunk of stream) chunks += 1;
  return chunks;
}

/** Reads what a stream of a graph in `messages` mode gives, as words. */
async function readWords(stream: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const read: unknown[] = [];
  for await (const chunk of stream) {
    const [message] = chunk as readonly [{ readonly text: string }];
    read.push(message.text);
  }
  return read;
}

/** A graph whose node waits longer than anybody likes to. */
function waitingGraph(options: { readonly timeout?: number } = {}) {
  return new StateGraph(MessagesAnnotation)
    .addNode('wait', () => new Promise<never>(() => {}), options)
    .addEdge(START, 'wait')
    .compile({ name: 'patient' });
}

/** Aborts, timeouts and streams. */
export const interruptedRows: readonly EndingRow[] = [
  {
    ending: 'the caller aborts while the model is at work',
    call: 'rejects with an `AbortError`',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: (lifecycle) => {
      const controller = new AbortController();
      const model = new ScriptedModel([hangs(() => controller.abort())]);
      const { signal } = controller;
      return words(
        createAgent({ model, tools: [] }).invoke(question, { ...traced(lifecycle), signal }),
      );
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'agent LangGraph WARNING',
        '  chain model_request WARNING',
        '    generation ScriptedModel WARNING',
      ]);
      expect(trace?.root?.statusMessage).toBe('This operation was aborted');
    },
  },
  {
    ending: 'the caller aborts a tool, with a reason of its own',
    call: 'rejects with that reason',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: (lifecycle) => {
      const controller = new AbortController();
      const tools = [slow(() => controller.abort(new Error('the user left')))];
      const model = new ScriptedModel([calls(['slow', {}])]);
      const { signal } = controller;
      return words(
        createAgent({ model, tools }).invoke(question, { ...traced(lifecycle), signal }),
      );
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'WARNING', statusMessage: 'the user left' });
      // The step cannot know that this error is the reason of an abort.
      expect(find(trace, 'slow')?.level).toBe('ERROR');
    },
  },
  {
    ending: 'the signal was aborted before',
    call: 'rejects with an `AbortError`, and tells its end later',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: (lifecycle) => {
      const signal = AbortSignal.abort();
      const agent = createAgent({ model: new ScriptedModel([says('never')]), tools: [] });
      return words(agent.invoke(question, { ...traced(lifecycle), signal }));
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual(['agent LangGraph WARNING']);
      expect(trace?.root?.output).toMatchObject({ error: { message: 'Abort', reason: 'aborted' } });
    },
  },
  {
    ending: 'a timeout was over before',
    call: 'rejects with a `TimeoutError`, and tells its end later',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: (lifecycle) => {
      const signal = AbortSignal.abort(new DOMException('too late', 'TimeoutError'));
      const agent = createAgent({ model: new ScriptedModel([says('never')]), tools: [] });
      return words(agent.invoke(question, { ...traced(lifecycle), signal }));
    },
  },
  {
    ending: 'the `timeout` of the call is over',
    call: 'rejects with a `TimeoutError`',
    expected: [{ status: 'error', reason: 'timeout' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([calls(['slow', {}])]);
      const agent = createAgent({ model, tools: [slow()] });
      return words(agent.invoke(question, { ...traced(lifecycle), timeout: 100 }));
    },
    check([trace]) {
      expect(treeOf(trace).slice(-2)).toEqual(['  chain tools ERROR', '    tool slow ERROR']);
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        output: { error: { type: 'TimeoutError', reason: 'timeout' } },
      });
    },
  },
  {
    ending: 'the `stepTimeout` of the graph is over',
    call: "rejects with `Error('Abort')`",
    expected: [{ status: 'error', reason: 'timeout' }],
    run: (lifecycle) => {
      const graph = waitingGraph();
      graph.stepTimeout = 50;
      return words(graph.invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ error: { type: 'TimeoutError' } });
    },
  },
  {
    ending: 'the `timeout` of a node is over',
    call: 'rejects with a `NodeTimeoutError`',
    expected: [{ status: 'error', reason: 'timeout' }],
    run: async (lifecycle) => {
      const outcome = await words(
        waitingGraph({ timeout: 50 }).invoke(question, traced(lifecycle)),
      );
      // The message tells the milliseconds that it took.
      return JSON.stringify(outcome).replace(/elapsed: \d+ms/, 'elapsed');
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ error: { type: 'NodeTimeoutError' } });
    },
  },
  {
    ending: 'a stream is read to its end',
    call: 'gives every chunk',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: async (lifecycle) => {
      const model = new StreamingModel([lookUp, says('It comes on Monday.')]);
      const agent = createAgent({ model, tools: [search] });
      const options = { ...traced(lifecycle), streamMode: 'messages' } as const;
      return readWords(await agent.stream(question, options));
    },
    check([trace]) {
      const generations = trace?.observations.filter(({ type }) => type === 'GENERATION') ?? [];
      expect(generations.map((row) => row.completionStartTime !== null)).toEqual([true, true]);
      expect(generations.map((row) => row.usageDetails['input'])).toEqual([6, 6]);
      expect(new Set(generations.map((row) => row.metadata['finish_reason']))).toEqual(
        new Set(['stop', 'tool_calls']),
      );
    },
  },
  {
    ending: 'a stream is broken off by its reader',
    call: 'gives the chunks that were read',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: async (lifecycle) => {
      const agent = createAgent({
        model: new ScriptedModel([calls(['slow', {}])]),
        tools: [slow()],
      });
      const stream = await agent.stream(question, {
        ...traced(lifecycle),
        streamMode: 'updates',
      });
      for await (const chunk of stream) return Object.keys(chunk);
      return [];
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        statusMessage: 'the reader of the stream stopped before its end',
      });
    },
  },
  {
    ending: 'a stream is cancelled by its reader, with a reason',
    call: 'gives the chunks that were read',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: async (lifecycle) => {
      const agent = createAgent({
        model: new ScriptedModel([calls(['slow', {}])]),
        tools: [slow()],
      });
      const options = { ...traced(lifecycle), streamMode: 'updates' } as const;
      const reader = (await agent.stream(question, options)).getReader();
      const { done } = await reader.read();
      await reader.cancel('enough');
      return done;
    },
  },
  {
    ending: 'a stream that has a `signal` is cancelled by its reader, with a reason',
    call: 'gives the chunks that were read',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: async (lifecycle) => {
      const agent = createAgent({
        model: new ScriptedModel([calls(['slow', {}])]),
        tools: [slow()],
      });
      const { signal } = new AbortController();
      const options = { ...traced(lifecycle), signal, streamMode: 'updates' } as const;
      const reader = (await agent.stream(question, options)).getReader();
      const { done } = await reader.read();
      await reader.cancel('enough');
      return done;
    },
  },
  {
    ending: 'the events of an agent are broken off',
    call: 'throws an `AbortError` at the reader',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: (lifecycle) => {
      const agent = createAgent({
        model: new ScriptedModel([calls(['slow', {}])]),
        tools: [slow()],
      });
      const events = agent.streamEvents(question, { ...traced(lifecycle), version: 'v2' });
      const firstTool = async () => {
        for await (const { event } of events) if (event === 'on_tool_start') return event;
        return undefined;
      };
      return settled(firstTool());
    },
  },
  {
    ending: 'a stream is broken off inside `lifecycle.stream`',
    call: 'gives the chunks that were read',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: async (lifecycle) => {
      const agent = createAgent({
        model: new ScriptedModel([calls(['slow', {}])]),
        tools: [slow()],
      });
      const start = () => agent.stream(question, { ...traced(lifecycle), streamMode: 'updates' });
      const stream = await (lifecycle === undefined
        ? start()
        : lifecycle.stream({ name: 'chat', input: question }, start));
      for await (const chunk of stream) return Object.keys(chunk);
      return [];
    },
    check([trace]) {
      expect(treeOf(trace).slice(0, 2)).toEqual([
        'agent chat WARNING',
        '  agent LangGraph WARNING',
      ]);
    },
  },
  {
    ending: 'a stream is never read',
    call: 'runs to its end all the same',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: async (lifecycle) => {
      const events: string[] = [];
      const graph = new StateGraph(MessagesAnnotation)
        .addNode('first', () => ({ messages: [says('one')] }))
        .addNode('second', () => {
          events.push('second node');
          return { messages: [says('two')] };
        })
        .addEdge(START, 'first')
        .addEdge('first', 'second')
        .compile();
      await graph.stream(question, traced(lifecycle));
      await vi.waitFor(() => expect(events).toEqual(['second node']));
      return 'nothing read';
    },
  },
  {
    ending: 'the model of a stream fails',
    call: 'throws the error of the model at the reader',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: async (lifecycle) => {
      const model = new StreamingModel([lookUp, new RangeError('no capacity')]);
      const agent = createAgent({ model, tools: [search] });
      return words(countChunks(await agent.stream(question, traced(lifecycle))));
    },
  },
  {
    ending: 'the events of an agent are read to their end',
    call: 'gives every event',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: async (lifecycle) => {
      const model = new StreamingModel([lookUp, says('It comes on Monday.')]);
      const agent = createAgent({ model, tools: [search] });
      const events = agent.streamEvents(question, { ...traced(lifecycle), version: 'v2' });
      return countChunks(events);
    },
    check([trace]) {
      expect(find(trace, 'search')?.output).toBe('found parcel');
    },
  },
  {
    ending: 'the answer is cut off at the length limit',
    call: 'resolves with its state',
    expected: [{ status: 'completed', reason: 'length' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([says('It comes on', 'length')]);
      return words(createAgent({ model, tools: [] }).invoke(question, traced(lifecycle)));
    },
  },
  {
    ending: 'the content filter of the provider stops the answer',
    call: 'resolves with its state',
    expected: [{ status: 'error', reason: 'content_filter' }],
    run: (lifecycle) => {
      const model = new ScriptedModel([says('I', 'content_filter')]);
      return words(createAgent({ model, tools: [] }).invoke(question, traced(lifecycle)));
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { reason: 'content_filter' },
        partialOutput: filteredState,
      });
    },
  },
];
