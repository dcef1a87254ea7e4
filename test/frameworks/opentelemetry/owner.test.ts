import type { Attributes } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { agent, chat, inside, runOf, scene, stepOf } from './scene.ts';
import { withContextManager } from './telemetry.ts';

withContextManager();

describe('the conversation', () => {
  it.each<readonly [string, Attributes, string]>([
    ['gen_ai.conversation.id', { 'session.id': 's', 'gen_ai.conversation.id': 'chat-7' }, 'chat-7'],
    ['langfuse.session.id', { 'session.id': 's', 'langfuse.session.id': 'chat-7' }, 'chat-7'],
    ['session.id', { 'session.id': 'chat-7', 'ai.telemetry.metadata.sessionId': 's' }, 'chat-7'],
    ['genkit:sessionId', { 'genkit:sessionId': 'chat-7' }, 'chat-7'],
    ['ai.settings.context.threadId', { 'ai.settings.context.threadId': 'chat-7' }, 'chat-7'],
    ['ai.telemetry.metadata.sessionId', { 'ai.telemetry.metadata.sessionId': 7 }, '7'],
    [
      'traceloop.association.properties.session_id',
      { 'traceloop.association.properties.session_id': 'chat-7', 'session.id': ' ' },
      'chat-7',
    ],
  ])('comes from %s, also when it comes with the end', async (key, attributes, conversationId) => {
    const run = await runOf(attributes);

    expect(run).toMatchObject({
      trace: { conversationId },
      metadata: { conversation_id_source: `span.${key}` },
    });
  });

  it('of a span at its start goes before that of the context, which loses', async () => {
    const { lifecycle, tracer, finish } = scene();
    const attributes = { ...agent, 'gen_ai.conversation.id': 'chat-7' };

    lifecycle.withConversation('ambient', () =>
      tracer.startSpan('invoke_agent a', { attributes }).end(),
    );
    const { parents } = await finish();

    expect(parents[0]).toMatchObject({
      trace: { conversationId: 'chat-7' },
      metadata: { conversation_id_conflict: ['context'] },
    });
  });

  it('that is there is not replaced by a later one', async () => {
    const { lifecycle, tracer, finish } = scene();

    lifecycle.withConversation('ambient', () => {
      const span = tracer.startSpan('invoke_agent a', { attributes: agent });
      span.setAttribute('gen_ai.conversation.id', 'chat-7');
      span.end();
    });
    const { parents } = await finish();

    expect(parents[0]).toMatchObject({
      trace: { conversationId: 'ambient' },
      metadata: { conversation_id_conflict: ['span.gen_ai.conversation.id'] },
    });
  });

  it.each([Number.NaN, '\u200B', '   '])('is not %j, which is none', async (nothing) => {
    const { tracer, finish } = scene();
    const attributes = { 'gen_ai.conversation.id': nothing, 'session.id': 'chat-7' };
    const span = tracer.startSpan('invoke_agent a', { attributes: agent });

    inside(span, () => tracer.startSpan('chat', { attributes: { ...chat, ...attributes } })).end();
    span.end();
    const { parents } = await finish();

    expect(parents).toMatchObject([
      {
        trace: { conversationId: 'chat-7' },
        metadata: { conversation_id_source: 'span.session.id' },
      },
    ]);
  });

  it('comes from inside when the agent has none, and so does the user', async () => {
    const { root } = await stepOf('chat m', {
      ...chat,
      'session.id': 'chat-7',
      'user.id': 'user-1',
    });

    expect(root?.trace).toMatchObject({ conversationId: 'chat-7', userId: 'user-1' });
  });
});

