import { describe, expect, it } from 'vitest';
import { collect, streaming, turnsUntilSettled } from './streaming.ts';

function streamOf<T>(chunks: readonly T[]): ReadableStream<T> {
  const rest = [...chunks];
  return new ReadableStream<T>(
    {
      pull(controller) {
        const chunk = rest.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
}

function bytesOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const rest = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const chunk = rest.shift();
      if (chunk !== undefined) {
        controller.enqueue(chunk);
        return;
      }
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

describe('a ReadableStream', () => {
  it('that is read to its end completes its run with what it streamed', async () => {
    const { lifecycle, parent } = streaming();

    const stream = lifecycle.stream({ name: 'agent' }, () => streamOf(['Hel', 'lo']));
    const chunks = await collect(stream);

    expect(stream).toBeInstanceOf(ReadableStream);
    expect(chunks).toEqual(['Hel', 'lo']);
    expect(await parent()).toMatchObject({
      output: 'Hello',
      metadata: { status: 'completed', stream_chunks: 2 },
      completionStartTime: expect.any(Number),
    });
  });

  it('gives the very chunks of its source and pulls none ahead', async () => {
    const { lifecycle } = streaming();
    const made = [{ id: 1 }, { id: 2 }];
    let pulls = 0;
    const reader = lifecycle
      .stream(
        { name: 'agent' },
        () =>
          new ReadableStream<object>(
            {
              pull(controller) {
                controller.enqueue(made[pulls] ?? {});
                pulls += 1;
              },
            },
            { highWaterMark: 0 },
          ),
      )
      .getReader();
    await turnsUntilSettled(new Promise(() => {}));

    const pullsBefore = pulls;
    const { value } = await reader.read();

    expect(pullsBefore).toBe(0);
    expect(value).toBe(made[0]);
    expect(pulls).toBe(1);
  });

  it('ends with its last chunk when its source does, without another read', async () => {
    const { lifecycle, parent } = streaming();
    const source = new ReadableStream<string>({
      start(controller) {
        controller.enqueue('only');
        controller.close();
      },
    });

    const reader = lifecycle.stream({ name: 'agent' }, () => source).getReader();
    await reader.read();
    await reader.closed;

    expect(await parent()).toMatchObject({ output: 'only', metadata: { status: 'completed' } });
  });

  it('that fails half-way ends with its error, which its reader gets as it is', async () => {
    const { lifecycle, parent } = streaming();
    const failure = new Error('connection lost');
    const rest = ['part'];
    const source = new ReadableStream<string>(
      {
        pull(controller) {
          const chunk = rest.shift();
          if (chunk === undefined) controller.error(failure);
          else controller.enqueue(chunk);
        },
      },
      { highWaterMark: 0 },
    );

    const reader = lifecycle.stream({ name: 'agent' }, () => source).getReader();
    await reader.read();

    await expect(reader.read()).rejects.toBe(failure);
    await expect(reader.closed).rejects.toBe(failure);
    expect(await parent()).toMatchObject({
      output: { error: { message: 'connection lost' }, partialOutput: 'part' },
      metadata: { status: 'error', reason: 'exception' },
    });
  });

  it('tells an error of its source to a reader that does not read', async () => {
    const { lifecycle } = streaming();
    const failure = new Error('connection lost');
    let fail: (error: unknown) => void = () => {};
    const source = new ReadableStream<string>({
      start(controller) {
        fail = (error) => controller.error(error);
      },
    });

    const reader = lifecycle.stream({ name: 'agent' }, () => source).getReader();
    fail(failure);

    await expect(reader.closed).rejects.toBe(failure);
  });

  it('that its reader cancels is abandoned, and the source hears the very reason', async () => {
    const { lifecycle, parent } = streaming();
    const reason = new Error('the tab was closed');
    let heard: unknown;
    const source = new ReadableStream<string>({
      pull: (controller) => controller.enqueue('tick '),
      cancel(told) {
        heard = told;
      },
    });

    const reader = lifecycle.stream({ name: 'agent' }, () => source).getReader();
    await reader.read();
    await reader.cancel(reason);

    expect(heard).toBe(reason);
    expect(await parent()).toMatchObject({
      level: 'WARNING',
      statusMessage: 'the reader cancelled the stream after 1 chunk: the tab was closed',
      output: { partialOutput: 'tick ' },
      metadata: { reason: 'stream_abandoned' },
    });
  });

  it('that is cancelled while a read is on its way ends once', async () => {
    const { lifecycle, parent, diagnostics } = streaming();
    const source = new ReadableStream<string>({ pull: () => new Promise(() => {}) });

    const reader = lifecycle.stream({ name: 'agent' }, () => source).getReader();
    const pending = reader.read();
    await reader.cancel('enough');

    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await parent()).toMatchObject({
      statusMessage: 'the reader cancelled the stream after 0 chunks: enough',
    });
    expect(diagnostics).toEqual([]);
  });

  it('may be teed: both branches get everything and the run ends once', async () => {
    const { lifecycle, parent, sink, diagnostics } = streaming();

    const [left, right] = lifecycle
      .stream({ name: 'agent' }, () => streamOf(['a', 'b', 'c']))
      .tee();
    const chunks = await Promise.all([collect(left), collect(right)]);

    expect(chunks).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
    expect(await parent()).toMatchObject({
      output: 'abc',
      metadata: { status: 'completed', stream_chunks: 3 },
    });
    expect(sink.parents).toHaveLength(1);
    expect(diagnostics).toEqual([]);
  });

  it('that is teed and cancelled on both sides is abandoned', async () => {
    const { lifecycle, parent } = streaming();

    const [left, right] = lifecycle.stream({ name: 'agent' }, () => streamOf(['a', 'b'])).tee();
    await Promise.all([left.cancel('left'), right.cancel('right')]);

    expect(await parent()).toMatchObject({
      statusMessage: 'the reader cancelled the stream after 0 chunks: left',
    });
  });

  it('goes through pipes', async () => {
    const { lifecycle, parent } = streaming();
    const upper = new TransformStream<string, string>({
      transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()),
    });

    const stream = lifecycle.stream({ name: 'agent' }, () => streamOf(['a', 'b']));
    const chunks = await collect(stream.pipeThrough(upper));

    expect(chunks).toEqual(['A', 'B']);
    expect(await parent()).toMatchObject({ output: 'ab', metadata: { status: 'completed' } });
  });

  it('is abandoned by the pipe that it feeds when that is aborted', async () => {
    const { lifecycle, parent } = streaming();
    const controller = new AbortController();
    const source = new ReadableStream<string>({ pull: (feed) => feed.enqueue('tick') });

    const piping = lifecycle
      .stream({ name: 'agent', signal: controller.signal }, () => source)
      .pipeTo(new WritableStream({ write: () => controller.abort(new Error('client gone')) }), {
        signal: controller.signal,
      });

    await expect(piping).rejects.toThrow('client gone');
    expect(await parent()).toMatchObject({
      metadata: { reason: 'aborted' },
      statusMessage: 'client gone',
    });
  });

  it('may give undefined as a chunk', async () => {
    const { lifecycle } = streaming();
    const source = new ReadableStream<string | undefined>({
      start(controller) {
        controller.enqueue(undefined);
        controller.enqueue('a');
        controller.close();
      },
    });

    const chunks = await collect(lifecycle.stream({ name: 'agent' }, () => source));

    expect(chunks).toEqual([undefined, 'a']);
  });

  it('pulls its source in the context of its run', async () => {
    const { lifecycle, parent, sink } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, (run) => {
      const names = ['a', 'b'];
      return new ReadableStream<string>(
        {
          async pull(controller) {
            expect(lifecycle.currentRun()).toBe(run);
            const name = names.shift();
            if (name === undefined) controller.close();
            else controller.enqueue(await run.step({ name, kind: 'tool' }, async () => name));
          },
        },
        { highWaterMark: 0 },
      );
    });

    await collect(stream);

    const agent = await parent();
    expect(
      sink.records.filter(({ role }) => role === 'step').map(({ parentId }) => parentId),
    ).toEqual([agent?.id, agent?.id]);
    expect(agent).toMatchObject({ output: 'ab' });
  });

  it('keeps its class and its own fields', async () => {
    const { lifecycle } = streaming();
    class TokenStream extends ReadableStream<string> {
      get isTokens(): boolean {
        return true;
      }
    }
    const source = Object.assign(new TokenStream({ start: (controller) => controller.close() }), {
      model: 'm',
    });

    const stream = lifecycle.stream({ name: 'agent' }, () => source);

    expect(stream).toBeInstanceOf(TokenStream);
    expect(stream.isTokens).toBe(true);
    expect(stream.model).toBe('m');
    expect(await collect(stream)).toEqual([]);
  });

  it('that is locked already is left alone', async () => {
    const { lifecycle, parent } = streaming();
    const source = streamOf(['a']);
    const reader = source.getReader();

    const stream = lifecycle.stream({ name: 'agent' }, () => source);

    expect(stream).toBe(source);
    expect(await reader.read()).toEqual({ done: false, value: 'a' });
    expect(await parent()).toMatchObject({ metadata: { status: 'completed' } });
  });

  it('costs its reader a few microtasks a chunk and no turn of the event loop', async () => {
    const { lifecycle } = streaming();
    const plain = streamOf(['a', 'b', 'c']).getReader();
    const traced = lifecycle.stream({ name: 'agent' }, () => streamOf(['a', 'b', 'c'])).getReader();
    await plain.read();
    await traced.read();

    const plainTurns = await turnsUntilSettled(plain.read());
    const tracedTurns = await turnsUntilSettled(traced.read());

    expect(tracedTurns - plainTurns).toBeLessThanOrEqual(2);
  });
});

