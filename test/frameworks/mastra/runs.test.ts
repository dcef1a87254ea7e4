import { Agent } from '@mastra/core/agent';
import { MockMemory } from '@mastra/core/memory';
import { createTool } from '@mastra/core/tools';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { observedLifecycle } from '../../observed-lifecycle.ts';
import { createWorld, supportAgent, weather } from './mastra-world.ts';
import { calls, says, scriptedModel } from './scripted-model.ts';
import { observedAgent } from './observed.ts';

const twoRounds = () => scriptedModel(calls(['weather', { city: 'Rome' }]), says('sunny'));

describe('a run of an agent', () => {
  it('has the trace id that Mastra gives its caller', async () => {
    const { agent, parent } = observedAgent(scriptedModel(says('sunny')));

    const { traceId } = await agent.generate('hi');

    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect((await parent())?.trace.traceId).toBe(traceId);
  });

  it('belongs to the thread and the resource of its memory', async () => {
    const { agent, parent } = observedAgent(scriptedModel(says('sunny')), {
      memory: new MockMemory(),
    });

    await agent.generate('hi', { memory: { thread: { id: 'thread-1' }, resource: 'user-7' } });

    expect(await parent()).toMatchObject({
      trace: { conversationId: 'thread-1', userId: 'user-7' },
      metadata: { conversation_id_source: 'mastra.thread_id' },
    });
  });

  it('takes the thread before allow-listed metadata and the ambient conversation', async () => {
    const { agent, lifecycle, parent } = observedAgent(scriptedModel(says('sunny')));

    await lifecycle.withConversation('ambient', () =>
      agent.generate('hi', {
        memory: { thread: 'thread-1', resource: 'user-7' },
        tracingOptions: { metadata: { sessionId: 'session-1' } },
      }),
    );

    expect(await parent()).toMatchObject({
      trace: { conversationId: 'thread-1' },
      metadata: { conversation_id_conflict: ['metadata.sessionId', 'context'] },
    });
  });

  it('takes allow-listed metadata when there is no thread', async () => {
    const { agent, parent } = observedAgent(scriptedModel(says('sunny')));

    await agent.generate('hi', { tracingOptions: { metadata: { sessionId: 'session-1' } } });

    expect(await parent()).toMatchObject({
      trace: { conversationId: 'session-1' },
      metadata: { conversation_id_source: 'metadata.sessionId' },
    });
  });

  it('has no conversation when nobody names one', async () => {
    const { agent, parent } = observedAgent(scriptedModel(says('sunny')));

    await agent.generate('hi');

    const run = await parent();
    expect(run?.trace.conversationId).toBeUndefined();
    expect(run?.metadata['conversation_id_source']).toBe('missing');
  });

  it('carries tags, user and metadata of the call', async () => {
    const { agent, parent } = observedAgent(scriptedModel(says('sunny')));

    await agent.generate('hi', {
      memory: { thread: 'thread-1', resource: 'user-7' },
      tracingOptions: { tags: ['beta'], metadata: { userId: 'user-8', plan: 'free' } },
    });

    const run = await parent();
    expect(run).toMatchObject({
      trace: { userId: 'user-8', tags: ['beta'] },
      metadata: { plan: 'free', framework: 'mastra', mastra_run_id: expect.any(String) },
    });
    expect(Object.keys(run?.metadata ?? {})).not.toContain('resourceId');
  });

  it('is a trace of its own when two calls were given the same trace id', async () => {
    const { agent, lifecycle, sink } = observedAgent(scriptedModel(says('sunny')));
    const traceId = 'a'.repeat(32);

    await agent.generate('one', { tracingOptions: { traceId } });
    await agent.generate('two', { tracingOptions: { traceId } });
    await lifecycle.flush();

    const ids = sink.parents.map(({ trace }) => trace.traceId);
    expect(ids[0]).toBe(traceId);
    expect(new Set(ids).size).toBe(2);
  });

  it('is known to a tool, so that its own runs and steps stand below it', async () => {
    const { lifecycle, named } = observedLifecycle();
    const lookUp = createTool({
      id: 'look-up',
      description: 'looks something up',
      inputSchema: z.object({}),
      execute: async () => {
        lifecycle.currentRun()?.step({ name: 'query' }, () => 'rows');
        return lifecycle.run({ name: 'inner' }, () => 'found');
      },
    });
    const agent = supportAgent(scriptedModel(calls(['look-up', {}]), says('done')), {
      tools: { 'look-up': lookUp },
    });
    createWorld(lifecycle, { agent }, { as: 'bridge' });

    await agent.generate('hi');

    const [tool] = await named('look-up');
    expect(await named('inner')).toMatchObject([
      { role: 'child-run', parentId: tool?.id, output: 'found' },
    ]);
    expect(await named('query')).toMatchObject([{ parentId: tool?.id }]);
  });

  it('is told once when the exporter is the bridge as well', async () => {
    const { agent, named, diagnostics } = observedAgent(
      twoRounds(),
      { tools: { weather } },
      { as: 'both' },
    );

    await agent.generate('hi');

    expect(await named('mock-1')).toHaveLength(2);
    expect(diagnostics).toEqual([]);
  });

  it('is not told when its agent is in no Mastra', async () => {
    const { lifecycle, sink } = observedLifecycle();
    createWorld(lifecycle, { registered: supportAgent(scriptedModel(says('sunny'))) });

    await supportAgent(scriptedModel(says('sunny'))).generate('hi');
    await lifecycle.flush();

    expect(sink.records).toEqual([]);
  });

  it('keeps apart from another that works at the same time', async () => {
    const { agent, lifecycle, sink } = observedAgent(scriptedModel(says('one'), says('two')));
    const ask = (thread: string) =>
      agent.generate(thread, { memory: { thread, resource: 'user-7' } });

    await Promise.all([ask('thread-1'), ask('thread-2')]);
    await lifecycle.flush();

    const seen = sink.parents.map(({ input, trace }) => [input, trace.conversationId]);
    expect(seen).toEqual(
      expect.arrayContaining([
        ['thread-1', 'thread-1'],
        ['thread-2', 'thread-2'],
      ]),
    );
    expect(new Set(sink.records.map(({ trace }) => trace.traceId)).size).toBe(2);
  });

  it('gives no diagnostics when all goes well', async () => {
    const { agent, lifecycle, diagnostics } = observedAgent(twoRounds(), { tools: { weather } });

    await agent.generate('hi');
    await lifecycle.shutdown();

    expect(diagnostics).toEqual([]);
  });
});