describe('who and what a run is', () => {
  it.each<readonly [string, Attributes, string]>([
    ['invoke_agent planner', {}, 'planner'],
    ['invoke_agent gpt-5', { 'gen_ai.agent.name': 'planner' }, 'planner'],
    ['agent', { 'agent.name': 'planner', 'openinference.span.kind': 'AGENT' }, 'planner'],
    ['ai.generateText', { 'ai.telemetry.functionId': 'planner' }, 'planner'],
    [
      'planner.workflow',
      { 'traceloop.entity.name': 'planner', 'gen_ai.agent.name': 'other' },
      'planner',
    ],
    ['my own name', {}, 'my own name'],
  ])('%s with %j is called %s', async (name, attributes, expected) => {
    const { tracer, finish } = scene();
    tracer.startSpan(name, { attributes: { ...agent, ...attributes } }).end();
    const { parents } = await finish();

    expect(parents.map((parent) => parent.name)).toEqual([expected]);
  });

  it('has user, tags, version and metadata of the agent', async () => {
    const run = await runOf({
      'langfuse.user.id': 'user-1',
      'langfuse.trace.tags': ['blue'],
      'langfuse.trace.metadata': '{"team":"support","sessionId":"chat-7"}',
      'langfuse.observation.metadata.step': 2,
      'gen_ai.agent.version': '2.1',
      'gen_ai.agent.id': 'agent-1',
      'my.tenant': 'acme',
    });

    expect(run).toMatchObject({
      trace: { userId: 'user-1', tags: ['blue'], version: '2.1' },
      metadata: {
        framework: 'opentelemetry',
        otel_scope: 'test',
        team: 'support',
        step: 2,
        agent_id: 'agent-1',
        attributes: { 'my.tenant': 'acme' },
      },
    });
  });

  it.each<readonly [string, Attributes, object]>([
    ['the AI SDK', { 'ai.telemetry.metadata.userId': 'ada' }, { userId: 'ada' }],
    [
      'the AI SDK with a context',
      { 'ai.settings.context.user_id': 'ada', 'ai.settings.context.langfuseTags': '["blue"]' },
      { userId: 'ada', tags: ['blue'] },
    ],
    [
      'OpenLLMetry',
      {
        'traceloop.association.properties.langfuseUserId': 'ada',
        'traceloop.association.properties.user_id': 'bob',
      },
      { userId: 'ada' },
    ],
  ])(
    'has user and tags from the metadata that a program gave %s, and does not repeat them there',
    async (_instrumentation, attributes, trace) => {
      const run = await runOf(attributes);

      expect(run?.trace).toMatchObject(trace);
      expect(JSON.stringify(run?.metadata)).not.toMatch(/ada|bob|blue/);
    },
  );

  it('of Langfuse’s own SDK is what it was told to be', async () => {
    const { provider, finish } = scene();
    const tracer = provider.getTracer('langfuse-sdk');
    const root = tracer.startSpan('answer');
    root.setAttributes({
      'langfuse.observation.type': 'span',
      'langfuse.observation.input': '"q"',
    });
    const guard = inside(root, () => tracer.startSpan('moderation'));
    guard.setAttributes({
      'langfuse.observation.type': 'guardrail',
      'langfuse.observation.level': 'WARNING',
      'langfuse.observation.status_message': 'close to the line',
    });
    guard.end();
    root.end();
    const { parents, named } = await finish();

    expect(parents).toMatchObject([{ name: 'answer', kind: 'span', input: 'q' }]);
    expect(named('moderation')).toMatchObject({
      kind: 'guardrail',
      level: 'WARNING',
      statusMessage: 'close to the line',
    });
  });

  it('never holds headers or keys', async () => {
    const secrets = {
      'http.request.header.authorization': ['Bearer of-the-user'],
      'ai.request.headers.x-api-key': 'of-the-user',
      'ai.settings.context.apiKey': 'of-the-user',
      'my.session_token': 'of-the-user',
      'db.connection_string': 'of-the-user',
      'llm.invocation_parameters': '{"extra_headers":{"x":"of-the-user"},"seed":1}',
    };

    const run = await runOf(secrets);
    const { step } = await stepOf('chat m', { ...chat, ...secrets });

    expect(JSON.stringify([run, step])).not.toContain('of-the-user');
    expect(step.modelParameters).toEqual({ seed: 1 });
  });
});
