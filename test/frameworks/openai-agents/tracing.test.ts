import {
  addTraceProcessor,
  getGlobalTraceProvider,
  Runner,
  setTraceProcessors,
  setTracingDisabled,
  type TracingProcessor,
} from '@openai/agents';
import { afterEach, describe, expect, it } from 'vitest';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import { fatalTool, support, toolOf, triage, usesOnce } from './agents.ts';
import { calls, says, soon } from './fake-model.ts';
import { oneTool, record, runnerFor, stepsIn } from './program.ts';

afterEach(() => {
  setTraceProcessors([]);
  setTracingDisabled(false);
});

/** A processor of the program. */
function processor(onSpan: (name: string) => Promise<void> | void): TracingProcessor {
  return {
    async onTraceStart() {},
    async onTraceEnd() {},
    async onSpanStart({ spanData }) {
      await onSpan(`start ${spanData.type}`);
    },
    async onSpanEnd({ spanData }) {
      await onSpan(`end ${spanData.type}`);
    },
    async shutdown() {},
    async forceFlush() {},
  };
}

describe('the processors of the SDK', () => {
  it('stay as they are, and ours is added once for all runners and lifecycles', async () => {
    const told: string[] = [];
    setTraceProcessors([processor((name) => void told.push(name))]);

    const first = await record(async (lifecycle) => {
      const agent = support(calls('add', { number: 1 }), says('two'));
      withLifecycle(new Runner(), lifecycle);
      await runnerFor(lifecycle).run(agent, 'q');
    });
    const second = await record((lifecycle) =>
      runnerFor(lifecycle).run(support(calls('add', { number: 1 }), says('two')), 'q'),
    );

    expect(told.filter((name) => name === 'start function')).toHaveLength(2);
    expect([stepsIn(first.sink).toSorted(), stepsIn(second.sink).toSorted()]).toEqual([
      oneTool,
      oneTool,
    ]);
  });

  it('may be set after a runner was wrapped: ours is there again for the next run', async () => {
    const { sink } = await record(async (lifecycle) => {
      const runner = runnerFor(lifecycle);
      setTraceProcessors([]);
      await runner.run(support(calls('add', { number: 1 }), says('two')), 'q');
    });

    expect(stepsIn(sink).toSorted()).toEqual(oneTool);
  });

  it('may be shut down by the SDK: each span is told once all the same', async () => {
    const { sink, problems } = await record(async (lifecycle) => {
      const runner = runnerFor(lifecycle);
      await getGlobalTraceProvider().shutdown();
      await runner.run(support(calls('add', { number: 1 }), says('two')), 'q');
    });

    expect(problems).toEqual([]);
    expect(stepsIn(sink).toSorted()).toEqual(oneTool);
  });

  it('may be slow: what runs in a tool is found below it nevertheless', async () => {
    setTraceProcessors([
      processor(async () => {
        for (let turn = 0; turn < 3; turn += 1) await soon();
      }),
    ]);

    const { sink } = await record(async (lifecycle) => {
      const search = toolOf('search', () => lifecycle.run({ name: 'retrieval' }, () => 'found'));
      await runnerFor(lifecycle).run(usesOnce(search, says('done')), 'q');
    });

    expect(stepsIn(sink)).toContain('search > retrieval');
  });
});

describe('a processor before ours', () => {
  it('may tell starts later than ends: each step has its end', async () => {
    setTraceProcessors([
      processor(async (name) => {
        if (name.startsWith('start')) await soon();
      }),
    ]);

    const { sink } = await record(async (lifecycle) => {
      await runnerFor(lifecycle).run(support(calls('add', { number: 1 }), says('two')), 'q');
      for (let turn = 0; turn < 3; turn += 1) await soon();
    });

    expect(stepsIn(sink).toSorted()).toEqual(oneTool);
    expect(sink.records.map(({ level }) => level)).not.toContain('WARNING');
    expect(sink.records.find(({ name }) => name === 'add')).toMatchObject({
      phase: 'ended',
      output: { sum: 2 },
    });
  });
});

describe('without tracing', () => {
  const handingOver = () => triage(calls('add', { number: 1 }));

  it.each([
    ['by setTracingDisabled(true)', {}, () => setTracingDisabled(true)],
    ['by tracingDisabled on the runner', { tracingDisabled: true }, () => {}],
  ])('(%s) tools and handoffs are steps by the hooks of the runner', async (_, config, off) => {
    off();

    const { sink, parent, problems } = await record((lifecycle) =>
      runnerFor(lifecycle, config).run(handingOver(), 'q'),
    );

    expect(problems).toEqual([]);
    expect(stepsIn(sink)).toEqual(['triage > add', 'triage > handoff to billing']);
    expect(sink.records.find(({ name }) => name === 'add')).toMatchObject({
      kind: 'tool',
      input: { number: 1 },
      output: { sum: 2 },
    });
    expect(parent).toMatchObject({
      input: 'q',
      output: 'paid',
      metadata: { last_agent: 'billing', usage: { requests: 3, input: 30, output: 15 } },
    });
  });

  it('the error of a tool is its output, as the hook tells it', async () => {
    setTracingDisabled(true);

    const { sink, parent } = await record((lifecycle) =>
      runnerFor(lifecycle).run(usesOnce(fatalTool), 'q'),
    );

    expect(parent?.metadata).toMatchObject({ status: 'error', reason: 'tool_error' });
    expect(sink.records.findLast(({ name }) => name === 'fail')).toMatchObject({
      phase: 'ended',
      output: 'TypeError: no such city',
    });
  });

  it('a listener is added to a runner once, however often it is wrapped', async () => {
    const runner = new Runner();
    setTracingDisabled(true);

    const { sink } = await record(async (lifecycle) => {
      withLifecycle(runner, lifecycle);
      await withLifecycle(runner, lifecycle).run(handingOver(), 'q');
    });

    expect(stepsIn(sink)).toEqual(['triage > add', 'triage > handoff to billing']);
  });
});

describe('a trace provider that is handed over', () => {
  it('gives the steps', async () => {
    const { sink } = await record((lifecycle) =>
      withLifecycle(new Runner(), lifecycle, { traceProvider: getGlobalTraceProvider() }).run(
        support(says('hi')),
        'q',
      ),
    );

    expect(stepsIn(sink).toSorted()).toEqual(['support > generation', 'support > support']);
  });

  it('has no other processors taken away', async () => {
    const told: string[] = [];
    addTraceProcessor(processor((name) => void told.push(name)));

    await record((lifecycle) =>
      withLifecycle(new Runner(), lifecycle, { traceProvider: getGlobalTraceProvider() }).run(
        support(says('hi')),
        'q',
      ),
    );

    expect(told).toContain('end task');
  });
});
