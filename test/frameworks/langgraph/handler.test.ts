import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Callbacks } from '@langchain/core/callbacks/manager';
import { registerConfigureHook, setContextVariable } from '@langchain/core/context';
import { RunnableLambda } from '@langchain/core/runnables';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { lifecycleHandler } from '../../../adapters/langgraph/index.ts';
import { type Clock, ConfigError, type Lifecycle } from '../../../src/index.ts';
import { observed } from './observed.ts';
import { agentOf, lookUp, question, search } from './agents.ts';
import { toWords } from './seen.ts';
import { says } from './scripted-model.ts';

function agent() {
  return agentOf([lookUp(), says('On Monday.')], { name: 'helper', tools: [search] });
}

const answered = [
  ['human', 'Where is my parcel?'],
  ['ai', ''],
  ['tool', 'found parcel'],
  ['ai', 'On Monday.'],
];

describe('the handler', () => {
  it('has the types that LangChain asks for', () => {
    const { lifecycle } = observed();

    expect([lifecycleHandler(lifecycle)] satisfies Callbacks).toHaveLength(1);
  });

  it('is refused what is no lifecycle', () => {
    expect(() => lifecycleHandler({} as Lifecycle)).toThrow(ConfigError);
  });

  it('works by withConfig of an agent, of a graph and of a chain', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('greet', () => ({ messages: [says('hi')] }))
      .addEdge(START, 'greet')
      .compile({ name: 'desk' });
    const chain = RunnableLambda.from((text: string) => text);

    await agent().withConfig({ callbacks }).invoke(question);
    await graph.withConfig({ callbacks }).invoke(question);
    await chain.withConfig({ callbacks, runName: 'echo' }).invoke('a');
    await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name)).toEqual(['helper', 'desk', 'echo']);
  });

  it('records a run once that it is given to twice', async () => {
    const { lifecycle, callbacks, sink, diagnostics } = observed();
    const another = lifecycleHandler(lifecycle);

    await agent()
      .withConfig({ callbacks })
      .invoke(question, { callbacks: [...callbacks, another] });
    await lifecycle.flush();

    expect(sink.parents).toHaveLength(1);
    expect(sink.records.filter(({ kind }) => kind === 'tool')).toHaveLength(1);
    expect(diagnostics).toEqual([]);
  });

  it('records nothing and asks for no calls when nothing is sent', async () => {
    const off = { name: 'off', disabled: { message: 'no keys' }, send: async () => [] };
    const { handler, callbacks, sink } = observed({ sink: off });

    const state = await agent().invoke(question, { callbacks });

    expect(toWords(state)).toEqual({ messages: answered });
    expect(handler).toMatchObject({
      ignoreChain: true,
      ignoreLLM: true,
      ignoreAgent: true,
      ignoreRetriever: true,
    });
    expect(sink.records).toEqual([]);
  });

  it('works beside other handlers, also beside one that throws', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    const faulty = {
      name: 'faulty',
      handleChainStart() {
        throw new Error('another observer');
      },
    };

    const state = await agent().invoke(question, { callbacks: [faulty, ...callbacks] });
    await lifecycle.flush();

    expect(toWords(state)).toEqual({ messages: answered });
    expect(sink.parents).toMatchObject([{ metadata: { status: 'completed' } }]);
  });

  it('keeps faults of ours from the agent, and tells them', async () => {
    let isBroken = false;
    const clock: Clock = {
      now() {
        if (isBroken) throw new Error('the clock is broken');
        return 1_000;
      },
      schedule: () => ({ cancel() {} }),
    };
    const { callbacks, diagnostics } = observed({ clock });

    isBroken = true;
    const state = await agent().invoke(question, { callbacks });

    expect(toWords(state)).toEqual({ messages: answered });
    expect(diagnostics).toContainEqual({
      code: 'internal',
      severity: 'error',
      message: 'A callback of LangChain could not be recorded: the clock is broken',
    });
  });

  it('takes values that throw when they are looked at', async () => {
    const { lifecycle, callbacks, sink, diagnostics } = observed();
    const hostile = {
      get messages(): never {
        throw new Error('do not look');
      },
      revoked: revokedProxy(),
      big: 10n,
    };

    const result = await RunnableLambda.from((given: unknown) => given).invoke(hostile, {
      callbacks,
      metadata: { hostile: revokedProxy() },
    });
    await lifecycle.flush();

    expect(result).toBe(hostile);
    expect(sink.parents).toMatchObject([{ metadata: { status: 'completed' } }]);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('understands a pause of a LangGraph that has no event for it', async () => {
    const { lifecycle, handler, sink } = observed();
    const graph = { id: ['langgraph', 'pregel', 'CompiledStateGraph'] };
    const question = [{ id: 'i', value: 'Which parcel?' }];
    const interrupt = Object.assign(new Error('interrupt'), {
      name: 'GraphInterrupt',
      is_bubble_up: true,
      interrupts: question,
    });

    handler.handleChainStart(graph, { messages: [] }, 'r', undefined, [], {}, undefined, 'desk');
    handler.handleChainStart({}, {}, 'n', 'r', [], { langgraph_node: 'ask' }, undefined, 'ask');
    handler.handleChainError(interrupt, 'n');
    handler.handleChainEnd({ messages: [] }, 'r');
    await lifecycle.flush();

    expect(sink.parents).toMatchObject([
      {
        name: 'desk',
        output: { pending: question },
        metadata: { status: 'suspended', reason: 'input_required' },
      },
    ]);
    expect(sink.records.find(({ name }) => name === 'ask')?.level).toBe('DEFAULT');
  });
});

describe('the handler as a context variable', () => {
  it('records every run from there on, in requests of a server too', async () => {
    const { lifecycle, sink, handler } = observed();
    registerConfigureHook({ contextVar: 'langfuse-lifecycle' });
    setContextVariable('langfuse-lifecycle', handler);
    const server = createServer((_request, response) => {
      void agent()
        .invoke(question)
        .then((state) => response.end(state.messages.at(-1)?.text));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;

    await agent().invoke(question);
    const answers = await Promise.all(
      ['a', 'b'].map(async (path) => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()),
    );
    await lifecycle.flush();

    expect(answers).toEqual(['On Monday.', 'On Monday.']);
    expect(sink.parents.map(({ name }) => name)).toEqual(['helper', 'helper', 'helper']);
    expect(sink.records.filter(({ kind }) => kind === 'tool')).toHaveLength(3);
  });
});

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
