import { type Agent, run as agentsRun, Runner, getGlobalTraceProvider } from '@openai/agents';
import { describe, expect, it } from 'vitest';

import {
  type AgentRun,
  type AgentRunner,
  type AgentTraceProvider,
  withLifecycle,
} from '../../../adapters/openai-agents/index.ts';
import { ConfigError, createLifecycle, type Lifecycle, memorySink } from '../../../src/index.ts';
import { calls, says } from './fake-model.ts';
import { support } from './agents.ts';
import { record, runnerFor } from './program.ts';

// The SDK's own types fit what we ask for.
const realRunner = new Runner() satisfies AgentRunner;
const realRun = agentsRun satisfies AgentRun;
const realProvider = getGlobalTraceProvider() satisfies AgentTraceProvider;

const lifecycle = (): Lifecycle => createLifecycle({ sink: memorySink() });

describe('a wrapped runner', () => {
  it('is a Runner with everything that a Runner has', () => {
    const runner = withLifecycle(realRunner, lifecycle());

    expect(runner).toBeInstanceOf(Runner);
    expect(runner.constructor).toBe(Runner);
    expect(runner.config).toBe(realRunner.config);
    const methods = (of: Runner): readonly unknown[] =>
      ['run', 'on'].map((key) => Reflect.get(of, key));
    expect(methods(runner)).toEqual(methods(runner));
    expect([runner.run.name, runner.run.length]).toEqual([
      realRunner.run.name,
      realRunner.run.length,
    ]);
    expect(Object.keys(runner)).toEqual(Object.keys(realRunner));
  });

  it('leaves the runner itself as it is', async () => {
    const { sink } = await record(async (traced) => {
      const runner = new Runner();
      const before = Object.getOwnPropertyNames(runner);
      withLifecycle(runner, traced);

      expect(Object.getOwnPropertyNames(runner)).toEqual(before);
      return await runner.run(support(says('hi')), 'q');
    });

    expect(sink.records).toEqual([]);
  });

  it('has hooks: both ways of listening hear the runs of both', async () => {
    const heard: string[] = [];

    await record(async (traced) => {
      const runner = new Runner();
      const wrapped = withLifecycle(runner, traced);
      runner.on('agent_start', (_, { name }) => heard.push(`runner ${name}`));
      wrapped.on('agent_tool_end', (_, __, { name }, output) => heard.push(`${name} ${output}`));
      await wrapped.run(support(calls('add', { number: 1 }), says('two')), 'q');
    });

    expect(heard).toEqual(['runner support', 'add {"sum":2}']);
  });

  it('runs the methods of a class of yours, private fields included', async () => {
    class Desk extends Runner {
      #open = true;

      isOpen(): boolean {
        return this.#open;
      }

      set open(open: boolean) {
        this.#open = open;
      }
    }
    const desk = withLifecycle(new Desk(), lifecycle());

    const before = desk.isOpen();
    desk.open = false;

    expect([before, desk.isOpen()]).toEqual([true, false]);
  });

  it('does not trace what a method of your class runs on the runner itself', async () => {
    class Desk extends Runner {
      async answer(agent: Agent): Promise<unknown> {
        return (await this.run(agent, 'q')).finalOutput;
      }
    }

    const { outcome, sink } = await record((traced) =>
      withLifecycle(new Desk(), traced).answer(support(says('hi'))),
    );

    expect(outcome).toEqual({ resolved: 'hi' });
    expect(sink.records).toEqual([]);
  });

  it('gives the very result, with the very state, and the very error', async () => {
    const failure = new Error('no GPU');
    const context = { user: 'u' };

    await record(async (traced) => {
      const runner = runnerFor(traced);
      const agent = support(says('hi'), failure);

      const result = await runner.run(agent, 'q', { context });
      const rejection = runner.run(agent, 'q');

      await expect(rejection).rejects.toBe(failure);
      expect(result.constructor.name).toBe('RunResult');
      expect(result.lastAgent).toBe(agent);
      expect(result.runContext.context).toBe(context);
      expect(Object.getOwnPropertyNames(result)).toEqual(['state']);
    });
  });

  it('gives the very stream', async () => {
    await record(async (traced) => {
      const result = await runnerFor(traced).run(support(says('hi')), 'q', { stream: true });

      expect(result.completed).toBe(result.completed);
      expect(result.toStream()).toBe(result.toStream());
      expect(Object.getOwnPropertyNames(result).toSorted()).toEqual([
        'currentTurn',
        'maxTurns',
        'state',
      ]);
      await result.completed;
    });
  });

  it('may be wrapped for two lifecycles, and both hear everything once', async () => {
    const other = memorySink();
    const second = createLifecycle({ sink: other });

    const { sink } = await record((first) =>
      withLifecycle(withLifecycle(new Runner(), first), second).run(
        support(calls('add', { number: 1 }), says('two')),
        'q',
      ),
    );
    await second.shutdown();

    const names = (from: typeof sink): readonly string[] =>
      from.records.flatMap(({ phase, name }) => (phase === 'ended' ? [name] : [])).toSorted();
    expect(names(sink)).toEqual(['add', 'generation', 'generation', 'support', 'support']);
    expect(names(other)).toEqual(names(sink));
  });

  it('is the runner itself when nothing is recorded', () => {
    const off = createLifecycle({
      sink: { name: 'off', disabled: { message: 'no keys' }, send: async () => [] },
    });

    expect(withLifecycle(realRunner, off)).toBe(realRunner);
  });
});

describe('the wrapped run of the SDK', () => {
  it('is a function of the same name', () => {
    const run = withLifecycle(realRun, lifecycle());

    expect([run.name, run.length]).toEqual([realRun.name, realRun.length]);
  });
});

describe('wrapping', () => {
  it.each([
    ['no runner', () => withLifecycle({} as Runner, lifecycle()), 'runner: expected a Runner'],
    ['null', () => withLifecycle(null as unknown as Runner, lifecycle()), 'received null'],
    ['no lifecycle', () => withLifecycle(realRunner, {} as Lifecycle), 'lifecycle: expected'],
    [
      'a describe that is no function',
      () => withLifecycle(realRunner, lifecycle(), { describe: 'me' as unknown as () => object }),
      'describe: expected a function, received string.',
    ],
    [
      'another trace provider',
      () =>
        withLifecycle(realRunner, lifecycle(), {
          traceProvider: {} as unknown as AgentTraceProvider,
        }),
      'traceProvider: expected',
    ],
  ])('%s is refused', (_what, wrap, message) => {
    expect(wrap).toThrow(ConfigError);
    expect(wrap).toThrow(message);
  });

  it('takes the trace provider that it is given', () => {
    const wrap = (): Runner =>
      withLifecycle(realRunner, lifecycle(), { traceProvider: realProvider });

    expect(wrap).not.toThrow();
  });
});
