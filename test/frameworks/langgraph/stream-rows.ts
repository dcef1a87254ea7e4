import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { expect, vi } from 'vitest';

import { completed, type EndingRow, failed, settled } from '../endings.ts';
import { question, slowAgent, streamingAgent, traced } from './agents.ts';
import { says } from './scripted-model.ts';
import { find, treeOf, words } from './seen.ts';

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

/** What the first chunk is about; then the reader breaks off. */
async function firstKeys(stream: AsyncIterable<object>): Promise<readonly string[]> {
  for await (const chunk of stream) return Object.keys(chunk);
  return [];
}

/** Reads one chunk, and then has had enough. */
async function cancelled(stream: ReadableStream): Promise<boolean> {
  const reader = stream.getReader();
  const { done } = await reader.read();
  await reader.cancel('enough');
  return done;
}

/** Streams that are read, left and never read. */
export const streamRows: readonly EndingRow[] = [
  {
    ending: 'a stream is read to its end',
    call: 'gives every chunk',
    expected: [completed],
    run: async (lifecycle) => {
      const options = { ...traced(lifecycle), streamMode: 'messages' } as const;
      return readWords(await streamingAgent().stream(question, options));
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
    expected: [failed('stream_abandoned')],
    run: async (lifecycle) => {
      const options = { ...traced(lifecycle), streamMode: 'updates' } as const;
      return firstKeys(await slowAgent().stream(question, options));
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
    expected: [failed('stream_abandoned')],
    run: async (lifecycle) => {
      const options = { ...traced(lifecycle), streamMode: 'updates' } as const;
      return cancelled(await slowAgent().stream(question, options));
    },
  },
  {
    ending: 'a stream that has a `signal` is cancelled by its reader, with a reason',
    call: 'gives the chunks that were read',
    expected: [failed('aborted')],
    run: async (lifecycle) => {
      const { signal } = new AbortController();
      const options = { ...traced(lifecycle), signal, streamMode: 'updates' } as const;
      return cancelled(await slowAgent().stream(question, options));
    },
  },
  {
    ending: 'the events of an agent are broken off',
    call: 'throws an `AbortError` at the reader',
    expected: [failed('stream_abandoned')],
    run: (lifecycle) => {
      const events = slowAgent().streamEvents(question, { ...traced(lifecycle), version: 'v2' });
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
    expected: [failed('stream_abandoned')],
    run: async (lifecycle) => {
      const options = { ...traced(lifecycle), streamMode: 'updates' } as const;
      const start = () => slowAgent().stream(question, options);
      const stream = await (lifecycle === undefined
        ? start()
        : lifecycle.stream({ name: 'chat', input: question }, start));
      return firstKeys(stream);
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
    expected: [completed],
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
    expected: [failed('model_error')],
    run: async (lifecycle) => {
      const agent = streamingAgent(new RangeError('no capacity'));
      return words(countChunks(await agent.stream(question, traced(lifecycle))));
    },
  },
  {
    ending: 'the events of an agent are read to their end',
    call: 'gives every event',
    expected: [completed],
    run: async (lifecycle) => {
      const options = { ...traced(lifecycle), version: 'v2' } as const;
      return countChunks(streamingAgent().streamEvents(question, options));
    },
    check([trace]) {
      expect(find(trace, 'search')?.output).toBe('found parcel');
    },
  },
];