describe('a byte stream', () => {
  it('stays one for readers with buffers of their own', async () => {
    const { lifecycle, parent } = streaming();

    const reader = lifecycle
      .stream({ name: 'agent' }, () => bytesOf('Hello', ' world'))
      .getReader({ mode: 'byob' });
    const first = await reader.read(new Uint8Array(3));
    const second = await reader.read(new Uint8Array(16));
    const third = await reader.read(new Uint8Array(16));
    const last = await reader.read(new Uint8Array(16));

    expect([first, second, third].map(({ value }) => new TextDecoder().decode(value))).toEqual([
      'Hel',
      'lo',
      ' world',
    ]);
    expect(last).toMatchObject({ done: true, value: new Uint8Array(0) });
    expect(await parent()).toMatchObject({
      output: 'Hello world',
      metadata: { status: 'completed' },
    });
  });

  it('gives their buffers back to all who wait when it ends', async () => {
    const { lifecycle, parent } = streaming();
    const source = (): ReadableStream =>
      new ReadableStream({
        type: 'bytes',
        start(controller) {
          controller.enqueue(new Uint8Array([104, 105]));
          controller.close();
        },
      });

    const reader = lifecycle.stream({ name: 'agent' }, source).getReader({ mode: 'byob' });
    const reads = await Promise.all([1, 2, 3].map(() => reader.read(new Uint8Array(4))));

    expect(reads.map(({ done, value }) => [done, value?.byteLength])).toEqual([
      [false, 2],
      [true, 0],
      [true, 0],
    ]);
    expect(await parent()).toMatchObject({ output: 'hi', metadata: { status: 'completed' } });
  });

  it('may be read both ways, one after the other', async () => {
    const { lifecycle, parent } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, () => bytesOf('abc', 'def', 'ghi'));

    const chunkReader = stream.getReader();
    const first = await chunkReader.read();
    chunkReader.releaseLock();
    const byteReader = stream.getReader({ mode: 'byob' });
    const second = await byteReader.read(new Uint8Array(3));
    byteReader.releaseLock();
    const rest = await collect(stream);

    const texts = [first.value, second.value, ...rest].map((value) =>
      new TextDecoder().decode(value),
    );
    expect(texts).toEqual(['abc', 'def', 'ghi']);
    expect(await parent()).toMatchObject({
      output: 'abcdefghi',
      metadata: { status: 'completed' },
    });
  });

  it('that fails or is cancelled ends as any other', async () => {
    const failing = streaming();
    const cancelled = streaming();
    const failure = new Error('reset');
    const broken = (): ReadableStream =>
      new ReadableStream({ type: 'bytes', pull: () => Promise.reject(failure) });

    const reader = failing.lifecycle.stream({ name: 'agent' }, broken).getReader({ mode: 'byob' });
    const read = reader.read(new Uint8Array(4));
    await cancelled.lifecycle.stream({ name: 'agent' }, () => bytesOf('a')).cancel('no');

    await expect(read).rejects.toBe(failure);
    expect(await failing.parent()).toMatchObject({ statusMessage: 'reset' });
    expect(await cancelled.parent()).toMatchObject({ metadata: { reason: 'stream_abandoned' } });
  });
});

