import { generateObject, isStepCount, Output, streamObject, streamText, ToolLoopAgent } from 'ai';
import { expect } from 'vitest';
import { adapterPort, type Lifecycle } from '../../../adapters/index.ts';
import { collectGarbageUntil } from '../../garbage.ts';
import { type EndingRow, settled } from '../endings.ts';
import { calls, says, scriptedModel, startOfStream, type Turn, usage } from './scripted-model.ts';
import { chunksOf, form, inRow, onError, support, tools, words } from './telemetry.ts';

function chat(...turns: readonly Turn[]) {
  return { ...support(...turns), prompt: 'Count.', onError, telemetry: { functionId: 'chat' } };
}

/** Reads until a chunk holds `last`, then stops. */
async function readUntil(stream: AsyncIterable<string>, last: string): Promise<readonly string[]> {
  const chunks: string[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    if (chunk.includes(last)) break;
  }
  return chunks;
}

/** Collects garbage until nothing that the SDK holds of the run is left. */
async function forget(lifecycle: Lifecycle | undefined, runId: string): Promise<void> {
  if (lifecycle === undefined) return;
  const port = adapterPort(lifecycle);
  await collectGarbageUntil(() => !port.isOpen(runId));
}

/** Starts a stream in a function of its own, so that nothing of it is left on the stack. */
async function dropped(
  lifecycle: Lifecycle | undefined,
  use: (
    options: ReturnType<typeof chat> & { onStart(event: { callId: string }): void },
  ) => Promise<unknown>,
): Promise<unknown> {
  let runId = '';
  const outside = await use({
    ...chat(says(words)),
    onStart(event) {
      runId = event.callId;
    },
  });
  await forget(lifecycle, runId);
  return outside;
}

/** What keeps a result reachable until the test is over. */
const kept = new Set<object>();

function clientGone(method: 'toUIMessageStreamResponse' | 'toTextStreamResponse'): EndingRow {
  return {
    ending: `the client of \`${method}()\` goes away`,
    call: 'the body is cancelled',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: inRow(async ({ lifecycle, observed }) => {
      let runId = '';
      const options = {
        ...chat(says(words)),
        onStart(event: { readonly callId: string }) {
          runId = event.callId;
        },
      };
      const result = observed(streamText(options));
      kept.add(result);
      const reader = result[method]().body?.getReader();
      for (let chunk = 0; chunk < 4; chunk += 1) await reader?.read();
      await reader?.cancel('the tab was closed');
      // It ends then and there, and not only with what comes at shutdown.
      return lifecycle !== undefined && adapterPort(lifecycle).isOpen(runId);
    }),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'the reader cancelled the stream after 4 chunks: the tab was closed',
        output: { partialOutput: expect.stringContaining('one') },
      });
    },
  };
}

