import { LangfuseClient } from '@langfuse/client';
import { LangfuseSpanProcessor } from '@langfuse/otel';
import {
  propagateAttributes,
  setLangfuseTracerProvider,
  startActiveObservation,
} from '@langfuse/tracing';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { Langfuse } from 'langfuse';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createFakeLangfuse, type WriteMode } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';

interface Connection {
  readonly publicKey: string;
  readonly secretKey: string;
  readonly baseUrl: string;
}

async function serve(writeMode: WriteMode): Promise<Connection> {
  const fake = createFakeLangfuse({ writeMode });
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  const { publicKey, secretKey } = fake.options;
  return { publicKey, secretKey, baseUrl: server.url };
}

async function writeWithLegacyClient(connection: Connection): Promise<string> {
  const client = new Langfuse(connection);
  const trace = client.trace({
    name: 'support',
    input: { question: 'Where is it?' },
    sessionId: 'chat-7',
    userId: 'user-1',
    tags: ['b', 'a'],
    metadata: { plan: 'pro' },
  });
  const span = trace.span({ name: 'look', input: 'order 12' });
  span
    .generation({ name: 'answer', model: 'gpt-5', input: 'p' })
    .end({ output: 'soon', usageDetails: { input: 7, output: 2 } });
  span.end({ output: 'found', level: 'WARNING', statusMessage: 'slow' });
  trace.update({ output: 'It arrives today.' });
  await client.shutdownAsync();
  return trace.id;
}

async function writeWithOtelClient(connection: Connection): Promise<string> {
  const processor = new LangfuseSpanProcessor(connection);
  setLangfuseTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => {
    setLangfuseTracerProvider(null);
    context.disable();
  });
  const attributes = { sessionId: 'chat-7', userId: 'user-1', tags: ['a'], traceName: 'support' };
  const traceId = propagateAttributes(attributes, () =>
    startActiveObservation('agent', (agent) => {
      agent.update({ input: { question: 'Where is it?' } });
      startActiveObservation(
        'answer',
        (generation) =>
          void generation.update({
            model: 'gpt-5',
            output: 'soon',
            usageDetails: { input: 7, output: 2 },
          }),
        { asType: 'generation' },
      );
      agent.update({ output: 'It arrives today.', metadata: { plan: 'pro' } });
      return agent.traceId;
    }),
  );
  await processor.forceFlush();
  return traceId;
}

describe('the official read client', () => {
  it.each(['legacy', 'dual'] as const)(
    'reads back what the legacy client wrote in write mode %s',
    async (writeMode) => {
      const connection = await serve(writeMode);
      const traceId = await writeWithLegacyClient(connection);
      const { api } = new LangfuseClient(connection);

      const trace = await api.trace.get(traceId);
      const listed = await api.trace.list({ sessionId: 'chat-7', limit: 10 });
      const session = await api.sessions.get('chat-7');
      const spans = await api.legacy.observationsV1.getMany({ traceId, type: 'SPAN' });

      expect(trace).toMatchObject({
        id: traceId,
        name: 'support',
        input: { question: 'Where is it?' },
        output: 'It arrives today.',
        sessionId: 'chat-7',
        userId: 'user-1',
        tags: ['a', 'b'],
        metadata: { plan: 'pro' },
      });
      expect(
        trace.observations
          .map(({ name, type, model, usageDetails }) => ({ name, type, model, usageDetails }))
          .toSorted((one, other) => String(one.name).localeCompare(String(other.name))),
      ).toEqual([
        {
          name: 'answer',
          type: 'GENERATION',
          model: 'gpt-5',
          usageDetails: { input: 7, output: 2, total: 9 },
        },
        { name: 'look', type: 'SPAN', model: null, usageDetails: {} },
      ]);
      expect(listed.data.map(({ id }) => id)).toEqual([traceId]);
      expect(session.traces.map(({ id }) => id)).toEqual([traceId]);
      expect(spans.data).toMatchObject([
        { name: 'look', level: 'WARNING', statusMessage: 'slow', output: 'found' },
      ]);
    },
  );

  it.each(['dual', 'events_only'] as const)(
    'reads back what the OpenTelemetry client wrote in write mode %s',
    async (writeMode) => {
      const connection = await serve(writeMode);
      const traceId = await writeWithOtelClient(connection);
      const { api } = new LangfuseClient(connection);

      const { data } = await api.observations.getMany({
        traceId,
        fields: 'core,basic,io,metadata,model,usage,trace_context',
      });

      const [agent, answer] = data.toSorted((one, other) =>
        String(one.name).localeCompare(String(other.name)),
      );
      expect(data).toHaveLength(2);
      expect(agent).toMatchObject({
        name: 'agent',
        type: 'SPAN',
        isRootObservation: true,
        input: '{"question":"Where is it?"}',
        output: 'It arrives today.',
        sessionId: 'chat-7',
        userId: 'user-1',
        tags: ['a'],
        traceName: 'support',
        metadata: expect.objectContaining({ plan: 'pro' }),
      });
      expect(answer).toMatchObject({
        name: 'answer',
        type: 'GENERATION',
        parentObservationId: agent?.id,
        isRootObservation: false,
        output: 'soon',
        sessionId: 'chat-7',
        model: 'gpt-5',
        usageDetails: { input: 7, output: 2, total: 9 },
      });
    },
  );

  it('pages through observations with the cursor that the fake gave it', async () => {
    const connection = await serve('events_only');
    const traceId = await writeWithOtelClient(connection);
    const { api } = new LangfuseClient(connection);

    const first = await api.observations.getMany({ traceId, limit: 1 });
    const cursor = first.meta.cursor;
    const second = await api.observations.getMany({
      traceId,
      limit: 1,
      ...(cursor !== undefined && { cursor }),
    });

    expect(new Set([first, second].flatMap(({ data }) => data.map(({ id }) => id))).size).toBe(2);
    expect(second.meta.cursor).toBeUndefined();
  });

  it('is told by an events_only server that the legacy reads are gone', async () => {
    const { api } = new LangfuseClient(await serve('events_only'));

    await expect(api.trace.list({})).rejects.toMatchObject({ statusCode: 404 });
  });
});
