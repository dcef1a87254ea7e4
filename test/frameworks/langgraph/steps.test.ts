import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { RunnableLambda } from '@langchain/core/runnables';
import { BaseRetriever } from '@langchain/core/retrievers';
import { tool } from '@langchain/core/tools';
import { FakeLLM } from '@langchain/core/utils/testing';
import { createAgent, createMiddleware } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { deferred } from '../../deferred.ts';
import { createManualClock } from '../../manual-clock.ts';
import { observed } from './observed.ts';
import { agentOf, documents, lookUp, question, search } from './agents.ts';
import { calls, says, ScriptedModel, StreamingModel } from './scripted-model.ts';

class Library extends BaseRetriever {
  lc_namespace = ['test'];

  override async _getRelevantDocuments(query: string): Promise<typeof documents> {
    if (query === 'closed') throw new Error('the library is closed');
    return documents;
  }
}

describe('a model call', () => {
  it('has the model, its parameters, usage, tools and finish reason, and messages as a person writes them', async () => {
    const { lifecycle, callbacks, record } = observed();
    const model = new ScriptedModel([lookUp(), says('On Monday.')]);
    const agent = createAgent({ model, tools: [search], systemPrompt: 'Be brief.' });

    await agent.invoke(question, { callbacks });
    await lifecycle.flush();

    expect(record('ScriptedModel')).toMatchObject({
      kind: 'generation',
      level: 'DEFAULT',
      model: 'scripted-1-2026',
      modelParameters: { temperature: 0.2, max_tokens: 50 },
      usage: { input: 10, output: 5, total: 15, cacheRead: 4, reasoning: 2 },
      input: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Where is my parcel?' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [{ id: 'call-0', name: 'search', args: { query: 'parcel' } }],
        },
        { role: 'tool', name: 'search', tool_call_id: 'call-0', content: 'found parcel' },
      ],
      output: { role: 'assistant', content: 'On Monday.' },
      metadata: { provider: 'scripted', tools: ['search'], finish_reason: 'stop' },
    });
  });

  it('is named by the program where that names it, and keeps the metadata that it was given', async () => {
    const { lifecycle, callbacks, record } = observed();
    const model = new ScriptedModel([says('yes')]).withConfig({
      runName: 'judge',
      metadata: { rubric: 'tone' },
    });

    await RunnableLambda.from((text: string) => text)
      .pipe(model)
      .invoke('Is it polite?', { callbacks, metadata: { tenant: 'acme' } });
    await lifecycle.flush();

    expect(record('judge')).toMatchObject({ kind: 'generation', metadata: { rubric: 'tone' } });
    expect(record('judge')?.metadata).not.toHaveProperty('tenant');
  });

  it('has the time of its first piece with something in it', async () => {
    const clock = createManualClock();
    const { lifecycle, callbacks, sink } = observed({ clock });
    const stream = await new StreamingModel([says('It comes on Monday.')]).stream('Where?', {
      callbacks,
    });
    const began = clock.now();

    // The stream reads one piece ahead, and the first piece is empty: the second is told as the third is asked for.
    for await (const _chunk of stream) await clock.advance(10);
    await lifecycle.flush();

    const step = sink.records.findLast(({ kind }) => kind === 'generation');
    expect(step?.completionStartTime).toBe(began + 10);
  });

  it('has a text as input and output where the model knows texts only', async () => {
    const { lifecycle, callbacks, record } = observed();
    const model = new FakeLLM({ response: 'On Monday.' });

    await RunnableLambda.from((text: string) => text)
      .pipe(model)
      .invoke('Where?', { callbacks });
    await lifecycle.flush();

    expect(record('FakeLLM')).toMatchObject({
      kind: 'generation',
      input: 'Where?',
      output: 'On Monday.',
    });
  });

  it('shows reasoning, blocks and calls that could not be read', async () => {
    const { lifecycle, callbacks, record } = observed();
    const answer = new AIMessage({
      content: [
        { type: 'text', text: 'On Monday.' },
        { type: 'image_url', image_url: 'https://example.com/parcel.png' },
      ],
      additional_kwargs: { reasoning_content: 'Look at the calendar.' },
      invalid_tool_calls: [{ name: 'search', args: '{', id: 'c', error: 'no JSON' }],
    });

    await new ScriptedModel([answer]).invoke([new HumanMessage('Where?')], { callbacks });
    await lifecycle.flush();

    expect(record('ScriptedModel')?.output).toEqual({
      role: 'assistant',
      content: [
        { type: 'text', text: 'On Monday.' },
        { type: 'image_url', image_url: 'https://example.com/parcel.png' },
      ],
      reasoning: 'Look at the calendar.',
      invalid_tool_calls: [{ id: 'c', name: 'search', args: '{', error: 'no JSON' }],
    });
  });
});