describe('a Response', () => {
  it('keeps status, headers and url, and its body is followed', async () => {
    const { lifecycle, parent } = streaming();
    const headers = new Headers({ 'content-type': 'text/event-stream' });
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    const source = new Response(streamOf([new TextEncoder().encode('data: 1\n\n')]), {
      status: 201,
      statusText: 'Made',
      headers,
    });
    Object.defineProperty(source, 'url', { value: 'https://example.test/chat' });

    const response = await lifecycle.stream({ name: 'agent' }, async () => source);
    const text = await response.text();

    expect(response).toBeInstanceOf(Response);
    expect(response).toMatchObject({
      status: 201,
      statusText: 'Made',
      url: 'https://example.test/chat',
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(text).toBe('data: 1\n\n');
    expect(await parent()).toMatchObject({
      output: 'data: 1\n\n',
      metadata: { status: 'completed' },
    });
  });

  it('may be cloned', async () => {
    const { lifecycle, parent } = streaming();

    const response = lifecycle.stream({ name: 'agent' }, () => Response.json({ answer: 42 }));
    const values = await Promise.all([response.clone().json(), response.json()]);

    expect(values).toEqual([{ answer: 42 }, { answer: 42 }]);
    expect(await parent()).toMatchObject({ output: '{"answer":42}' });
  });

  it('whose client goes away is abandoned', async () => {
    const { lifecycle, parent } = streaming();

    const response = lifecycle.stream(
      { name: 'agent' },
      () => new Response(streamOf([new Uint8Array([104, 105])])),
    );
    await response.body?.cancel(new Error('socket hang up'));

    expect(await parent()).toMatchObject({
      statusMessage: 'the reader cancelled the stream after 0 chunks: socket hang up',
      metadata: { reason: 'stream_abandoned' },
    });
  });

  it('without a body ends its run at once and comes back as it is', async () => {
    const { lifecycle, parent } = streaming();
    const source = new Response(null, { status: 204 });

    const response = lifecycle.stream({ name: 'agent' }, () => source);

    expect(response).toBe(source);
    expect(await parent()).toMatchObject({ metadata: { status: 'completed' } });
  });
});
