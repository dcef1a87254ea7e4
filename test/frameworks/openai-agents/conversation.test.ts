import { MemorySession, RunContext, RunState, type Session, withTrace } from '@openai/agents';
import { describe, expect, it } from 'vitest';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import type { Lifecycle } from '../../../src/index.ts';
import { agentOf, deleter } from './agents.ts';
import { says } from './fake-model.ts';
import { record, runnerFor } from './program.ts';

const agent = () => agentOf({ script: [says('hi')] });

/** A session whose id only it knows, as one over a database or a service would be. */
function lateSession(id: string | Error): Session & { readonly asked: string[] } {
  const inner = new MemorySession();
  const asked: string[] = [];
  return {
    asked,
    async getSessionId() {
      asked.push('getSessionId');
      if (id instanceof Error) throw id;
      return id;
    },
    getItems: (limit) => {
      asked.push('getItems');
      return inner.getItems(limit);
    },
    addItems: (items) => inner.addItems(items),
    popItem: () => inner.popItem(),
    clearSession: () => inner.clearSession(),
  };
}

async function conversationOf(
  program: (lifecycle: Lifecycle) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const { parent, problems } = await record(program);
  expect(problems).toEqual([]);
  const { conversation_id_source, conversation_id_conflict } = parent?.metadata ?? {};
  return [
    parent?.trace.conversationId,
    conversation_id_source,
    ...(conversation_id_conflict === undefined ? [] : [conversation_id_conflict]),
  ];
}

