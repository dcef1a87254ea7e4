import { generateText, isStepCount, streamText, ToolLoopAgent } from 'ai';
import { describe, expect, it } from 'vitest';
import { createLifecycle, type Lifecycle, memorySink } from '../../../src/index.ts';
import { calls, says, scriptedModel } from './scripted-model.ts';
import { inSdk, recording, tools } from './telemetry.ts';

const prompt = 'Where is my order?';

describe('the conversation of a call of the AI SDK', () => {
  async function conversationOf(
    runtimeContext: Readonly<Record<string, unknown>>,
    around: (lifecycle: Lifecycle, fn: () => Promise<unknown>) => Promise<unknown> = (_none, fn) =>
      fn(),
  ) {
    const { lifecycle, sink } = recording();
    const includeRuntimeContext = Object.fromEntries(
      Object.keys(runtimeContext)
        .filter((key) => key !== 'hidden')
        .map((key) => [key, true]),
    );
    await around(lifecycle, () =>
      inSdk(lifecycle, () =>
        generateText({
          model: scriptedModel(says('Yes.')),
          prompt,
          runtimeContext,
          telemetry: { includeRuntimeContext },
        }),
      ),
    );
    await lifecycle.flush();
    const [parent] = sink.parents;
    return {
      id: parent?.trace.conversationId,
      source: parent?.metadata['conversation_id_source'],
      conflict: parent?.metadata['conversation_id_conflict'],
    };
  }

  it.each([
    ['langfuseSessionId'],
    ['conversation_id'],
    ['conversationId'],
    ['session_id'],
    ['sessionId'],
    ['thread_id'],
    ['threadId'],
    ['chatId'],
  ])('is found in runtimeContext.%s', async (key) => {
    expect(await conversationOf({ [key]: 'c-1' })).toEqual({
      id: 'c-1',
      source: `ai-sdk.runtimeContext.${key}`,
      conflict: undefined,
    });
  });

  it('is the first of several keys, and the losers are named', async () => {
    expect(await conversationOf({ chatId: 'chat', conversationId: 'conversation' })).toEqual({
      id: 'conversation',
      source: 'ai-sdk.runtimeContext.conversationId',
      conflict: ['ai-sdk.runtimeContext.chatId'],
    });
  });

  it('is found under a key that the policy adds', async () => {
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink, conversationId: { metadataKeys: ['ticket'] } });

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(says('Yes.')),
        prompt,
        runtimeContext: { ticket: 't-1' },
        telemetry: { includeRuntimeContext: { ticket: true } },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      trace: { conversationId: 't-1' },
      metadata: { conversation_id_source: 'ai-sdk.runtimeContext.ticket' },
    });
  });

  it('goes before the ambient conversation', async () => {
    const found = await conversationOf({ chatId: 'chat' }, (lifecycle, fn) =>
      lifecycle.withConversation('ambient', fn),
    );

    expect(found).toEqual({
      id: 'chat',
      source: 'ai-sdk.runtimeContext.chatId',
      conflict: ['context'],
    });
  });

  it('is the ambient one when the call names none', async () => {
    const found = await conversationOf({}, (lifecycle, fn) =>
      lifecycle.withConversation('ambient', fn),
    );

    expect(found).toEqual({ id: 'ambient', source: 'context', conflict: undefined });
  });

  it('is not invented', async () => {
    expect(await conversationOf({ hidden: 'c-1' })).toEqual({
      id: undefined,
      source: 'missing',
      conflict: undefined,
    });
  });

  it('may come with a later step', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(says('Yes.')),
        prompt,
        runtimeContext: { chatId: '' },
        telemetry: { includeRuntimeContext: { chatId: true } },
        prepareStep: () => ({ runtimeContext: { chatId: 'late' } }),
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      trace: { conversationId: 'late' },
      metadata: { conversation_id_source: 'ai-sdk.runtimeContext.chatId' },
    });
  });

  it('comes with the user, the tags and what else the context lets through', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(says('Yes.')),
        prompt,
        runtimeContext: { userId: 'u-1', tags: ['beta'], plan: 'pro', apiKey: 'sk-hidden' },
        telemetry: { includeRuntimeContext: { userId: true, tags: true, plan: true } },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      trace: { userId: 'u-1', tags: ['beta'] },
      metadata: { runtime_context: { plan: 'pro' } },
    });
    expect(JSON.stringify(sink.records)).not.toContain('sk-hidden');
  });
});

