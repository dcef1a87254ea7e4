import { generateText, isStepCount, jsonSchema, streamText, tool, ToolLoopAgent } from 'ai';
import { describe, expect, it } from 'vitest';
import { observeStream } from '../../../adapters/ai-sdk/index.ts';
import { deferred } from '../../deferred.ts';
import { collectGarbageUntil } from '../../garbage.ts';
import { unhandledRejectionsOf } from '../../unhandled-rejections.ts';
import { settled } from '../endings.ts';
import { calls, callsAtOnce, says, scriptedModel } from './scripted-model.ts';
import { inSdk, manyWords, onError, recording, tools } from './telemetry.ts';

const prompt = 'Where is my order?';

/** Answers in the opposite order of being asked. */
const slowest = tool({
  inputSchema: jsonSchema<{ readonly rank: number }>({ type: 'object' }),
  async execute({ rank }) {
    for (let turn = 0; turn < 10 - rank; turn += 1) await new Promise(setImmediate);
    return `rank ${rank}`;
  },
});

describe('one tool that is called several times at once', () => {
  it.each([
    ['ids of their own', ['c1', 'c2', 'c3']],
    ['the same id', ['c', 'c', 'c']],
  ])('is as many steps, each with its own output: %s', async (_what, ids) => {
    const { lifecycle, ended, problems, nameOf } = recording();
    const asked = ids.map((id, index) => [id, { rank: index + 1 }] as const);
    const inside = {
      ...slowest,
      execute: (...given: Parameters<NonNullable<typeof slowest.execute>>) =>
        lifecycle.run({ name: `inside ${given[0].rank}` }, () => slowest.execute?.(...given)),
    };

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(callsAtOnce('slowest', ...asked), says('Yes.')),
        prompt,
        tools: { slowest: inside },
        stopWhen: isStepCount(2),
      }),
    );
    await lifecycle.flush();

    const steps = ended().filter(({ kind }) => kind === 'tool');
    expect(steps.map(({ input, output, level }) => [input, output, level])).toEqual(
      expect.arrayContaining([1, 2, 3].map((rank) => [{ rank }, `rank ${rank}`, 'DEFAULT'])),
    );
    for (const { input, id } of steps) {
      const { rank } = input as { readonly rank: number };
      expect(nameOf(ended().find(({ name }) => name === `inside ${rank}`)?.parentId)).toBe(
        'slowest',
      );
      expect(ended().find(({ name }) => name === `inside ${rank}`)?.parentId).toBe(id);
    }
    expect(problems()).toEqual([]);
  });
});

describe('the result of an agent', () => {
  it('is found although a call without a stream was made beside it', async () => {
    const { lifecycle, sink } = recording();

    const kept = await inSdk(lifecycle, async () => {
      const title = generateText({
        model: scriptedModel(says('A title')),
        prompt,
        telemetry: { functionId: 'title' },
      });
      const agent = new ToolLoopAgent({
        model: scriptedModel(says(manyWords)),
        tools,
        telemetry: { functionId: 'chat' },
      });
      const result = observeStream(await agent.stream({ prompt }));
      for await (const _chunk of result.textStream) break;
      await title;
      return result;
    });
    await lifecycle.shutdown();

    expect(kept).toBeDefined();
    expect(sink.parents.find(({ name }) => name === 'chat')).toMatchObject({
      output: { partialOutput: 'word-0 ' },
      metadata: { reason: 'stream_abandoned' },
    });
  });
});

describe('many calls', () => {
  it('at once, each with tools at once, keep their own', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          generateText({
            model: scriptedModel(
              callsAtOnce(
                'search',
                ['c1', { query: `${index} x` }],
                ['c2', { query: `${index} y` }],
              ),
              says(`for ${index}`),
            ),
            prompt,
            tools,
            stopWhen: isStepCount(2),
            telemetry: { functionId: `call-${index}` },
          }),
        ),
      ),
    );
    await lifecycle.flush();

    expect(sink.parents).toHaveLength(40);
    for (const parent of sink.parents) {
      const index = parent.name.slice('call-'.length);
      const found = sink.childrenOf(parent).filter(({ kind }) => kind === 'tool');
      expect(parent.output).toBe(`for ${index}`);
      expect(new Set(found.map(({ output }) => output))).toEqual(
        new Set([`found ${index} x`, `found ${index} y`]),
      );
    }
  });

  it('three deep are one trace', async () => {
    const { lifecycle, sink, ended, nameOf } = recording();
    const around = (name: string, inner: () => Promise<unknown>) => async () => {
      const ask = tool({
        inputSchema: jsonSchema<object>({ type: 'object' }),
        execute: async () => String(await inner()),
      });
      const { text } = await generateText({
        model: scriptedModel(calls('ask'), says(`${name} is done`)),
        prompt,
        tools: { ask },
        stopWhen: isStepCount(2),
        telemetry: { functionId: name },
      });
      return text;
    };

    await inSdk(
      lifecycle,
      around(
        'one',
        around(
          'two',
          around('three', async () => 'rows'),
        ),
      ),
    );
    await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name)).toEqual(['one']);
    const asks = ended().filter(({ name }) => name === 'ask');
    expect(new Set(asks.map(({ parentId }) => nameOf(parentId)))).toEqual(
      new Set(['one', 'two', 'three']),
    );
    expect(
      ended()
        .filter(({ role }) => role === 'child-run')
        .map(({ parentId }) => nameOf(parentId)),
    ).toEqual(['ask', 'ask']);
  });

  it('leave nothing of the program behind', async () => {
    const { lifecycle } = recording();
    const collected: string[] = [];
    const registry = new FinalizationRegistry((what: string) => collected.push(what));

    await inSdk(lifecycle, async () => {
      const messages = [{ role: 'user' as const, content: prompt }];
      const runtimeContext = { chatId: 'c' };
      const model = scriptedModel(calls('search'), says(manyWords));
      const result = observeStream(
        streamText({ model, messages, tools, runtimeContext, stopWhen: isStepCount(2) }),
      );
      await result.text;
      registry.register(messages, 'messages');
      registry.register(runtimeContext, 'context');
      registry.register(model, 'model');
      registry.register(result, 'result');
    });
    await collectGarbageUntil(() => collected.length === 4);

    expect(new Set(collected)).toEqual(new Set(['messages', 'context', 'model', 'result']));
    await lifecycle.shutdown();
  });
});

