import { Runner } from '@openai/agents';
import { describe, expect, it, vi } from 'vitest';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import { createLifecycle, memorySink } from '../../../src/index.ts';
import { deferred } from '../../deferred.ts';
import { unhandledRejectionsOf } from '../../unhandled-rejections.ts';
import { settled } from '../endings.ts';
import { addTool, agentOf, support, toolOf } from './agents.ts';
import { calls, hangs, says } from './fake-model.ts';
import { record, type Recorded, runnerFor, stepsIn } from './program.ts';

const words = Array.from({ length: 1_000 }, (_, index) => `word-${index}`).join(' ');

describe('describe()', () => {
  it('leaves to the SDK what it does not know', async () => {
    const { parent, problems } = await record((lifecycle) =>
      withLifecycle(new Runner({ traceMetadata: { team: 'desk' } }), lifecycle, {
        describe: () => ({
          name: undefined,
          userId: undefined,
          tags: undefined,
          metadata: undefined,
          version: undefined,
        }),
      }).run(support(says('hi')), 'q'),
    );

    expect(problems).toEqual([]);
    expect(parent).toMatchObject({ name: 'support', input: 'q', metadata: { team: 'desk' } });
  });

  it.each([
    ['a text', 'support'],
    ['null', null],
    ['a list', ['support']],
    ['other fields', { framework: 'mine', runId: 'x', input: 'other', kind: 'tool' }],
  ])('is not believed when it gives %s', async (_what, answer) => {
    const { parent, problems } = await record((lifecycle) =>
      withLifecycle(new Runner(), lifecycle, { describe: () => answer as never }).run(
        support(says('hi')),
        'q',
      ),
    );

    expect(problems).toEqual([]);
    expect(parent).toMatchObject({
      name: 'support',
      kind: 'agent',
      input: 'q',
      metadata: { framework: 'openai-agents' },
    });
  });

  it('that answers with a promise is a diagnostic, and its rejection nobody’s', async () => {
    let recorded: Recorded | undefined;
    const describeLate = async (): Promise<never> => {
      throw new Error('no user');
    };

    const rejections = await unhandledRejectionsOf(async () => {
      recorded = await record((lifecycle) =>
        withLifecycle(new Runner(), lifecycle, { describe: describeLate as never }).run(
          support(says('hi')),
          'q',
        ),
      );
    });

    expect(rejections).toEqual([]);
    expect(recorded?.problems).toEqual([
      'describe failed: expected an object, received a promise; a run starts at once',
    ]);
    expect(recorded?.parent).toMatchObject({ name: 'support', output: 'hi' });
  });
});

describe('a runner', () => {
  it('that is wrapped again for its lifecycle is traced once, with the options of both', async () => {
    const { sink, parent } = await record((lifecycle) => {
      const once = withLifecycle(new Runner(), lifecycle, { describe: () => ({ userId: 'u' }) });
      return withLifecycle(withLifecycle(once, lifecycle), lifecycle).run(support(says('hi')), 'q');
    });

    expect(parent?.trace.userId).toBe('u');
    expect(stepsIn(sink)).toEqual(['support > support', 'support > generation']);
  });

  it('that is frozen is traced, and its methods are the same each time', async () => {
    const { outcome, parent } = await record(async (lifecycle) => {
      const runner = withLifecycle(Object.freeze(new Runner()), lifecycle);
      const { finalOutput } = await runner.run(support(says('hi')), Object.freeze([]) as never);
      return { finalOutput, isSame: runner.run === runner.run };
    });

    expect(outcome).toEqual({ resolved: { finalOutput: 'hi', isSame: true } });
    expect(parent).toMatchObject({ name: 'support', input: [] });
  });

  it('is heard once by two copies of the package, each run by the one that wrapped it', async () => {
    vi.resetModules();
    const copy = await import('../../../adapters/openai-agents/index.ts');

    const { sink, problems } = await record(async (lifecycle) => {
      await withLifecycle(new Runner(), lifecycle).run(
        support(calls('add', { number: 1 }), says('2')),
        'q',
      );
      await copy
        .withLifecycle(new Runner(), lifecycle)
        .run(support(calls('add', { number: 2 }), says('3')), 'q');
    });

    expect(copy.withLifecycle).not.toBe(withLifecycle);
    expect(problems).toEqual([]);
    expect(stepsIn(sink).filter((step) => step.endsWith('> add'))).toHaveLength(2);
    expect(sink.parents).toMatchObject([{ output: '2' }, { output: '3' }]);
  });
});

describe('many runs', () => {
  it('at once, each with the same tool called three times at once, keep their own', async () => {
    const { sink } = await record(async (lifecycle) => {
      const runner = runnerFor(lifecycle);
      await Promise.all(
        Array.from({ length: 40 }, (_, index) => {
          const asked = [1, 2, 3].flatMap((part) =>
            calls('add', { number: index * 10 + part }, `call-${part}`),
          );
          const script = [asked, says(`for ${index}`)];
          return runner.run(agentOf({ name: `agent-${index}`, script, tools: [addTool] }), 'q');
        }),
      );
    });

    expect(sink.parents).toHaveLength(40);
    for (const parent of sink.parents) {
      const index = Number(parent.name.slice('agent-'.length));
      const found = sink.childrenOf(parent).filter(({ kind }) => kind === 'tool');
      expect(parent.output).toBe(`for ${index}`);
      expect(new Set(found.map(({ output }) => JSON.stringify(output)))).toEqual(
        new Set([1, 2, 3].map((part) => JSON.stringify({ sum: index * 10 + part + 1 }))),
      );
    }
  });

  it('three deep are one trace', async () => {
    const { sink } = await record(async (lifecycle) => {
      const runner = runnerFor(lifecycle);
      const around = (name: string, inner: () => Promise<unknown>): (() => Promise<unknown>) => {
        const ask = toolOf(`ask_${name}`, async () => String(await inner()));
        const script = [calls(ask.name), says(`${name} is done`)];
        const agent = agentOf({ name, script, tools: [ask] });
        return async () => (await runner.run(agent, name)).finalOutput;
      };
      await around(
        'one',
        around(
          'two',
          around('three', async () => 'rows'),
        ),
      )();
    });

    expect(sink.parents.map(({ name }) => name)).toEqual(['one']);
    expect(stepsIn(sink)).toEqual(
      expect.arrayContaining(['ask_one > two', 'ask_two > three', 'three > ask_three']),
    );
  });
});

