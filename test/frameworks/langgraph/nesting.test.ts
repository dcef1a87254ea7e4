import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { tool } from '@langchain/core/tools';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { adapterPort } from '../../../src/index.ts';
import { observed } from './observed.ts';
import { agentOf, lookUp, question, search } from './agents.ts';
import { calls, says, ScriptedModel } from './scripted-model.ts';

/** A tool that calls code of the program. */
function toolOf(name: string, fn: () => unknown) {
  return tool(async () => String(await fn()), { name, description: name, schema: z.object({}) });
}

function agentWith(fn: () => unknown) {
  const tools = [toolOf('work', fn)];
  return agentOf([calls(['work', {}]), says('done')], { name: 'boss', tools });
}

const inWork = ['boss', 'tools', 'work'];

describe('an agent inside a run of the program', () => {
  it('is a child of it, and belongs to its conversation', async () => {
    const { lifecycle, callbacks, sink, path, record } = observed();
    const agent = agentOf([says('hi')], { name: 'helper' });
    const config = { callbacks, configurable: { thread_id: 'thread-1' } };

    await lifecycle.run({ name: 'request', conversationId: 'chat-7' }, async (run) => {
      await run.step({ name: 'answer' }, () => agent.invoke(question, config));
    });
    await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name)).toEqual(['request']);
    expect(path('helper')).toEqual(['request', 'answer', 'helper']);
    expect(record('helper')).toMatchObject({
      role: 'child-run',
      trace: { conversationId: 'chat-7' },
      metadata: { conversation_id_conflict: ['langgraph.thread_id'], status: 'completed' },
    });
  });
});

describe('code of the program inside a tool', () => {
  it('finds the tool with lifecycle.run', async () => {
    const { lifecycle, callbacks, sink, path } = observed();
    const work = () =>
      lifecycle.run({ name: 'inner' }, (run) => run.step({ name: 'query' }, () => 'rows'));

    await agentWith(work).invoke(question, { callbacks });
    await lifecycle.flush();

    expect(path('query')).toEqual([...inWork, 'inner', 'query']);
    expect(sink.parents).toHaveLength(1);
  });

  it('adds steps to the run that it finds with lifecycle.currentRun', async () => {
    const { lifecycle, callbacks, path } = observed();
    const work = () => lifecycle.currentRun()?.step({ name: 'query' }, () => 'rows');

    await agentWith(work).invoke(question, { callbacks });
    await lifecycle.flush();

    expect(path('query')).toEqual([...inWork, 'query']);
  });

  it('finds the tool through another framework', async () => {
    const { lifecycle, callbacks, path } = observed();
    const port = adapterPort(lifecycle);
    const work = () => {
      const { runId } = port.startRun({ name: 'other agent', framework: 'toy' });
      port.emit({ type: 'run-end', runId, timestamp: port.now(), status: 'completed' });
    };

    await agentWith(work).invoke(question, { callbacks });
    await lifecycle.flush();

    expect(path('other agent')).toEqual([...inWork, 'other agent']);
  });

  it('finds its own tool when two run at the same time', async () => {
    const { lifecycle, callbacks, path } = observed();
    const pause = barrier(2);
    const traced = (name: string) => () =>
      lifecycle.run({ name }, async () => {
        await pause();
        return name;
      });
    const model = new ScriptedModel([calls(['left', {}], ['right', {}]), says('done')]);
    const tools = [toolOf('left', traced('in left')), toolOf('right', traced('in right'))];

    await createAgent({ name: 'boss', model, tools }).invoke(question, { callbacks });
    await lifecycle.flush();

    expect(path('in left')).toEqual(['boss', 'tools', 'left', 'in left']);
    expect(path('in right')).toEqual(['boss', 'tools', 'right', 'in right']);
  });

  it('finds its node in a graph', async () => {
    const { lifecycle, callbacks, path } = observed();
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('work', () => {
        lifecycle.run({ name: 'inner' }, () => 'done');
        return {};
      })
      .addEdge(START, 'work')
      .compile({ name: 'desk' });

    await graph.invoke(question, { callbacks });
    await lifecycle.flush();

    expect(path('inner')).toEqual(['desk', 'work', 'inner']);
  });

  it('is outside again when the agent is done', async () => {
    const { lifecycle, callbacks } = observed();

    await agentWith(() => 'done').invoke(question, { callbacks });

    expect(lifecycle.currentRun()).toBeUndefined();
  });
});

describe('code of the program inside a tool of @langchain/core alone', () => {
  it('does not find its place, because there is no async context', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      `
        import { tool } from '@langchain/core/tools';
        import { lifecycleHandler } from './adapters/langgraph/index.ts';
        import { createLifecycle, memorySink } from './src/index.ts';

        const sink = memorySink();
        const lifecycle = createLifecycle({ sink });
        const work = tool(() => lifecycle.run({ name: 'inner' }, () => 'done'), { name: 'work' });
        await work.invoke('go', { callbacks: [lifecycleHandler(lifecycle)] });
        await lifecycle.shutdown();
        console.log(sink.parents.map(({ name }) => name).toSorted().join());
      `,
    ]);

    expect(stdout.trim()).toBe('inner,work');
  });
});

describe('an agent with callbacks of its own inside a tool', () => {
  it.each([
    ['in its call', (callbacks: object): readonly [object, object] => [{}, callbacks]],
    ['by withConfig', (callbacks: object): readonly [object, object] => [callbacks, {}]],
  ] as const)('given %s is found inside the tool', async (_how, place) => {
    const { lifecycle, callbacks, sink, path } = observed();
    const [configured, called] = place({ callbacks });
    const inner = agentOf([lookUp(), says('On Monday.')], {
      name: 'researcher',
      tools: [search],
    }).withConfig(configured);

    await agentWith(() => inner.invoke(question, called)).invoke(question, { callbacks });
    await lifecycle.flush();

    expect(path('search')).toEqual([...inWork, 'researcher', 'tools', 'search']);
    expect(sink.parents).toHaveLength(1);
  });

  it('is a trace of its own when the outer one is not traced', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const inner = agentOf([says('hi')], { name: 'researcher' });

    await agentWith(() => inner.invoke(question, { callbacks })).invoke(question);
    await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name)).toEqual(['researcher']);
  });
});

describe('what goes on after a run is over', () => {
  it('is no run of its own', async () => {
    const { lifecycle, callbacks, sink, diagnostics } = observed();
    const controller = new AbortController();
    const late: Promise<unknown>[] = [];
    const model = new ScriptedModel([says('too late')]);
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('work', async ({ messages }, config) => {
        setImmediate(() => controller.abort());
        // It does not look at the signal.
        const answer = settle()
          .then(settle)
          .then(() => model.invoke(messages, { ...config, signal: undefined as never }));
        late.push(answer);
        return { messages: [await answer] };
      })
      .addEdge(START, 'work')
      .compile();

    await expect(graph.invoke(question, { callbacks, signal: controller.signal })).rejects.toThrow(
      'aborted',
    );
    await Promise.all(late);
    await lifecycle.shutdown();

    expect(sink.parents).toHaveLength(1);
    expect(sink.parents[0]).toMatchObject({ metadata: { reason: 'aborted' } });
    expect(diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });
});

function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Lets nobody through before that many have come. */
function barrier(count: number): () => Promise<void> {
  let come = 0;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    come += 1;
    if (come === count) open();
    return opened;
  };
}
