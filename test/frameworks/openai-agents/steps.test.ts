import {
  Agent,
  withCustomSpan,
  withMCPListToolsSpan,
  withTrace,
  withTranscriptionSpan,
} from '@openai/agents';
import { describe, expect, it } from 'vitest';

import { calls, says, scriptedModel } from './fake-model.ts';
import { addTool, failingTool, fatalTool, support, toolOf, usesOnce } from './agents.ts';
import { oneTool, record, runnerFor, stepsIn } from './program.ts';

describe('the steps of a run', () => {
  it('of two runs at the same time are kept apart', async () => {
    const { sink } = await record(async (lifecycle) => {
      const runner = runnerFor(lifecycle);
      await Promise.all([
        runner.run(support(calls('add', { number: 1 }), says('two')), 'one'),
        runner.run(support(calls('add', { number: 5 }), says('six')), 'five'),
      ]);
    });

    const inputsOf = (answer: string): unknown => {
      const parent = sink.parents.find(({ output }) => output === answer);
      return parent && sink.childrenOf(parent).find(({ kind }) => kind === 'tool')?.input;
    };
    expect([inputsOf('two'), inputsOf('six')]).toEqual([{ number: 1 }, { number: 5 }]);
  });

  it('include spans of your own', async () => {
    const { sink } = await record(async (lifecycle) => {
      const search = toolOf('search', () =>
        withCustomSpan(async () => 'found', { data: { name: 'index', data: { shard: 3 } } }),
      );
      await runnerFor(lifecycle).run(usesOnce(search, says('done')), 'q');
    });

    expect(stepsIn(sink)).toContain('search > index');
    expect(sink.records.find(({ name }) => name === 'index')).toMatchObject({ kind: 'span' });
  });

  it('include what the SDK tells of MCP servers and of voice, without the sound', async () => {
    const listen = toolOf('listen', async () => {
      await withMCPListToolsSpan(async ({ spanData }) => void (spanData.result = ['read']), {
        data: { server: 'files' },
      });
      await withTranscriptionSpan(async ({ spanData }) => void (spanData.output = 'hello'), {
        data: { input: { data: 'c291bmQ=', format: 'pcm' }, model: 'whisper-1' },
      });
      return 'heard';
    });

    const { sink } = await record((lifecycle) =>
      runnerFor(lifecycle).run(usesOnce(listen, says('done')), 'q'),
    );

    const found = (name: string): unknown => sink.records.findLast((one) => one.name === name);
    expect(found('list MCP tools')).toMatchObject({
      metadata: { server: 'files', tools: ['read'] },
    });
    expect(found('transcription')).toMatchObject({
      kind: 'generation',
      model: 'whisper-1',
      output: 'hello',
    });
    expect(JSON.stringify(sink.records)).not.toContain('c291bmQ=');
  });

  it('keep no headers that a model puts into its settings', async () => {
    const { sink } = await record((lifecycle) =>
      runnerFor(lifecycle).run(support(says('hi')), 'q'),
    );

    expect(sink.records.findLast(({ kind }) => kind === 'generation')).toMatchObject({
      model: 'toy-1',
      modelParameters: { temperature: 0.5 },
    });
    expect(JSON.stringify(sink.records)).not.toContain('authorization');
  });

  it('do not include spans around the run', async () => {
    const { sink } = await record((lifecycle) =>
      withTrace('desk', () =>
        withCustomSpan(() => runnerFor(lifecycle).run(support(says('hi')), 'q'), {
          data: { name: 'request', data: {} },
        }),
      ),
    );

    expect(stepsIn(sink).toSorted()).toEqual(['support > generation', 'support > support']);
  });

  it('are the same without spans for tasks and turns', async () => {
    const { sink } = await record((lifecycle) =>
      runnerFor(lifecycle, { tracing: { includeTaskAndTurnSpans: false } }).run(
        support(calls('add', { number: 1 }), says('two')),
        'q',
      ),
    );

    expect(stepsIn(sink).toSorted()).toEqual(oneTool);
  });

  it('say what a fatal tool threw, and for the default error function what the SDK leaves of it', async () => {
    const run = (which: typeof fatalTool): Promise<unknown> =>
      record((lifecycle) => runnerFor(lifecycle).run(usesOnce(which, says('sorry')), 'q')).then(
        ({ sink }) => sink.records.findLast(({ kind }) => kind === 'tool')?.output,
      );

    expect(await run(fatalTool)).toMatchObject({
      error: { type: 'TypeError', message: 'no such city' },
    });
    expect(await run(failingTool)).toMatchObject({
      error: { message: 'Tool execution failed. Error details are redacted.' },
      partialOutput: 'An error occurred while running the tool. Please try again.',
    });
  });
});

describe('a model that makes no spans', () => {
  it('is seen by what each turn used, without what inner agents used in it', async () => {
    const silent = { spans: false };
    const inner = new Agent({ name: 'inner', model: scriptedModel([says('facts')], silent) });
    const outer = new Agent({
      name: 'outer',
      model: scriptedModel([calls('ask', { input: 'x' }), says('done')], silent),
      tools: [inner.asTool({ toolName: 'ask', toolDescription: 'asks' })],
    });

    const { sink } = await record((lifecycle) => runnerFor(lifecycle).run(outer, 'q'));

    const generations = sink.records.filter(({ kind }) => kind === 'generation');
    expect(generations.map(({ usage }) => usage)).toEqual(
      Array.from({ length: 3 }, () => ({ input: 10, output: 5, cacheRead: 4 })),
    );
    expect(generations[0]?.metadata).toEqual({ told_by: 'turn' });
    expect(stepsIn(sink).filter((step) => step.endsWith('generation'))).toEqual(
      expect.arrayContaining(['outer > generation', 'inner > generation']),
    );
  });

  it('ends its generation where its first tool begins', async () => {
    const { sink } = await record((lifecycle) =>
      runnerFor(lifecycle).run(
        new Agent({
          name: 'support',
          model: scriptedModel([calls('add', { number: 1 }), says('two')], { spans: false }),
          tools: [addTool],
        }),
        'q',
      ),
    );

    const add = sink.records.find(({ name }) => name === 'add');
    const first = sink.records.find(({ kind }) => kind === 'generation');
    expect(first).toMatchObject({ phase: 'ended', endTime: add?.startTime });
  });
});
