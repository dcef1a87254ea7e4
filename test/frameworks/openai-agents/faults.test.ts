import { Runner } from '@openai/agents';
import { describe, expect, it } from 'vitest';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import { createLifecycle, memorySink } from '../../../src/index.ts';
import { deferred } from '../../deferred.ts';
import { collectGarbageUntil } from '../../garbage.ts';
import { agentOf } from './agents.ts';
import { hangs, says } from './fake-model.ts';
import { record, runnerFor } from './program.ts';

const support = () => agentOf({ script: [says('hi')] });

describe('a run', () => {
  it('is described by the program: name, user, tags, metadata, version', async () => {
    const { parent } = await record((lifecycle) =>
      withLifecycle(new Runner({ traceMetadata: { team: 'desk', plan: 'free' } }), lifecycle, {
        describe: ({ agentName, input, context }) => ({
          name: `${agentName}: ${String(input)}`,
          userId: String(context),
          tags: ['beta'],
          metadata: { plan: 'paid' },
          version: '2.1',
        }),
      }).run(support(), 'q', { context: 'user-7' }),
    );

    expect(parent).toMatchObject({
      name: 'support: q',
      trace: { userId: 'user-7', tags: ['beta'], version: '2.1' },
      metadata: { framework: 'openai-agents', team: 'desk', plan: 'paid' },
    });
  });

  it('is told without what a failing describe() would have said', async () => {
    const { outcome, parent, problems } = await record((lifecycle) =>
      withLifecycle(new Runner(), lifecycle, {
        describe: () => {
          throw new Error('no user');
        },
      })
        .run(support(), 'q')
        .then(({ finalOutput }) => finalOutput),
    );

    expect(outcome).toEqual({ resolved: 'hi' });
    expect(problems).toEqual(['describe failed: no user']);
    expect(parent).toMatchObject({ name: 'support', output: 'hi' });
  });

  it('does not fail because of values that cannot be read', async () => {
    const hostile = new Proxy(
      {},
      {
        get(_target, key) {
          // What is awaited is asked for this.
          if (key === 'then') return undefined;
          throw new Error('hands off');
        },
        getPrototypeOf() {
          throw new Error('hands off');
        },
      },
    );

    const { outcome, parent, problems } = await record((lifecycle) =>
      withLifecycle(
        { run: async (...args: readonly unknown[]) => (args.length === 3 ? hostile : undefined) },
        lifecycle,
      )
        .run(hostile as never, hostile as never, hostile as never)
        .then((result) => result === hostile),
    );

    expect(outcome).toEqual({ resolved: true });
    expect(problems).toEqual([]);
    expect(parent).toMatchObject({ name: 'agent', metadata: { status: 'completed' } });
  });

  it('tells a runner that throws at once, and lets it throw', async () => {
    const failure = new Error('not now');
    const { outcome, parent } = await record(async (lifecycle) => {
      const runner = withLifecycle(
        {
          run(): Promise<unknown> {
            throw failure;
          },
        },
        lifecycle,
      );
      return await runner.run();
    });

    expect(outcome).toMatchObject({ rejected: { message: 'not now' } });
    expect(parent?.metadata).toMatchObject({ status: 'error', reason: 'exception' });
  });

  it('that is open at shutdown() ends as never_ended, its steps closed with it', async () => {
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink, onDiagnostic: () => {} });
    const controller = new AbortController();
    const asked = deferred();
    const agent = agentOf({
      script: [
        (request) => {
          asked.resolve();
          return hangs(request);
        },
      ],
    });
    const running = runnerFor(lifecycle).run(agent, 'q', { signal: controller.signal });
    await asked.promise;

    await lifecycle.shutdown();
    controller.abort();

    await expect(running).rejects.toThrow('aborted');
    expect(sink.parents).toMatchObject([
      { name: 'support', input: 'q', metadata: { status: 'error', reason: 'never_ended' } },
    ]);
    expect(sink.records.findLast(({ kind }) => kind === 'generation')).toMatchObject({
      phase: 'ended',
      level: 'WARNING',
    });
  });

  it('leaves nothing of the program behind', async () => {
    const lifecycle = createLifecycle({ sink: memorySink() });
    const runner = runnerFor(lifecycle);
    const collected: string[] = [];
    const registry = new FinalizationRegistry((what: string) => collected.push(what));
    await (async () => {
      const agent = support();
      const context = { user: 'u' };
      const result = await runner.run(agent, 'q', { context });
      registry.register(agent, 'agent');
      registry.register(context, 'context');
      registry.register(result, 'result');
      registry.register(result.state, 'state');
    })();

    await collectGarbageUntil(() => collected.length === 4);

    expect(collected.toSorted()).toEqual(['agent', 'context', 'result', 'state']);
    await lifecycle.shutdown();
  });
});
