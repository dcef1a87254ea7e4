import { describe, expect, it } from 'vitest';
import type { DeliveryReport, Lifecycle } from '../../adapters/index.ts';
import { missingFromParent } from '../../mocks/completeness.ts';
import { startInstance, writeModes } from './instance.ts';

interface Invocation {
  readonly response: Response;
  /** What the platform waits for before it freezes the process. */
  readonly waiting: Promise<unknown>;
}

/** The handler of docs/serverless.md: the body passes through, and the flush follows its end. */
function invoke(lifecycle: Lifecycle, fail?: Error): Invocation {
  const traced = lifecycle.stream({ name: 'agent', input: 'question' }, () =>
    respond(['Hel', 'lo'], fail),
  );
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const sent = traced.body?.pipeTo(writable).catch(() => undefined);
  const waiting = Promise.resolve(sent).then(() => lifecycle.flush());
  return { response: new Response(readable, traced), waiting };
}

function respond(chunks: readonly string[], fail: Error | undefined): Response {
  const rest = [...chunks];
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = rest.shift();
        if (chunk !== undefined) controller.enqueue(new TextEncoder().encode(chunk));
        else if (fail === undefined) controller.close();
        else controller.error(fail);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: 201, headers: { 'content-type': 'text/plain' } });
}

const oneDelivered: DeliveryReport = { delivered: 1, pending: 0, dropped: {} };

describe.each(writeModes)('a streamed response, write mode %s', (writeMode) => {
  it('is whole at its client, and its run is flushed when it has been read', async () => {
    const { clock, fake, lifecycle } = await startInstance(writeMode);

    const { response, waiting } = invoke(lifecycle);
    const text = await response.text();
    const report = await waiting;

    const [trace] = fake.traces();
    expect([response.status, response.headers.get('content-type'), text]).toEqual([
      201,
      'text/plain',
      'Hello',
    ]);
    expect(report).toEqual(oneDelivered);
    expect(trace && missingFromParent(trace)).toEqual([]);
    expect(trace?.root).toMatchObject({ output: 'Hello', metadata: { status: 'completed' } });
    expect(clock.scheduled).toBe(0);
  });

  it('whose client goes away is flushed as abandoned', async () => {
    const { fake, lifecycle } = await startInstance(writeMode);

    const { response, waiting } = invoke(lifecycle);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel(new Error('socket hang up'));
    const report = await waiting;

    expect(report).toEqual(oneDelivered);
    expect(fake.traces()[0]?.root).toMatchObject({
      level: 'WARNING',
      metadata: { reason: 'stream_abandoned' },
    });
  });

  it('that breaks off is flushed as failed, and its client hears of it', async () => {
    const { fake, lifecycle } = await startInstance(writeMode);
    const failure = new Error('the model broke off');

    const { response, waiting } = invoke(lifecycle, failure);
    const reading = response.text();

    await expect(reading).rejects.toBe(failure);
    expect(await waiting).toEqual(oneDelivered);
    expect(fake.traces()[0]?.root).toMatchObject({
      statusMessage: 'the model broke off',
      metadata: { reason: 'exception' },
    });
  });
});