describe('the conversation of a run', () => {
  it('is the conversation of the Conversations API, before anything else', async () => {
    const found = await conversationOf((lifecycle) =>
      runnerFor(lifecycle, { groupId: 'group' }).run(agent(), 'q', {
        conversationId: 'conv_1',
        session: new MemorySession({ sessionId: 'session' }),
        context: { sessionId: 'context' },
      }),
    );

    expect(found).toEqual([
      'conv_1',
      'openai_agents.conversation_id',
      ['openai_agents.group_id', 'openai_agents.session', 'openai_agents.context.sessionId'],
    ]);
  });

  it('is the group of the trace around it, then the group of the runner', async () => {
    const inTrace = await conversationOf((lifecycle) =>
      withTrace(
        'desk',
        () => runnerFor(lifecycle, { groupId: 'of the runner' }).run(agent(), 'q'),
        { groupId: 'of the trace' },
      ),
    );
    const alone = await conversationOf((lifecycle) =>
      runnerFor(lifecycle, { groupId: 'of the runner' }).run(agent(), 'q', {
        session: new MemorySession({ sessionId: 'of the runner' }),
      }),
    );

    expect(inTrace).toEqual(['of the trace', 'openai_agents.group_id', ['openai_agents.group_id']]);
    expect(alone).toEqual(['of the runner', 'openai_agents.group_id']);
  });

  it('is the session that shows its id', async () => {
    const found = await conversationOf((lifecycle) =>
      runnerFor(lifecycle).run(agent(), 'q', {
        session: new MemorySession({ sessionId: 'session-1' }),
        context: { chatId: 'context' },
      }),
    );

    expect(found).toEqual(['session-1', 'openai_agents.session', ['openai_agents.context.chatId']]);
  });

  it('is the session that must be asked, after the SDK has used it', async () => {
    const session = lateSession('session-2');

    const found = await conversationOf((lifecycle) =>
      runnerFor(lifecycle).run(agent(), 'q', { session, context: { chatId: 'context' } }),
    );

    expect(found).toEqual(['session-2', 'openai_agents.session']);
    expect(session.asked.indexOf('getItems')).toBeLessThan(session.asked.indexOf('getSessionId'));
  });

  it('is asked of the session without spans, too', async () => {
    const found = await conversationOf((lifecycle) =>
      runnerFor(lifecycle, { tracingDisabled: true }).run(agent(), 'q', {
        session: lateSession('session-3'),
      }),
    );

    expect(found).toEqual(['session-3', 'openai_agents.session']);
  });

  it('is looked for in the context when the session has none', async () => {
    const found = await conversationOf((lifecycle) =>
      runnerFor(lifecycle).run(agent(), 'q', {
        session: lateSession(''),
        context: { chatId: 'chat-1' },
      }),
    );

    expect(found).toEqual(['chat-1', 'openai_agents.context.chatId']);
  });

  it('is missing when the session cannot be asked, and nobody else is troubled', async () => {
    const { outcome, parent, problems } = await record((lifecycle) =>
      runnerFor(lifecycle).run(agent(), 'q', { session: lateSession(new Error('no database')) }),
    );

    expect(outcome).toHaveProperty('resolved');
    expect(problems).toEqual([]);
    expect(parent?.metadata).toMatchObject({
      status: 'completed',
      conversation_id_source: 'missing',
    });
  });

  it.each([
    ['an object', (context: object) => context],
    ['a RunContext', (context: object) => new RunContext(context)],
  ])('is a listed key of a context that is %s, of which nothing is recorded', async (_, made) => {
    const context = made({ thread_id: 'chat-2', apiToken: 'do not record' });

    const { parent, sink } = await record((lifecycle) =>
      runnerFor(lifecycle).run(agent(), 'q', { context }),
    );

    expect(parent?.trace.conversationId).toBe('chat-2');
    expect(parent?.metadata).toMatchObject({
      conversation_id_source: 'openai_agents.context.thread_id',
    });
    expect(JSON.stringify(sink.records)).not.toContain('do not record');
  });

  it('is the ambient one when the SDK names none', async () => {
    const found = await conversationOf((lifecycle) =>
      lifecycle.withConversation('ambient', () => runnerFor(lifecycle).run(agent(), 'q')),
    );

    expect(found).toEqual(['ambient', 'context']);
  });

  it('is never a response id', async () => {
    const found = await conversationOf((lifecycle) =>
      runnerFor(lifecycle).run(agent(), 'q', { previousResponseId: 'resp_1' }),
    );

    expect(found).toEqual([undefined, 'missing']);
  });

  it('is what describe() says, before what the SDK knows', async () => {
    const found = await conversationOf((lifecycle) => {
      const runner = withLifecycle(runnerFor(undefined, { groupId: 'group' }), lifecycle, {
        describe: ({ context }) => ({ conversationId: String(context) }),
      });
      return runner.run(agent(), 'q', { context: 'told' });
    });

    expect(found).toEqual(['told', 'call.conversationId', ['openai_agents.group_id']]);
  });

  it('goes on in another process, by what the state holds', async () => {
    const files = deleter();
    let text = '';
    const before = await record(async (lifecycle) => {
      const { state } = await runnerFor(lifecycle).run(files, 'q', { conversationId: 'conv_1' });
      text = state.toString();
    });

    const after = await record(async (lifecycle) => {
      const state = await RunState.fromString(files, text);
      for (const interruption of state.getInterruptions()) state.approve(interruption);
      await runnerFor(lifecycle).run(files, state);
    });

    const { openai_trace_id } = before.parent?.metadata ?? {};
    expect(after.parent).toMatchObject({
      trace: { conversationId: 'conv_1' },
      metadata: { openai_trace_id, conversation_id_source: 'openai_agents.conversation_id' },
    });
    expect(after.parent?.metadata).not.toHaveProperty('resume_of');
  });

  it('goes on when a suspended run does, whatever named it', async () => {
    const { sink } = await record(async (lifecycle) => {
      const runner = runnerFor(lifecycle);
      const files = deleter();
      const first = await lifecycle.withConversation('chat-3', () => runner.run(files, 'q'));
      for (const interruption of first.interruptions) first.state.approve(interruption);
      return await runner.run(files, first.state);
    });

    expect(
      sink.parents.map(({ trace, metadata }) => [
        trace.conversationId,
        metadata['conversation_id_source'],
      ]),
    ).toEqual([
      ['chat-3', 'context'],
      ['chat-3', 'resumed_run'],
    ]);
  });
});
