import { LangfuseSpanProcessor } from '@langfuse/otel';
import {
  observe,
  setLangfuseTracerProvider,
  startActiveObservation,
  startObservation,
} from '@langfuse/tracing';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { Langfuse } from 'langfuse';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { createFakeLangfuse, type FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';

// What docs/migrating.md says of the clients that it replaces, on the versions that it names.

interface Server {
  readonly fake: FakeLangfuse;
  readonly connection: {
    readonly publicKey: string;
    readonly secretKey: string;
    readonly baseUrl: string;
  };
}

async function serve(fake: FakeLangfuse): Promise<Server> {
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  const { publicKey, secretKey } = fake.options;
  return { fake, connection: { publicKey, secretKey, baseUrl: server.url } };
}

function brokenModel(): Promise<string> {
  return Promise.reject(new Error('the model is down'));
}

describe('the npm client langfuse', () => {
  it('leaves a parent without output and error when the agent throws', async () => {
    const { fake, connection } = await serve(createFakeLangfuse({ writeMode: 'legacy' }));
    const client = new Langfuse(connection);

    const trace = client.trace({ name: 'support-agent', input: 'hi', sessionId: 'chat-7' });
    const generation = trace.generation({ name: 'answer', input: 'hi' });
    await brokenModel().then(
      (output) => generation.end({ output }),
      () => 'the caller sees it, the trace does not',
    );
    await client.flushAsync();

    expect(fake.traces()).toMatchObject([
      {
        input: 'hi',
        output: null,
        observations: [{ name: 'answer', level: 'DEFAULT', endTime: null }],
      },
    ]);
  });

  it('tries four times on a server that takes no legacy events, prints a line, and nothing is there', async () => {
    const { fake, connection } = await serve(createFakeLangfuse({ writeMode: 'events_only' }));
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => printed.mockRestore());
    const client = new Langfuse({ ...connection, fetchRetryDelay: 1 });

    client.trace({ name: 'support-agent', input: 'hi' });
    await client.flushAsync();

    expect(fake.traces()).toEqual([]);
    expect(fake.requests.filter(({ path }) => path === '/api/public/ingestion')).toHaveLength(4);
    expect(printed).toHaveBeenCalledTimes(1);
  });
});

describe('@langfuse/tracing', () => {
  async function traced(run: () => Promise<unknown>): Promise<FakeLangfuse> {
    const { fake, connection } = await serve(createFakeLangfuse());
    const processor = new LangfuseSpanProcessor(connection);
    setLangfuseTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
    onTestFinished(() => setLangfuseTracerProvider(null));
    await run().catch(() => 'the caller sees it');
    await processor.forceFlush();
    return fake;
  }

  it.each([
    ['startActiveObservation', () => startActiveObservation('agent', brokenModel), null],
    ['observe', observe(brokenModel, { name: 'agent' }), { error: 'Error: the model is down' }],
  ] as const)('%s keeps level and message of a throw, and no stack', async (_name, run, output) => {
    const fake = await traced(run);

    const [root] = fake.traces().flatMap(({ observations }) => observations);
    expect(root).toMatchObject({ level: 'ERROR', statusMessage: 'the model is down', output });
    expect(JSON.stringify(root?.metadata)).not.toContain('at ');
  });

  it('startObservation loses the observation when a throw comes before its end', async () => {
    const fake = await traced(async () => {
      const agent = startObservation('agent', { input: 'hi' }, { asType: 'agent' });
      agent.startObservation('prepare').end();
      agent.update({ output: await brokenModel() }).end();
    });

    const observations = fake.traces().flatMap((trace) => trace.observations);
    expect(observations.map(({ name, isRoot }) => [name, isRoot])).toEqual([['prepare', false]]);
  });
});
