import { RunnableLambda } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import { createAgent } from 'langchain';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { lifecycleHandler } from '../../../adapters/langgraph/index.ts';
import { deferred } from '../../deferred.ts';
import { collectGarbageUntil } from '../../garbage.ts';
import { unhandledRejectionsOf } from '../../unhandled-rejections.ts';
import { settled } from '../endings.ts';
import { observed } from './observed.ts';
import { agentOf, question, search } from './agents.ts';
import { toWords } from './seen.ts';
import { calls, hangs, says, ScriptedModel, type Turn } from './scripted-model.ts';

/** Objects each of which refers to all of them, and how often they were read. */
function tangle(size: number) {
  let reads = 0;
  const objects: object[] = Array.from({ length: size }, () => ({}));
  for (const object of objects) {
    objects.forEach((other, index) => {
      Object.defineProperty(object, `to${index}`, {
        enumerable: true,
        get() {
          reads += 1;
          return other;
        },
      });
    });
  }
  return { value: { first: objects[0] }, reads: () => reads };
}

function searcher(name: string, ...turns: readonly Turn[]) {
  return agentOf(turns, { name, tools: [search] });
}

describe('values', () => {
  it('that refer to each other are read once for each reference', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const { value, reads } = tangle(6);

    await RunnableLambda.from(() => 'done').invoke(value, { callbacks });
    await lifecycle.flush();

    // Once for the plain form, of which the sanitizer reads its own copy.
    expect(reads()).toBe(36);
    expect(JSON.stringify(sink.parents[0]?.input)).toContain('circular');
  });

  it('that several places share are shown at each', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const address = { city: 'Oslo' };

    await RunnableLambda.from(() => 'done').invoke({ from: address, to: address }, { callbacks });
    await lifecycle.flush();

    expect(sink.parents[0]?.input).toEqual({ from: { city: 'Oslo' }, to: { city: 'Oslo' } });
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'no parcel'],
    ['a number', 42],
    ['a frozen error', Object.freeze(new Error('no parcel'))],
  ])(
    'that are thrown and are no errors, or fixed ones, are thrown on: %s',
    async (_what, thrown) => {
      const { lifecycle, callbacks, sink, diagnostics } = observed();
      const failing = RunnableLambda.from(() => {
        throw thrown;
      });

      const outcome = await settled(
        failing.invoke('q', { callbacks }).catch((error: unknown) => [error]),
      );
      await lifecycle.flush();

      expect(outcome).toEqual({ resolved: [thrown] });
      expect(sink.parents).toMatchObject([{ metadata: { status: 'error', reason: 'exception' } }]);
      expect(diagnostics).toEqual([]);
    },
  );
});

describe('callbacks', () => {
  it('without a run id, or of runs that nobody started, change nothing for what follows', async () => {
    const { lifecycle, handler, callbacks, path, diagnostics } = observed();
    const inner = () => lifecycle.run({ name: 'inner' }, () => 'rows');
    const work = tool(async () => inner(), {
      name: 'work',
      description: 'w',
      schema: z.object({}),
    });
    const boss = agentOf([calls(['work', {}]), says('done')], { name: 'boss', tools: [work] });

    const started = new Set(['handleChainStart', 'handleChatModelStart', 'handleToolStart']);
    for (const [name, callback] of Object.entries(handler)) {
      if (!name.startsWith('handle')) continue;
      for (const id of [undefined, null, 7, ...(started.has(name) ? [] : ['never-started'])])
        Reflect.apply(callback, handler, [{}, id, id, undefined]);
    }
    await boss.invoke(question, { callbacks });
    await lifecycle.flush();

    expect(path('inner')).toEqual(['boss', 'tools', 'work', 'inner']);
    expect(diagnostics.filter(({ code }) => code !== 'internal')).toEqual([]);
  });

  it('that come twice or after the end leave one parent with the first end', async () => {
    const { lifecycle, handler, sink } = observed();
    const id = '0199aaaa-0000-7000-8000-000000000001';

    handler.handleChainStart({}, { question: 'q' }, id);
    handler.handleChainStart({}, { question: 'again' }, id);
    handler.handleChainEnd({ answer: 'a' }, id);
    handler.handleChainError(new Error('late'), id);
    handler.handleToolStart({}, 'late', 'late-tool', id);
    handler.handleChainStart({}, { question: 'late' }, id);
    await lifecycle.shutdown();

    expect(sink.parents).toMatchObject([
      { input: { question: 'q' }, output: { answer: 'a' }, metadata: { status: 'completed' } },
    ]);
    expect(sink.records.map(({ role }) => role)).toEqual(['parent']);
  });
});

