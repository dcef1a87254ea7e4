import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { collect, streaming, turnsUntilSettled } from './streaming.ts';

async function* words(): AsyncGenerator<string, void, unknown> {
  yield 'Hello';
  yield ', ';
  yield 'world';
}

describe('an async generator', () => {
  it('that is read to its end completes its run with what it streamed', async () => {
    const { lifecycle, parent } = streaming();

    const chunks = await collect(lifecycle.stream({ name: 'agent', input: 'hi' }, words));

    expect(chunks).toEqual(['Hello', ', ', 'world']);
    expect(await parent()).toMatchObject({
      input: 'hi',
      output: 'Hello, world',
      level: 'DEFAULT',
      metadata: { status: 'completed', reason: 'stop', stream_chunks: 3 },
    });
  });

  it('gives the very chunks of its source and reads none ahead', async () => {
    const { lifecycle } = streaming();
    const made = [{ id: 1 }, { id: 2 }, { id: 3 }];
    let asked = 0;
    const stream = lifecycle.stream({ name: 'agent' }, async function* () {
      for (const chunk of made) {
        asked += 1;
        yield chunk;
      }
    });

    const askedBefore = asked;
    const first = await stream.next();
    const second = await stream.next();

    expect(askedBefore).toBe(0);
    expect(first.value).toBe(made[0]);
    expect(second.value).toBe(made[1]);
    expect(asked).toBe(2);
    await stream.return(undefined);
  });

  it('that fails half-way ends with its error and what it had streamed', async () => {
    const { lifecycle, parent } = streaming();
    const failure = new TypeError('the model broke off');
    const stream = lifecycle.stream({ name: 'agent' }, async function* () {
      yield 'Hel';
      throw failure;
    });

    await expect(collect(stream)).rejects.toBe(failure);

    expect(await parent()).toMatchObject({
      level: 'ERROR',
      statusMessage: 'the model broke off',
      output: { error: { type: 'TypeError', reason: 'exception' }, partialOutput: 'Hel' },
      metadata: { status: 'error', reason: 'exception' },
    });
  });

  it('that its reader breaks off is abandoned, after its own clean-up', async () => {
    const { lifecycle, parent, sink } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, async function* (run) {
      try {
        yield* words();
      } finally {
        await run.step({ name: 'clean-up', kind: 'tool' }, async () => 'done');
      }
    });

    for await (const chunk of stream) if (chunk === ', ') break;

    expect(await parent()).toMatchObject({
      level: 'WARNING',
      statusMessage: 'the reader stopped after 2 chunks',
      output: {
        error: { type: 'StreamAbandoned', reason: 'stream_abandoned' },
        partialOutput: 'Hello, ',
      },
      metadata: { status: 'error', reason: 'stream_abandoned' },
    });
    expect(sink.records.find(({ name }) => name === 'clean-up')).toMatchObject({
      output: 'done',
      level: 'DEFAULT',
    });
  });

  it('that is closed unread says so', async () => {
    const { lifecycle, parent } = streaming();
    let hasStarted = false;
    const stream = lifecycle.stream({ name: 'agent' }, async function* (): AsyncGenerator<
      string,
      string
    > {
      hasStarted = true;
      yield 'never';
      return 'never';
    });

    const result = await stream.return('enough');

    expect(result).toEqual({ done: true, value: 'enough' });
    expect(hasStarted).toBe(false);
    expect(await parent()).toMatchObject({ statusMessage: 'the stream was closed unread' });
  });

  it('gets what is thrown into it: handled it goes on, unhandled it is the error of the run', async () => {
    const handled = streaming();
    const unhandled = streaming();
    const thrown = new RangeError('stop it');

    const survivor = handled.lifecycle.stream({ name: 'agent' }, async function* () {
      try {
        yield 'first';
      } catch {
        yield 'recovered';
      }
    });
    await survivor.next();
    const recovered = await survivor.throw(thrown);
    await survivor.next();
    const victim = unhandled.lifecycle.stream({ name: 'agent' }, words);
    await victim.next();

    expect(recovered).toEqual({ done: false, value: 'recovered' });
    await expect(victim.throw(thrown)).rejects.toBe(thrown);
    expect(await handled.parent()).toMatchObject({
      output: 'firstrecovered',
      metadata: { status: 'completed' },
    });
    expect(await unhandled.parent()).toMatchObject({
      output: { error: { type: 'RangeError', message: 'stop it' }, partialOutput: 'Hello' },
    });
  });

  it('keeps what is sent into it and what it returns', async () => {
    const { lifecycle, parent } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, async function* (): AsyncGenerator<
      string,
      string,
      string
    > {
      const name = yield 'name?';
      return `hello ${name}`;
    });

    await stream.next('ignored');
    const last = await stream.next('Ada');

    expect(last).toEqual({ done: true, value: 'hello Ada' });
    expect(await parent()).toMatchObject({ output: { streamed: 'name?', returned: 'hello Ada' } });
  });

  it('is an async generator to look at', () => {
    const { lifecycle } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, words);

    expect(Object.prototype.toString.call(stream)).toBe('[object AsyncGenerator]');
    expect(stream).toBeInstanceOf(words);
    expect(stream[Symbol.asyncIterator]()).toBe(stream);
  });

  it('whose signal was aborted ends as aborted, whether its reader stopped or its code threw', async () => {
    const stopped = streaming();
    const thrown = streaming();
    const controller = new AbortController();
    const { signal } = controller;
    controller.abort(new Error('the user left'));

    await stopped.lifecycle.stream({ name: 'agent', signal }, words).return(undefined);
    const failing = thrown.lifecycle.stream({ name: 'agent', signal }, async function* () {
      yield 'a';
      signal.throwIfAborted();
    });

    await expect(collect(failing)).rejects.toThrow('the user left');
    for (const { parent } of [stopped, thrown]) {
      expect(await parent()).toMatchObject({
        level: 'WARNING',
        metadata: { reason: 'aborted' },
        statusMessage: 'the user left',
      });
    }
  });

  it('that ended its run by itself keeps that ending when its reader stops', async () => {
    const { lifecycle, parent } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, async function* (run) {
      run.suspend([{ tool: 'pay' }], { reason: 'approval_required' });
      yield 'waiting for you';
    });

    for await (const chunk of stream) if (chunk !== '') break;

    expect(await parent()).toMatchObject({
      metadata: { status: 'suspended', reason: 'approval_required' },
    });
  });

  it('runs in the context of its run at every resume and leaves that of its reader alone', async () => {
    const { lifecycle, sink, parent } = streaming();
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const stream = lifecycle.stream({ name: 'inner' }, async function* (run) {
      for (const name of ['a', 'b']) {
        await run.step({ name, kind: 'tool' }, async () => name);
        expect(lifecycle.currentRun()).toBe(run);
        seen.push(request.getStore());
        yield name;
        expect(lifecycle.currentRun()).toBe(run);
      }
    });

    await lifecycle.run({ name: 'reader' }, async (reader) =>
      reader.step({ name: 'reading' }, async () => {
        for (const id of ['request-1', 'request-2', 'request-3']) {
          await request.run(id, () => stream.next());
          expect(lifecycle.currentRun()).toBe(reader);
        }
      }),
    );
    await parent();

    const inner = sink.parents.find(({ name }) => name === 'inner');
    const steps = sink.records.filter(({ name }) => name === 'a' || name === 'b');
    expect(steps.map(({ parentId }) => parentId)).toEqual([inner?.id, inner?.id]);
    expect(seen).toEqual(['request-1', 'request-2']);
  });

  it('inside a run is a run of its trace', async () => {
    const { lifecycle, parent, sink } = streaming();

    await lifecycle.run({ name: 'outer', conversationId: 'c-1' }, async () => {
      await collect(lifecycle.stream({ name: 'inner' }, words));
    });

    const outer = await parent();
    expect(
      sink.records.find(({ name, phase }) => name === 'inner' && phase === 'ended'),
    ).toMatchObject({
      role: 'child-run',
      parentId: outer?.id,
      output: 'Hello, world',
      trace: { conversationId: 'c-1' },
    });
  });

  it('costs its reader one microtask a chunk', async () => {
    const { lifecycle } = streaming();
    const plain = words();
    const traced = lifecycle.stream({ name: 'agent' }, words);
    await plain.next();
    await traced.next();

    const plainTurns = await turnsUntilSettled(plain.next());
    const tracedTurns = await turnsUntilSettled(traced.next());

    expect(tracedTurns - plainTurns).toBeLessThanOrEqual(1);
    await traced.return();
  });

  it('leaves a rejection that nobody handles unhandled', async () => {
    const { lifecycle } = streaming();
    const failure = new Error('nobody listens');
    const unhandled = new Promise<unknown>((resolve) => {
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.once('unhandledRejection', (error) => {
        for (const listener of others) process.on('unhandledRejection', listener);
        resolve(error);
      });
    });

    void lifecycle
      .stream({ name: 'agent' }, async function* () {
        yield await Promise.reject(failure);
      })
      .next();

    expect(await unhandled).toBe(failure);
  });
});

