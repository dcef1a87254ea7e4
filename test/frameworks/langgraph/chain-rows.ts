import { HumanMessage } from '@langchain/core/messages';
import { JsonOutputParser, StringOutputParser } from '@langchain/core/output_parsers';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { RunnableLambda } from '@langchain/core/runnables';
import { expect } from 'vitest';

import { completed, type EndingRow, failed, settled } from '../endings.ts';
import { traced } from './agents.ts';
import { hangs, says, ScriptedModel, StreamingModel, type Turn } from './scripted-model.ts';
import { treeOf } from './seen.ts';

const prompt = ChatPromptTemplate.fromTemplate('Answer briefly: {question}');
const asked = { question: 'Where is my parcel?' };

function chainOf(...turns: readonly Turn[]) {
  return prompt.pipe(new ScriptedModel(turns)).pipe(new StringOutputParser());
}

/** Runnables without a graph. */
export const chainRows: readonly EndingRow[] = [
  {
    ending: 'a plain chain comes to its end',
    call: 'resolves with its output',
    expected: [
      {
        status: 'completed',
        reason: 'stop',
        conversationId: 'chat-7',
        conversationSource: 'metadata.conversation_id',
      },
    ],
    run: (lifecycle) =>
      settled(
        chainOf(says('On Monday.')).invoke(asked, {
          ...traced(lifecycle),
          runName: 'answer',
          metadata: { conversation_id: 'chat-7' },
          configurable: { thread_id: 'not told by plain chains' },
        }),
      ),
    check([trace]) {
      expect(treeOf(trace).toSorted()).toEqual([
        '  chain ChatPromptTemplate',
        '  chain StrOutputParser',
        '  generation ScriptedModel',
        'chain answer',
      ]);
      expect(trace?.root).toMatchObject({ input: asked, output: 'On Monday.' });
      expect(trace?.observations.find(({ name }) => name === 'ChatPromptTemplate')?.output).toEqual(
        [{ role: 'user', content: 'Answer briefly: Where is my parcel?' }],
      );
    },
  },
  {
    ending: 'the model of a plain chain fails',
    call: 'rejects with the error of the model',
    expected: [failed('model_error')],
    run: (lifecycle) =>
      settled(chainOf(new RangeError('no capacity')).invoke(asked, traced(lifecycle))),
    check([trace]) {
      expect(treeOf(trace)).toContain('  generation ScriptedModel ERROR');
      expect(trace?.root?.statusMessage).toBe('no capacity');
    },
  },
  {
    ending: 'the parser of a plain chain fails',
    call: 'rejects with its error',
    expected: [failed('exception')],
    run: (lifecycle) => {
      const chain = new ScriptedModel([says('no json')]).pipe(new JsonOutputParser());
      return settled(chain.invoke('Where?', traced(lifecycle)));
    },
    check([trace]) {
      expect(treeOf(trace)).toContain('  chain JsonOutputParser ERROR');
      expect(trace?.root?.output).toMatchObject({ partialOutput: 'no json' });
    },
  },
  {
    ending: 'the caller of a plain chain aborts',
    call: 'rejects with an `AbortError`',
    expected: [failed('aborted')],
    run: (lifecycle) => {
      const controller = new AbortController();
      const chain = chainOf(hangs(() => controller.abort()));
      return settled(chain.invoke(asked, { ...traced(lifecycle), signal: controller.signal }));
    },
  },
  {
    ending: 'the `timeout` of a plain chain is over',
    call: 'rejects with a `TimeoutError`',
    expected: [failed('timeout')],
    run: (lifecycle) =>
      settled(chainOf(hangs()).invoke(asked, { ...traced(lifecycle), timeout: 50 })),
  },
  {
    ending: 'the stream of a plain chain is read to its end',
    call: 'gives every chunk',
    expected: [completed],
    run: async (lifecycle) => {
      const chain = prompt
        .pipe(new StreamingModel([says('It comes on Monday.')]))
        .pipe(new StringOutputParser());
      const read: string[] = [];
      for await (const chunk of await chain.stream(asked, traced(lifecycle))) read.push(chunk);
      return read;
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ input: asked, output: 'It comes on Monday.' });
    },
  },
  {
    ending: 'a function is streamed',
    call: 'gives every chunk',
    expected: [completed],
    run: async (lifecycle) => {
      const shout = RunnableLambda.from((text: string) => text.toUpperCase());
      const read: string[] = [];
      for await (const chunk of await shout.stream('where?', traced(lifecycle))) read.push(chunk);
      return read;
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ input: 'where?', output: 'WHERE?' });
    },
  },
  {
    ending: 'a function is streamed and fails',
    call: 'throws its error at the reader',
    expected: [failed('exception')],
    run: (lifecycle) => {
      const fails = RunnableLambda.from((text: string): string => {
        throw new Error(`not ${text}`);
      });
      const read = async () => {
        for await (const chunk of await fails.stream('where?', traced(lifecycle))) return chunk;
        return undefined;
      };
      return settled(read());
    },
  },
  {
    ending: 'the stream of a plain chain is broken off',
    call: 'gives the chunks that were read',
    expected: [failed('never_ended')],
    run: async (lifecycle) => {
      const chain = new StreamingModel([says('It comes on Monday.')]).pipe(
        new StringOutputParser(),
      );
      for await (const chunk of await chain.stream('Where?', traced(lifecycle))) {
        if (chunk !== '') return chunk;
      }
      return undefined;
    },
  },
  {
    ending: 'the stream of a plain chain is broken off inside `lifecycle.stream`',
    call: 'gives the chunks that were read',
    expected: [failed('stream_abandoned')],
    run: async (lifecycle) => {
      const chain = new StreamingModel([says('It comes on Monday.')]).pipe(
        new StringOutputParser(),
      );
      const start = () => chain.stream('Where?', traced(lifecycle));
      const stream = await (lifecycle === undefined
        ? start()
        : lifecycle.stream({ name: 'chat', input: 'Where?' }, start));
      for await (const chunk of stream) {
        if (chunk !== '') return chunk;
      }
      return undefined;
    },
  },
  {
    ending: 'a plain chain is run for a batch',
    call: 'resolves with all outputs',
    expected: [completed, completed],
    run: (lifecycle) => {
      const chain = RunnableLambda.from((text: string) => text.toUpperCase()).withConfig({
        runName: 'shout',
      });
      return settled(chain.batch(['a', 'b'], traced(lifecycle)));
    },
    check(traces) {
      expect(new Set(traces.map(({ root }) => root?.output))).toEqual(new Set(['A', 'B']));
      expect(traces.map(({ name }) => name)).toEqual(['shout', 'shout']);
    },
  },
  {
    ending: 'a model is called by itself',
    call: 'resolves with its message',
    expected: [completed],
    run: async (lifecycle) => {
      const model = new ScriptedModel([says('On Monday.')]);
      return (await model.invoke([new HumanMessage('Where?')], traced(lifecycle))).text;
    },
    check([trace]) {
      expect(treeOf(trace)).toEqual(['chain ScriptedModel', '  generation ScriptedModel']);
      expect(trace?.root).toMatchObject({
        input: [{ role: 'user', content: 'Where?' }],
        output: { role: 'assistant', content: 'On Monday.' },
        usageDetails: {},
      });
    },
  },
];