describe('an agent network', () => {
  it('is one trace inside a run of ours', async () => {
    const helper = new Agent({
      id: 'helper',
      name: 'Helper',
      description: 'helps',
      instructions: 'help',
      model: scriptedModel(says('helped')),
    });
    const choice = { primitiveId: 'helper', primitiveType: 'agent', prompt: 'help' };
    const verdict = { isComplete: true, finalResult: 'done', completionReason: 'it is done' };
    const { agent, lifecycle, sink } = observedAgent(
      scriptedModel(
        says(JSON.stringify({ ...choice, selectionReason: 'it helps' })),
        says(JSON.stringify(verdict)),
      ),
      { agents: { helper }, memory: new MockMemory() },
    );

    const stream = await lifecycle.stream({ name: 'network', input: 'go' }, () =>
      agent.network('go', { memory: { thread: 'thread-1', resource: 'user-7' } }),
    );
    for await (const _chunk of stream);
    await lifecycle.flush();

    const [parent] = sink.parents;
    expect(sink.parents.map(({ name }) => name)).toEqual(['network']);
    expect(
      sink.records.filter(({ name, phase }) => name === 'Helper' && phase === 'ended'),
    ).toMatchObject([{ role: 'child-run', parentId: parent?.id, output: 'helped' }]);
  });
});