describe('many runs', () => {
  it('at once, each with the same tool called three times at once, keep their own', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const names = Array.from({ length: 40 }, (_, index) => `agent-${index}`);
    const asked = (name: string) =>
      ['x', 'y', 'z'].map((query) => ['search', { query: `${name} ${query}` }] as const);

    await Promise.all(
      names.map((name) =>
        searcher(name, calls(...asked(name)), says(`for ${name}`)).invoke(question, { callbacks }),
      ),
    );
    await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const parent of sink.parents) {
      const found = sink.childrenOf(parent).filter(({ kind }) => kind === 'tool');
      expect(new Set(found.map(({ output }) => output))).toEqual(
        new Set(['x', 'y', 'z'].map((query) => `found ${parent.name} ${query}`)),
      );
    }
  });

  it('three deep are one trace', async () => {
    const { lifecycle, callbacks, sink, path } = observed();
    const asTool = (name: string, fn: () => Promise<unknown>) =>
      tool(async () => String(await fn()), {
        name: `ask_${name}`,
        description: name,
        schema: z.object({}),
      });
    const agentAround = (name: string, inner: () => Promise<unknown>) => {
      const ask = asTool(name, inner);
      const model = new ScriptedModel([calls([ask.name, {}]), says(`${name} is done`)]);
      return createAgent({ name, model, tools: [ask] });
    };
    const innermost = searcher('three', calls(['search', { query: 'x' }]), says('three is done'));
    const middle = agentAround('two', async () => innermost.invoke(question, { callbacks }));
    const outer = agentAround('one', async () => middle.invoke(question));

    await outer.invoke(question, { callbacks });
    await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name)).toEqual(['one']);
    expect(path('search')).toEqual([
      'one',
      'tools',
      'ask_one',
      'two',
      'tools',
      'ask_two',
      'three',
      'tools',
      'search',
    ]);
  });

  it('leave nothing of the program behind', async () => {
    const { lifecycle, callbacks } = observed();
    const collected: string[] = [];
    const registry = new FinalizationRegistry((what: string) => collected.push(what));
    await (async () => {
      const agent = searcher('a', calls(['search', { query: 'x' }]), says('hi'));
      const input = { messages: [{ role: 'user', content: 'Where?' }] };
      const state = await agent.invoke(input, { callbacks });
      registry.register(agent, 'agent');
      registry.register(input, 'input');
      registry.register(state, 'state');
    })();
    const failing = RunnableLambda.from(() => {
      const failure = new Error('no');
      registry.register(failure, 'error');
      throw failure;
    });
    await failing.invoke('q', { callbacks }).catch(() => {});

    await collectGarbageUntil(() => collected.length === 4);

    expect(collected.toSorted()).toEqual(['agent', 'error', 'input', 'state']);
    await lifecycle.shutdown();
  });
});

describe('a run', () => {
  it('that is open at shutdown() is closed, and its caller gets its result all the same', async () => {
    const { lifecycle, callbacks, sink, diagnostics } = observed();
    const asked = deferred();
    const answer = deferred<ReturnType<typeof says>>();
    const model = new ScriptedModel([
      () => {
        asked.resolve();
        return answer.promise;
      },
    ]);
    const running = createAgent({ name: 'slow', model, tools: [] }).invoke(question, { callbacks });
    await asked.promise;

    await lifecycle.shutdown();
    answer.resolve(says('at last'));

    expect(toWords(await running)).toEqual({
      messages: [
        ['human', 'Where is my parcel?'],
        ['ai', 'at last'],
      ],
    });
    expect(sink.parents).toMatchObject([
      { name: 'slow', metadata: { status: 'error', reason: 'never_ended' } },
    ]);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('that fails and is never awaited is one unhandled rejection, as without us', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const failure = new Error('the model is down');
    const start = (config: object): void => void searcher('a', failure).invoke(question, config);

    const withUs = await unhandledRejectionsOf(() => start({ callbacks }));
    const without = await unhandledRejectionsOf(() => start({}));
    await lifecycle.flush();

    expect(withUs).toEqual(without);
    expect(withUs).toHaveLength(1);
    expect(sink.parents).toMatchObject([{ metadata: { reason: 'model_error' } }]);
  });

  it('that is aborted while two tools run leaves both as steps that were stopped', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const controller = new AbortController();
    let running = 0;
    const slow = tool(
      (_, config) =>
        hangs(() => {
          running += 1;
          if (running === 2) controller.abort();
        })(config.signal),
      { name: 'slow', description: 's', schema: z.object({}) },
    );
    const model = new ScriptedModel([calls(['slow', {}], ['slow', {}])]);
    const agent = createAgent({ name: 'a', model, tools: [slow] });

    const outcome = await settled(agent.invoke(question, { callbacks, signal: controller.signal }));
    await lifecycle.flush();

    expect(outcome).toMatchObject({ rejected: { name: 'AbortError' } });
    expect(sink.parents).toMatchObject([{ metadata: { reason: 'aborted' } }]);
    const slowSteps = sink.records.filter(
      ({ name, phase }) => name === 'slow' && phase === 'ended',
    );
    expect(slowSteps).toMatchObject([{ level: 'WARNING' }, { level: 'WARNING' }]);
  });

  it('is heard by each of two lifecycles, and kept by none whose rate is 0', async () => {
    const one = observed();
    const other = observed();
    const none = observed({ sampling: { rate: 0 } });
    const callbacks = [...one.callbacks, ...other.callbacks, ...none.callbacks];

    const state = await searcher('a', calls(['search', { query: 'x' }]), says('hi')).invoke(
      question,
      { callbacks },
    );
    await Promise.all([one, other, none].map(({ lifecycle }) => lifecycle.flush()));

    expect(toWords(state)).toMatchObject({ messages: expect.arrayContaining([['ai', 'hi']]) });
    expect(one.sink.records.map(({ name }) => name)).toEqual(
      other.sink.records.map(({ name }) => name),
    );
    expect(one.sink.parents).toMatchObject([{ name: 'a' }]);
    expect(none.sink.records).toEqual([]);
  });

  it('is recorded once by two copies of the package', async () => {
    const { lifecycle, callbacks, sink, diagnostics } = observed();
    vi.resetModules();
    const copy = await import('../../../adapters/langgraph/index.ts');
    const both = [...callbacks, copy.lifecycleHandler(lifecycle)];

    await searcher('a', calls(['search', { query: 'x' }]), says('hi')).invoke(question, {
      callbacks: both,
    });
    await lifecycle.flush();

    expect(copy.lifecycleHandler).not.toBe(lifecycleHandler);
    expect(sink.parents).toMatchObject([{ name: 'a', metadata: { status: 'completed' } }]);
    expect(sink.records.filter(({ kind }) => kind === 'tool')).toHaveLength(1);
    expect(diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });
});