describe('a run', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'no city'],
    ['a frozen error', Object.freeze(new Error('no city'))],
  ])('throws on what its model throws: %s', async (_what, thrown) => {
    const { outcome, parent, problems } = await record((lifecycle) => {
      const agent = agentOf({ script: [() => Promise.reject(thrown)] });
      const running = runnerFor(lifecycle).run(agent, 'q');
      return running.catch((error: unknown) => [error]);
    });

    expect(outcome).toEqual({ resolved: [thrown] });
    expect(problems).toEqual([]);
    expect(parent?.metadata).toMatchObject({ status: 'error', reason: 'exception' });
  });

  it.each([
    ['a promise', false],
    ['a stream that nobody reads', true],
  ])(
    'that fails and is never awaited leaves the same rejections as without us: %s',
    async (_what, stream) => {
      const failing = () => support(new Error('the model is down'));
      const start = (runner: Runner): unknown =>
        stream
          ? runner.run(failing(), 'q', { stream: true }).then(() => {})
          : void runner.run(failing(), 'q');

      const sink = memorySink();
      const lifecycle = createLifecycle({ sink });
      const withUs = await unhandledRejectionsOf(() => start(runnerFor(lifecycle)));
      const without = await unhandledRejectionsOf(() => start(new Runner()));
      await lifecycle.flush();

      expect(withUs.map(String)).toEqual(without.map(String));
      expect(sink.parents).toMatchObject([{ metadata: { reason: 'exception' } }]);
    },
  );

  it('gives every one of a thousand chunks', async () => {
    const read = async (runner: Runner): Promise<string> => {
      const result = await runner.run(support(says(words)), 'q', { stream: true });
      let text = '';
      for await (const chunk of result.toTextStream()) text += chunk;
      return text;
    };

    const { outcome, parent } = await record((lifecycle) => read(runnerFor(lifecycle)));

    expect(outcome).toEqual({ resolved: words });
    expect(parent).toMatchObject({ output: words });
  });

  it('that is aborted while two tools run leaves both as steps that were stopped', async () => {
    const controller = new AbortController();
    let running = 0;
    const slow = toolOf(
      'slow',
      async (_input, _context, details) => {
        running += 1;
        if (running === 2) controller.abort();
        return await hangs({ signal: details?.signal } as never);
      },
      { errorFunction: null },
    );
    const script = [[...calls('slow', {}, 'c1'), ...calls('slow', {}, 'c2')]];

    const { sink, outcome, parent } = await record((lifecycle) =>
      runnerFor(lifecycle).run(agentOf({ script, tools: [slow] }), 'q', {
        signal: controller.signal,
      }),
    );

    expect(outcome).toMatchObject({ rejected: { name: 'AbortError' } });
    expect(parent?.metadata).toMatchObject({ reason: 'aborted' });
    const slowSteps = sink.records.filter(
      ({ name, phase }) => name === 'slow' && phase === 'ended',
    );
    expect(slowSteps).toMatchObject([{ level: 'WARNING' }, { level: 'WARNING' }]);
  });

  it.each([
    ['a promise', undefined],
    ['a stream', { stream: true } as const],
  ])('gives its caller what comes after shutdown(): %s', async (_what, options) => {
    const sink = memorySink();
    const problems: string[] = [];
    const lifecycle = createLifecycle({
      sink,
      onDiagnostic: ({ severity, message }) => severity === 'error' && problems.push(message),
    });
    const asked = deferred();
    const answer = deferred<ReturnType<typeof says>>();
    const agent = agentOf({
      name: 'slow',
      script: [
        () => {
          asked.resolve();
          return answer.promise;
        },
      ],
    });
    const running: Promise<{ readonly finalOutput?: unknown; readonly completed?: unknown }> =
      options === undefined
        ? runnerFor(lifecycle).run(agent, 'q')
        : runnerFor(lifecycle).run(agent, 'q', options);
    await asked.promise;

    await lifecycle.shutdown();
    answer.resolve(says('at last'));
    const result = await running;
    await result.completed;

    expect(result.finalOutput).toBe('at last');
    expect(sink.parents).toMatchObject([{ name: 'slow', metadata: { reason: 'never_ended' } }]);
    expect(problems).toEqual([]);
  });

  it('is not recorded at a rate of 0, and runs as ever', async () => {
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink, sampling: { rate: 0 } });

    const result = await settled(
      runnerFor(lifecycle)
        .run(support(calls('add', { number: 1 }), says('2')), 'q')
        .then(({ finalOutput }) => finalOutput),
    );
    await lifecycle.shutdown();

    expect(result).toEqual({ resolved: '2' });
    expect(sink.records).toEqual([]);
  });
});