describe('a run', () => {
  it('carries no usage itself, because Langfuse adds up all that it finds', async () => {
    const { lifecycle, callbacks, sink } = observed();

    await agentOf([says('hi')]).invoke(question, {
      callbacks,
    });
    await lifecycle.flush();

    expect(sink.parents[0]).not.toHaveProperty('usage');
  });

  it('shows the answer so far when the process ends it', async () => {
    const { lifecycle, callbacks, sink } = observed();
    const reached = deferred();
    const stuck = () => {
      reached.resolve();
      return new Promise<never>(() => {});
    };
    const twice = createMiddleware({
      name: 'Twice',
      wrapModelCall: async (request, handler) => {
        await handler(request);
        return handler(request);
      },
    });
    const agent = agentOf([says('Let me see.'), stuck], { middleware: [twice] });

    void agent.invoke(question, { callbacks });
    await reached.promise;
    await lifecycle.shutdown();

    expect(sink.parents[0]?.output).toMatchObject({
      error: { reason: 'never_ended' },
      partialOutput: 'Let me see.',
    });
  });
});

describe('a retriever', () => {
  it('has its question and its documents', async () => {
    const { lifecycle, callbacks, record } = observed();

    await new Library().pipe((found) => found.length).invoke('When?', { callbacks });
    await lifecycle.flush();

    expect(record('Library')).toMatchObject({
      kind: 'retriever',
      input: 'When?',
      output: [{ pageContent: 'Parcels come on Monday.', metadata: { page: 3 } }],
    });
  });

  it('can fail', async () => {
    const { lifecycle, callbacks, record } = observed();

    await expect(new Library().invoke('closed', { callbacks })).rejects.toThrow('closed');
    await lifecycle.flush();

    expect(record('Library')).toMatchObject({
      role: 'parent',
      kind: 'retriever',
      statusMessage: 'the library is closed',
    });
  });
});

describe('a tool', () => {
  it('that says in its message that it failed is shown as failed', async () => {
    const { lifecycle, callbacks, record } = observed();
    const strict = tool(() => 'unused', {
      name: 'strict',
      description: 'Refuses.',
      schema: z.object({}),
    });
    const refuse = createMiddleware({
      name: 'Refuse',
      wrapToolCall: async (request, handler) => {
        const message = await handler(request);
        return Object.assign(message, { status: 'error', content: 'not allowed' });
      },
    });
    const model = new ScriptedModel([calls(['strict', {}]), says('No.')]);

    await createAgent({ model, tools: [strict], middleware: [refuse] }).invoke(question, {
      callbacks,
    });
    await lifecycle.flush();

    // The tool itself was well; the agent was told otherwise by a middleware.
    expect(record('strict')?.level).toBe('DEFAULT');
    expect(record('tools')?.output).toMatchObject({
      messages: [{ role: 'tool', status: 'error', content: 'not allowed' }],
    });
  });

  it('called by itself is a run', async () => {
    const { lifecycle, callbacks, sink } = observed();

    await search.invoke({ query: 'parcel' }, { callbacks });
    await lifecycle.flush();

    expect(sink.parents).toMatchObject([
      { name: 'search', kind: 'tool', input: { query: 'parcel' }, output: 'found parcel' },
    ]);
  });
});

describe('the plumbing of LangChain', () => {
  it('is left out, and what runs in it stands where it would', async () => {
    const { lifecycle, callbacks, path } = observed();
    const inner = ChatPromptTemplate.fromTemplate('{question}').pipe(
      new ScriptedModel([says('On Monday.')]),
    );
    const chain = RunnableLambda.from((text: string) => ({ question: text }))
      .pipe({ answer: inner })
      .withConfig({ runName: 'desk' });

    await chain.invoke('Where?', { callbacks });
    await lifecycle.flush();

    expect(path('ScriptedModel')).toEqual(['desk', 'ScriptedModel']);
    expect(path('ChatPromptTemplate')).toEqual(['desk', 'ChatPromptTemplate']);
  });

  it('is left out where the program says so by the tag langsmith:hidden', async () => {
    const { lifecycle, callbacks, record, path } = observed();
    const hidden = RunnableLambda.from((text: string) => search.invoke({ query: text })).withConfig(
      {
        runName: 'glue',
        tags: ['langsmith:hidden'],
      },
    );

    await RunnableLambda.from((text: string) => text)
      .pipe(hidden)
      .withConfig({ runName: 'desk' })
      .invoke('parcel', { callbacks });
    await lifecycle.flush();

    expect(record('glue')).toBeUndefined();
    expect(path('search')).toEqual(['desk', 'search']);
  });
});
