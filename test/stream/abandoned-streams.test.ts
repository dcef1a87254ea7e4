import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { streaming } from './streaming.ts';
import { collectGarbageUntil } from '../garbage.ts';

async function* ticks(): AsyncGenerator<string> {
  for (;;) yield 'tick ';
}

function tickStream(): ReadableStream<string> {
  return new ReadableStream({ pull: (controller) => controller.enqueue('tick ') });
}

const makers: readonly (readonly [
  string,
  () => AsyncGenerator<string> | ReadableStream<string>,
])[] = [
  ['an async generator', ticks],
  ['a ReadableStream', tickStream],
];

describe('a stream that is left to the garbage collector', () => {
  it.each(makers)('was never read: %s', async (_title, make) => {
    const { lifecycle, sink } = streaming({ limits: { flushIntervalMs: 1 } });
    const leave = (): void => void lifecycle.stream({ name: 'agent', input: 'hi' }, make);

    leave();
    await collectGarbageUntil(() => sink.parents.length > 0);

    expect(sink.parents[0]).toMatchObject({
      level: 'WARNING',
      input: 'hi',
      statusMessage: 'nobody read the stream',
      metadata: { status: 'error', reason: 'stream_abandoned' },
    });
  });

  it.each(makers)('was left half-read: %s', async (_title, make) => {
    const { lifecycle, sink } = streaming({ limits: { flushIntervalMs: 1 } });
    const leave = async (): Promise<void> => {
      const stream = lifecycle.stream({ name: 'agent' }, make);
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      await iterator.next();
    };

    await leave();
    await collectGarbageUntil(() => sink.parents.length > 0);

    expect(sink.parents[0]).toMatchObject({
      statusMessage: 'the reader walked away after 2 chunks',
      output: { partialOutput: 'tick tick ' },
      metadata: { reason: 'stream_abandoned', last_chunk_at: expect.stringMatching(/^\d{4}-/) },
    });
  });

  it('was teed and neither branch was read', async () => {
    const { lifecycle, sink } = streaming({ limits: { flushIntervalMs: 1 } });
    const leave = (): void => void lifecycle.stream({ name: 'agent' }, tickStream).tee();

    leave();
    await collectGarbageUntil(() => sink.parents.length > 0);

    expect(sink.parents[0]).toMatchObject({ metadata: { reason: 'stream_abandoned' } });
  });

  it('is found although its source is still fed', async () => {
    const { lifecycle, sink } = streaming({ limits: { flushIntervalMs: 1 } });
    let feed: ReadableStreamDefaultController<string> | undefined;
    const source = new ReadableStream<string>({
      start(controller) {
        feed = controller;
      },
    });
    const leave = (): void => void lifecycle.stream({ name: 'agent' }, () => source);

    leave();
    await collectGarbageUntil(() => sink.parents.length > 0);
    feed?.enqueue('nobody hears it');

    expect(sink.parents[0]).toMatchObject({ metadata: { reason: 'stream_abandoned' } });
  });

  it('is not ended while a read of it is on its way', async () => {
    const { lifecycle, sink } = streaming({ limits: { flushIntervalMs: 1 } });
    let give: (chunk: string) => void = () => {};
    const chunk = new Promise<string>((resolve) => {
      give = resolve;
    });
    const readOnce = (): Promise<IteratorResult<string>> =>
      lifecycle
        .stream({ name: 'agent' }, async function* () {
          yield await chunk;
        })
        .next();

    const reading = readOnce();
    await collectGarbageUntil(() => sink.parents.length > 0);
    const endedWhileReading = sink.parents.length;
    give('late');
    const { value } = await reading;
    await collectGarbageUntil(() => sink.parents.length > 0);

    expect(endedWhileReading).toBe(0);
    expect(value).toBe('late');
    expect(sink.parents[0]).toMatchObject({ output: { partialOutput: 'late' } });
  });

  it('frees the connection that a fetched response holds', async () => {
    const { lifecycle, sink } = streaming({ limits: { flushIntervalMs: 1 } });
    let isClosed = false;
    const server = createServer((_request, response) => {
      response.write('tick');
      response.on('close', () => {
        isClosed = true;
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const leave = async (): Promise<void> => {
      await lifecycle.stream({ name: 'agent' }, () => fetch(`http://127.0.0.1:${port}/`));
    };

    await leave();
    await collectGarbageUntil(() => isClosed && sink.parents.length > 0);
    server.closeAllConnections();
    server.close();

    expect(isClosed).toBe(true);
    expect(sink.parents[0]).toMatchObject({ metadata: { reason: 'stream_abandoned' } });
  });

  it('counts as aborted when its signal was', async () => {
    const { lifecycle, sink } = streaming({ limits: { flushIntervalMs: 1 } });
    const controller = new AbortController();
    const leave = (): void =>
      void lifecycle.stream({ name: 'agent', signal: controller.signal }, ticks);

    leave();
    controller.abort(new Error('the user left'));
    await collectGarbageUntil(() => sink.parents.length > 0);

    expect(sink.parents[0]).toMatchObject({
      statusMessage: 'the user left',
      metadata: { reason: 'aborted' },
    });
  });
});

describe('a stream that is open at shutdown', () => {
  it('was never ended, and says what it had streamed', async () => {
    const { lifecycle, sink } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, ticks);
    await stream.next();

    await lifecycle.shutdown();
    const after = await stream.next();

    expect(sink.parents[0]).toMatchObject({
      output: { error: { type: 'NeverEnded' }, partialOutput: 'tick ' },
      metadata: { reason: 'never_ended', stream_chunks: 1 },
    });
    expect(after.value).toBe('tick ');
  });
});

describe('a stream without a sink that works', () => {
  it('runs in the context of its run, and nothing of it is kept', async () => {
    const disabled = { name: 'langfuse', disabled: { message: 'no keys' }, send: async () => [] };
    const { lifecycle } = streaming({ sink: disabled });
    const stream = lifecycle.stream({ name: 'agent' }, async function* (run) {
      expect(lifecycle.currentRun()).toBe(run);
      yield run.step({ name: 'tool' }, () => 'value');
    });

    const { value } = await stream.next();
    const end = await stream.next();

    expect(value).toBe('value');
    expect(end.done).toBe(true);
  });
});