describe('the first chunk', () => {
  it('tells when it came', async () => {
    let time = Date.UTC(2026, 10, 23, 12);
    const clock = { now: () => time, schedule: () => ({ cancel() {} }) };
    const { lifecycle, sink } = streaming({ clock });
    const start = time;

    const stream = lifecycle.stream({ name: 'agent' }, async function* () {
      time += 340;
      yield 'a';
      time += 1_000;
      yield 'b';
    });
    await collect(stream);
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      startTime: start,
      endTime: start + 1_340,
      completionStartTime: start + 340,
      metadata: { ms_to_first_chunk: 340 },
    });
  });

  it('is shown to onChunk before the reader has it, and what onChunk throws hurts nobody', async () => {
    const { lifecycle, parent, diagnostics } = streaming();
    const shown: string[] = [];
    const stream = lifecycle.stream(
      {
        name: 'agent',
        onChunk(chunk: string, run) {
          shown.push(chunk);
          run.update({ metadata: { last: chunk } });
          if (chunk === ', ') throw new Error('clumsy');
        },
      },
      words,
    );

    const chunks = await collect(stream);

    expect(shown).toEqual(chunks);
    expect(await parent()).toMatchObject({
      output: 'Hello, world',
      metadata: { last: 'world', status: 'completed' },
    });
    expect(diagnostics).toMatchObject([{ code: 'internal', message: 'onChunk failed: clumsy' }]);
  });
});