describe('what is never recorded of a call of the AI SDK', () => {
  const marks = { custom: { tracking: 'private-mark' } };

  it.each([['generateText'], ['streamText']])('%s: headers and provider options', async (name) => {
    const { lifecycle, sink, ended } = recording();
    const options = {
      model: scriptedModel(calls('search', { query: 'x' }), says('Yes.')),
      tools,
      stopWhen: isStepCount(2),
      headers: { authorization: 'private-mark', 'x-team': 'private-mark' },
      providerOptions: marks,
      messages: [
        {
          role: 'user' as const,
          content: [{ type: 'text' as const, text: prompt, providerOptions: marks }],
          providerOptions: marks,
        },
      ],
    };

    await inSdk(lifecycle, async () =>
      name === 'generateText' ? generateText(options) : streamText(options).text,
    );
    await lifecycle.flush();

    expect(ended()).toHaveLength(4);
    expect(JSON.stringify(sink.records)).not.toContain('private-mark');
  });

  it('inputs and outputs, when the call says so; the parent says that they are left out', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(calls('search', { query: 'private' }), says('private')),
        tools,
        stopWhen: isStepCount(2),
        prompt: 'private',
        telemetry: { recordInputs: false, recordOutputs: false },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      input: '[recordInputs is false]',
      output: '[recordOutputs is false]',
      metadata: { status: 'completed', reason: 'stop' },
    });
    expect(JSON.stringify(sink.records)).not.toContain('private');
  });

  it('outputs: a limit is told by the tools that were executed', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(calls('search')),
        tools,
        stopWhen: isStepCount(2),
        prompt,
        telemetry: { recordOutputs: false },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]?.metadata).toMatchObject({ reason: 'max_iterations' });
  });

  it('outputs: what a suspended call waits for is one', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, () =>
      generateText({
        model: scriptedModel(calls('deleteAll')),
        tools,
        prompt,
        telemetry: { recordOutputs: false },
      }),
    );
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      output: { pending: [] },
      metadata: { status: 'suspended', reason: 'input_required' },
    });
  });
});

describe('calls of the AI SDK in and around runs', () => {
  it('are children of the run around them', async () => {
    const { lifecycle, sink, ended } = recording();

    await inSdk(lifecycle, () =>
      lifecycle.run(
        { name: 'request', input: prompt, conversationId: 'c-1' },
        async () =>
          streamText({
            model: scriptedModel(says('Yes.')),
            prompt,
            telemetry: { functionId: 'chat' },
          }).text,
      ),
    );
    await lifecycle.flush();

    const parent = sink.parents[0];
    expect(sink.parents.map(({ name }) => name)).toEqual(['request']);
    expect(ended().find(({ name }) => name === 'chat')).toMatchObject({
      role: 'child-run',
      parentId: parent?.id,
      trace: { conversationId: 'c-1', traceId: parent?.trace.traceId },
    });
  });

  it('hold runs and steps of their tools', async () => {
    const { lifecycle, sink, ended } = recording();
    const search = {
      ...tools.search,
      execute: async () =>
        lifecycle.run({ name: 'index', input: 'x' }, (run) =>
          run.step({ name: 'query' }, () => 'rows'),
        ),
    };
    const agent = new ToolLoopAgent({
      model: scriptedModel(calls('search'), says('Yes.')),
      tools: { search },
    });

    await inSdk(lifecycle, () => agent.generate({ prompt }));
    await lifecycle.flush();

    const byName = new Map(ended().map((record) => [record.name, record]));
    expect(byName.get('index')).toMatchObject({
      role: 'child-run',
      parentId: byName.get('search')?.id,
    });
    expect(byName.get('query')?.parentId).toBe(byName.get('index')?.id);
    expect(byName.get('search')?.parentId).toBe(sink.parents[0]?.id);
  });
});