export const streamRows: readonly EndingRow[] = [
  {
    ending: '`streamText` is read to its end',
    call: '`finish`, `stop`',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: inRow(({ observed }) =>
      chunksOf(observed(streamText(chat(calls('search', { query: 'x' }), says(words)))).fullStream),
    ),
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'chat', input: 'Count.', output: words });
      const models = trace?.observations.filter(({ type }) => type === 'GENERATION') ?? [];
      expect(models).toHaveLength(2);
      for (const model of models) expect(model.completionStartTime).not.toBeNull();
    },
  },
  {
    ending: 'a promise of the result is awaited, and nothing else is read',
    call: 'resolves',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: inRow(async ({ observed }) => observed(streamText(chat(says(words)))).text),
  },
  {
    ending: 'the model of a stream throws',
    call: '`error` part; promises reject',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: inRow(async ({ observed }) => {
      const result = observed(streamText(chat({ throws: new Error('down') })));
      return [await chunksOf(result.fullStream), await settled(result.text)];
    }),
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe('down');
    },
  },
  {
    ending: 'the stream has an error part',
    call: '`error` part, then `finish`, `error`',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: inRow(({ observed }) =>
      chunksOf(
        observed(
          streamText(
            chat({
              parts: [
                ...startOfStream('one '),
                { type: 'error', error: new Error('overloaded') },
                { type: 'finish', finishReason: { unified: 'error', raw: 'error' }, usage },
              ],
            }),
          ),
        ).textStream,
      ),
    ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'overloaded',
        output: { error: { message: 'overloaded' }, partialOutput: 'one ' },
      });
      expect(trace?.observations.find(({ type }) => type === 'GENERATION')).toMatchObject({
        level: 'ERROR',
        statusMessage: 'overloaded',
      });
    },
  },
  {
    ending: 'the stream has an error part, and nobody observes it',
    call: '`error` part, then `finish`, `error`',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: inRow(() =>
      chunksOf(
        streamText(
          chat({
            parts: [...startOfStream('one '), { type: 'error', error: new Error('busy') }],
          }),
        ).fullStream,
      ),
    ),
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe("the model's stream reported an error");
    },
  },
  {
    ending: 'the stream is cut after some text',
    call: '`finish`, `other`',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: inRow(() =>
      chunksOf(streamText(chat({ parts: startOfStream('one ', 'two ') })).fullStream),
    ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: "the model's stream ended before the model said that it was done",
        output: { partialOutput: 'one two ' },
      });
    },
  },
  {
    ending: 'the stream is cut before any text',
    call: '`error` part; promises reject `AI_NoOutputGeneratedError`',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: inRow(() =>
      chunksOf(streamText(chat({ parts: [{ type: 'stream-start', warnings: [] }] })).fullStream),
    ),
  },
  {
    ending: 'a stream is aborted while it is read, for a reason of the caller’s own',
    call: '`abort` part',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: inRow(async ({ observed }) => {
      const controller = new AbortController();
      const options = { ...chat(says(words)), abortSignal: controller.signal };
      const { fullStream } = observed(streamText(options));
      const types: string[] = [];
      for await (const part of fullStream) {
        types.push(part.type);
        if (part.type === 'text-delta') controller.abort(new Error('the user left'));
      }
      return [types.includes('abort'), types.at(-1)];
    }),
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'WARNING', statusMessage: 'the user left' });
      expect(trace?.root?.output).toMatchObject({
        partialOutput: expect.stringContaining('one'),
      });
    },
  },
  {
    ending: 'a stream was aborted before it began',
    call: '`abort` part',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: inRow(({ observed }) => {
      const options = { ...chat('hangs'), abortSignal: AbortSignal.abort() };
      return chunksOf(observed(streamText(options)).fullStream);
    }),
  },
  {
    ending: 'a stream takes longer than its `timeout`',
    call: '`abort` part',
    expected: [{ status: 'error', reason: 'timeout' }],
    run: inRow(() => chunksOf(streamText({ ...chat('hangs'), timeout: 5 }).fullStream)),
    check([trace]) {
      expect(trace?.root?.level).toBe('ERROR');
    },
  },
  {
    ending: 'the prompt of a stream is not valid',
    call: '`error` part; promises reject',
    expected: [{ status: 'error', reason: 'invalid_input' }],
    run: inRow(() => {
      const { prompt: _prompt, ...options } = chat(says(words));
      return chunksOf(streamText({ ...options, messages: [] }).fullStream);
    }),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        name: 'chat',
        input: '[unknown: the call failed before it began]',
      });
    },
  },
  {
    ending: 'the reader of an observed stream breaks off, and nothing reads it until `shutdown()`',
    call: 'the loop ends',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: inRow(async ({ observed }) => {
      const result = observed(streamText(chat(says(words))));
      kept.add(result);
      return readUntil(result.textStream, 'two');
    }),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        statusMessage: 'the reader cancelled the stream after 2 chunks',
        output: { partialOutput: 'one two ' },
      });
    },
  },
  {
    ending: 'the reader breaks off, then awaits `result.text`',
    call: 'resolves',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: inRow(async ({ observed }) => {
      const result = observed(streamText(chat(says(words))));
      return [await readUntil(result.textStream, 'two'), await result.text];
    }),
    check([trace]) {
      expect(trace?.root?.output).toBe(words);
    },
  },
  {
    ending: 'the reader breaks off, and the result is garbage collected',
    call: 'the loop ends',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: inRow(({ lifecycle, observed }) =>
      dropped(lifecycle, (options) => readUntil(observed(streamText(options)).textStream, 'three')),
    ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'the reader cancelled the stream after 3 chunks',
        output: { partialOutput: 'one two three ' },
      });
    },
  },
  {
    ending: 'the same without `observeStream`',
    call: 'the loop ends',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: inRow(({ lifecycle }) =>
      dropped(lifecycle, (options) => readUntil(streamText(options).textStream, 'three')),
    ),
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe('nobody reads the stream any more');
    },
  },
  {
    ending: 'nobody reads the stream, and the result is garbage collected',
    call: '–',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: inRow(({ lifecycle, observed }) =>
      dropped(lifecycle, async (options) => {
        observed(streamText(options));
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }),
    ),
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe('nobody read the stream');
    },
  },
  clientGone('toUIMessageStreamResponse'),
  clientGone('toTextStreamResponse'),
  {
    ending: 'the client goes away, and the server reads on with `consumeStream()`',
    call: 'the body is cancelled',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: inRow(async ({ observed }) => {
      const result = observed(streamText(chat(says(words))));
      const consumed = result.consumeStream();
      const reader = result.toUIMessageStreamResponse().body?.getReader();
      await reader?.read();
      await reader?.cancel('the tab was closed');
      await consumed;
    }),
  },
  {
    ending: 'the answer of a stream has not the form that `output` asks for',
    call: '`await result.output` rejects',
    expected: [{ status: 'error', reason: 'invalid_output' }],
    run: inRow(({ observed }) =>
      settled(
        observed(streamText({ ...chat(says('nowhere')), output: Output.object({ schema: form }) }))
          .output,
      ),
    ),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ partialOutput: 'nowhere' });
    },
  },
  {
    ending: 'a tool of a stream waits for approval',
    call: '`tool-approval-request` part, `finish`, `tool-calls`',
    expected: [{ status: 'suspended', reason: 'approval_required' }],
    run: inRow(({ observed }) =>
      chunksOf(observed(streamText(chat(calls('deleteAll')))).fullStream),
    ),
  },
  {
    ending: 'a tool of a stream is the client’s',
    call: '`finish`, `tool-calls`',
    expected: [{ status: 'suspended', reason: 'client_tool' }],
    run: inRow(() => chunksOf(streamText(chat(calls('locate'))).fullStream)),
  },
  {
    ending: 'a `ToolLoopAgent` that streams reaches its limit',
    call: '`finish`, `tool-calls`',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: inRow(async ({ observed }) => {
      const agent = new ToolLoopAgent({
        model: scriptedModel(calls('search')),
        tools,
        stopWhen: isStepCount(4),
      });
      return chunksOf(observed(await agent.stream({ prompt: 'Find it.' })).fullStream);
    }),
    check([trace]) {
      expect(trace?.root).toMatchObject({ output: { react: { iterations: 4 } } });
    },
  },
  {
    ending: 'a `ToolLoopAgent` that streams is broken off',
    call: 'the loop ends',
    expected: [{ status: 'error', reason: 'stream_abandoned' }],
    run: inRow(async ({ observed }) => {
      const agent = new ToolLoopAgent({ model: scriptedModel(says(words)) });
      const result = observed(await agent.stream({ prompt: 'Count.' }));
      kept.add(result);
      return readUntil(result.textStream, 'two');
    }),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ partialOutput: 'one two ' });
    },
  },
  {
    ending: '`generateObject` gets an object',
    call: 'resolves',
    expected: [{ status: 'completed', reason: 'stop' }],
    run: inRow(
      async () => (await generateObject({ ...object('{"city":"Rome"}'), schema: form })).object,
    ),
    check([trace]) {
      expect(trace?.root).toMatchObject({ input: 'Where?', output: { city: 'Rome' } });
    },
  },
  {
    ending: '`generateObject` gets something else',
    call: 'rejects `AI_NoObjectGeneratedError`',
    expected: [{ status: 'error', reason: 'invalid_output' }],
    run: inRow(() => settled(generateObject({ ...object('Rome'), schema: form }))),
  },
  {
    ending: '`streamObject` gets something else',
    call: '`await result.object` rejects',
    expected: [{ status: 'error', reason: 'invalid_output' }],
    run: inRow(async () => {
      const result = streamObject({ ...object('Rome'), schema: form, onError });
      const outcome = settled(result.object);
      return [await chunksOf(result.fullStream), await outcome];
    }),
  },
];

function object(text: string) {
  return { model: scriptedModel(says(text)), prompt: 'Where?', maxRetries: 0 };
}