describe('other iterables', () => {
  it('stay synchronous', async () => {
    const { lifecycle, parent } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, function* (run) {
      expect(lifecycle.currentRun()).toBe(run);
      yield 1;
      yield 2;
      return 'sum';
    });

    const chunks = [...stream];

    expect(chunks).toEqual([1, 2]);
    expect(await parent()).toMatchObject({ output: { streamed: [1, 2], returned: 'sum' } });
  });

  it('are followed through the helpers of built-in iterators', async () => {
    const { lifecycle, parent } = streaming();
    const stream = lifecycle.stream({ name: 'agent' }, () => [1, 2].values());

    const doubled: unknown = Reflect.apply(Reflect.get(stream, 'map'), stream, [
      (value: number) => value * 2,
    ]);

    expect([...(doubled as Iterable<number>)]).toEqual([2, 4]);
    expect(await parent()).toMatchObject({ output: [1, 2], metadata: { status: 'completed' } });
  });

  it('are abandoned when they are disposed of', async () => {
    const { lifecycle, parent } = streaming();

    {
      await using stream = lifecycle.stream({ name: 'agent' }, words);
      await stream.next();
    }

    expect(await parent()).toMatchObject({
      output: { partialOutput: 'Hello' },
      metadata: { reason: 'stream_abandoned' },
    });
  });

  it('keep the methods and private fields of their class', async () => {
    const { lifecycle, parent } = streaming();
    class Query {
      readonly #rows = ['a', 'b'];
      interrupted = false;
      interrupt(): number {
        this.interrupted = true;
        return this.#rows.length;
      }
      async *[Symbol.asyncIterator](): AsyncGenerator<string> {
        yield* this.#rows;
      }
    }

    const query = lifecycle.stream({ name: 'agent' }, () => new Query());
    const count = query.interrupt();
    const rows = await collect(query);

    expect(query).toBeInstanceOf(Query);
    expect(query.interrupted).toBe(true);
    expect(count).toBe(2);
    expect(rows).toEqual(['a', 'b']);
    expect(await parent()).toMatchObject({ output: 'ab', metadata: { status: 'completed' } });
  });

  it('without return are abandoned by a break as well', async () => {
    const { lifecycle, parent } = streaming();
    let count = 0;
    const counter = Object.freeze({
      next: async () => ({ done: false, value: (count += 1) }),
      [Symbol.asyncIterator](): AsyncIterator<number> {
        return this;
      },
    });

    for await (const value of lifecycle.stream({ name: 'agent' }, () => counter))
      if (value === 2) break;

    expect(count).toBe(2);
    expect(await parent()).toMatchObject({
      output: { partialOutput: [1, 2] },
      metadata: { reason: 'stream_abandoned' },
    });
  });

  it('may be promised, and the promise may have a class of its own', async () => {
    const { lifecycle, parent, sink } = streaming();
    class Request<T> extends Promise<T> {
      cancel(): string {
        return 'cancelled';
      }
    }

    const promised = lifecycle.stream({ name: 'plain' }, async () => words());
    const request = lifecycle.stream(
      { name: 'own' },
      () => Request.resolve(words()) as Request<AsyncGenerator<string>>,
    );

    expect(promised).toBeInstanceOf(Promise);
    expect(request.cancel()).toBe('cancelled');
    expect(await request).toBe(await request);
    await collect(await promised);
    await collect(await request);
    await parent();
    expect(sink.parents).toMatchObject([
      { name: 'plain', output: 'Hello, world' },
      { name: 'own', output: 'Hello, world' },
    ]);
  });
});

describe('a function that gives no stream', () => {
  it.each([
    ['a text', 'plain'],
    ['a list', [1, 2]],
    ['an object', { answer: 42 }],
    ['nothing', undefined],
  ])('ends its run with the value at once: %s', async (_title, value) => {
    const { lifecycle, parent } = streaming();

    const result = lifecycle.stream({ name: 'agent' }, () => value);

    expect(result).toBe(value);
    expect(await parent()).toMatchObject({
      output: value ?? '[no output]',
      metadata: { status: 'completed' },
    });
  });

  it('fails with its very error, thrown or rejected', async () => {
    const { lifecycle, parent, sink } = streaming();
    const failure = new Error('no model');
    const fail = (): never => {
      throw failure;
    };

    expect(() => lifecycle.stream({ name: 'agent' }, fail)).toThrow(failure);
    await expect(lifecycle.stream({ name: 'agent' }, async () => fail())).rejects.toBe(failure);
    await parent();

    expect(sink.parents.map(({ statusMessage }) => statusMessage)).toEqual([
      'no model',
      'no model',
    ]);
  });
});