describe('a call', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'no order'],
    ['a frozen error', Object.freeze(new Error('no order'))],
  ])('throws on what its model throws, and tells its tools’: %s', async (_what, thrown) => {
    const { lifecycle, sink, ended, problems } = recording();
    const failing = tool({
      inputSchema: jsonSchema<object>({ type: 'object' }),
      execute: (): Promise<string> => Promise.reject(thrown),
    });
    const model = scriptedModel(calls('failing'), { throws: thrown });

    const outcome = await inSdk(lifecycle, () =>
      generateText({
        model,
        prompt,
        tools: { failing },
        stopWhen: isStepCount(2),
        maxRetries: 0,
      }).catch((error: unknown) => [error]),
    );
    await lifecycle.flush();

    expect(outcome).toEqual([thrown]);
    expect(sink.parents).toMatchObject([{ metadata: { status: 'error', reason: 'model_error' } }]);
    expect(ended().find(({ kind }) => kind === 'tool')).toMatchObject({ level: 'ERROR' });
    expect(problems()).toEqual([]);
  });

  it('takes frozen options', async () => {
    const { lifecycle, sink, problems } = recording();
    const message = Object.freeze({ role: 'user' as const, content: prompt });
    const runtimeContext = Object.freeze({ chatId: 'c-1' });

    const outcome = await settled(
      inSdk(lifecycle, () =>
        generateText(
          Object.freeze({
            model: scriptedModel(says('Yes.')),
            messages: [message],
            runtimeContext,
            telemetry: Object.freeze({ includeRuntimeContext: Object.freeze({ chatId: true }) }),
          }),
        ).then(({ text }) => text),
      ),
    );
    await lifecycle.flush();

    expect(outcome).toEqual({ resolved: 'Yes.' });
    expect(problems()).toEqual([]);
    expect(sink.parents).toMatchObject([{ input: prompt, trace: { conversationId: 'c-1' } }]);
  });

  it.each([
    ['a promise', false],
    ['a stream that nobody reads', true],
  ])(
    'that fails and is never awaited leaves the same rejections as without us: %s',
    async (_what, isStream) => {
      const { lifecycle, sink } = recording();
      const options = { prompt, maxRetries: 0, onError };
      const start = async (): Promise<void> => {
        const model = scriptedModel({ throws: new Error('the model is down') });
        if (isStream) await observeStream(streamText({ ...options, model })).consumeStream();
        else void generateText({ ...options, model });
        await new Promise(setImmediate);
      };

      const withUs = await unhandledRejectionsOf(() => inSdk(lifecycle, start));
      const without = await unhandledRejectionsOf(start);
      await lifecycle.flush();

      expect(withUs.map(String)).toEqual(without.map(String));
      expect(withUs).toHaveLength(isStream ? 0 : 1);
      expect(sink.parents).toMatchObject([{ metadata: { reason: 'model_error' } }]);
    },
  );

  it('that is open at shutdown() gives its caller what comes after', async () => {
    const { lifecycle, sink, ended, problems } = recording();
    const asked = deferred();
    const answer = deferred<string>();
    const slow = tool({
      inputSchema: jsonSchema<object>({ type: 'object' }),
      execute: () => {
        asked.resolve();
        return answer.promise;
      },
    });

    const text = await inSdk(lifecycle, async () => {
      const running = generateText({
        model: scriptedModel(calls('slow'), says('At last.')),
        prompt,
        tools: { slow },
        stopWhen: isStepCount(2),
      });
      await asked.promise;
      await lifecycle.shutdown();
      answer.resolve('rows');
      return (await running).text;
    });

    expect(text).toBe('At last.');
    expect(sink.parents).toMatchObject([{ input: prompt, metadata: { reason: 'never_ended' } }]);
    expect(ended().find(({ kind }) => kind === 'tool')).toMatchObject({ level: 'WARNING' });
    expect(problems().filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('is not recorded at a rate of 0, and runs as ever', async () => {
    const { lifecycle, sink } = recording({ sampling: { rate: 0 } });

    const text = await inSdk(lifecycle, async () => {
      const result = observeStream(streamText({ model: scriptedModel(says(manyWords)), prompt }));
      let read = '';
      for await (const chunk of result.textStream) read += chunk;
      return read;
    });
    await lifecycle.shutdown();

    expect(text).toBe(manyWords);
    expect(sink.records).toEqual([]);
  });
});
