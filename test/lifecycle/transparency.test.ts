import { describe, expect, it } from 'vitest';
import { createLifecycle, type Lifecycle, type MemorySink, memorySink } from '../../src/index.ts';

function traced(): { readonly lifecycle: Lifecycle; readonly sink: MemorySink } {
  const sink = memorySink();
  return { lifecycle: createLifecycle({ sink }), sink };
}

describe('run', () => {
  it('returns the value of a synchronous function at once', () => {
    const { lifecycle } = traced();
    const value = { answer: 42 };

    const result = lifecycle.run({ name: 'agent' }, () => value);

    expect(result).toBe(value);
  });

  it('throws the very error that a synchronous function throws', () => {
    const { lifecycle } = traced();
    const error = new TypeError('boom');

    const call = (): never =>
      lifecycle.run({ name: 'agent' }, () => {
        throw error;
      });

    expect(call).toThrow(error);
  });

  it('returns a promise with the very value and the very reason', async () => {
    const { lifecycle } = traced();
    const value = { answer: 42 };
    const reason = { not: 'an error' };

    const resolved = lifecycle.run({ name: 'agent' }, async () => value);
    const rejected = lifecycle.run({ name: 'agent' }, () => Promise.reject(reason));

    expect(resolved).toBeInstanceOf(Promise);
    expect(await resolved).toBe(value);
    await expect(rejected).rejects.toBe(reason);
  });

  it('keeps the methods of a promise class of its own and does not start lazy work', async () => {
    const { lifecycle, sink } = traced();
    let executions = 0;
    class Query {
      #rows = ['a', 'b'];
      then<R>(onFulfilled: (rows: readonly string[]) => R): Promise<R> {
        executions += 1;
        return Promise.resolve(this.#rows).then(onFulfilled);
      }
      count(): number {
        return this.#rows.length;
      }
    }

    const query = lifecycle.run({ name: 'agent' }, () => new Query());
    const before = executions;
    const rows = await query;
    await lifecycle.flush();

    expect(before).toBe(0);
    expect(query.count()).toBe(2);
    expect(rows).toEqual(['a', 'b']);
    expect(executions).toBe(1);
    expect(sink.parents[0]).toMatchObject({
      output: ['a', 'b'],
      metadata: { status: 'completed' },
    });
  });

  it('lets a lazy query that is awaited twice run twice, each time with its own result', async () => {
    const { lifecycle } = traced();
    let executions = 0;
    const query = lifecycle.run({ name: 'agent' }, () => ({
      then<R>(onFulfilled: (rows: readonly number[]) => R): Promise<R> {
        executions += 1;
        return Promise.resolve([executions]).then(onFulfilled);
      },
    }));

    const results = [await query, await query];

    expect(results).toEqual([[1], [2]]);
  });

  it('leaves an unhandled rejection unhandled', async () => {
    const { lifecycle } = traced();
    const reason = new Error('nobody listens');
    const unhandled = new Promise<unknown>((resolve) => {
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.once('unhandledRejection', (error) => {
        for (const listener of others) process.on('unhandledRejection', listener);
        resolve(error);
      });
    });

    void lifecycle.run({ name: 'agent' }, () => Promise.reject(reason));

    expect(await unhandled).toBe(reason);
  });

  it('never changes what it was given', async () => {
    const { lifecycle } = traced();
    const input = Object.freeze({
      apiKey: 'sk-1234567890abcdef1234567890',
      nested: Object.freeze({ list: Object.freeze([1]) }),
    });

    const result = await lifecycle.run({ name: 'agent', input }, async () => input);

    expect(result).toBe(input);
    expect(result.apiKey).toBe('sk-1234567890abcdef1234567890');
  });
});

describe('wrap', () => {
  it('keeps this, arguments, name and length', () => {
    const { lifecycle } = traced();
    const calculator = {
      factor: 3,
      multiply: lifecycle.wrap(
        {},
        function multiply(this: { factor: number }, value: number, _unit: string): number {
          return this.factor * value;
        },
      ),
    };

    const result = calculator.multiply(4, 'km');

    expect(result).toBe(12);
    expect(calculator.multiply.name).toBe('multiply');
    expect(calculator.multiply).toHaveLength(2);
  });

  it('records the arguments as input and finds the conversation in the first', async () => {
    const { lifecycle, sink } = traced();
    const ask = lifecycle.wrap(
      { name: 'ask' },
      async (request: { readonly conversation_id: string }, limit: number) => limit,
    );

    await ask({ conversation_id: 'c-7' }, 2);
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      name: 'ask',
      input: [{ conversation_id: 'c-7' }, 2],
      output: 2,
      trace: { conversationId: 'c-7' },
      metadata: { conversation_id_source: 'args[0].conversation_id' },
    });
  });
});

describe('steps', () => {
  it('keep values and errors and nest by where they are called', async () => {
    const { lifecycle, sink } = traced();
    const failure = new Error('no index');

    const result = await lifecycle.run({ name: 'agent' }, async (run) =>
      run.step({ name: 'outer', kind: 'chain' }, async () => {
        const sync = run.step({ name: 'sync', kind: 'tool' }, () => 1);
        await expect(
          run.step({ name: 'failing', kind: 'tool' }, async () => Promise.reject(failure)),
        ).rejects.toBe(failure);
        return sync;
      }),
    );
    await lifecycle.flush();

    const steps = Object.fromEntries(sink.records.map((record) => [record.name, record]));
    expect(result).toBe(1);
    expect(steps['sync']?.parentId).toBe(steps['outer']?.id);
    expect(steps['failing']).toMatchObject({
      parentId: steps['outer']?.id,
      level: 'ERROR',
      statusMessage: 'no index',
    });
    expect(steps['outer']?.parentId).toBe(sink.parents[0]?.id);
  });

  it('take the usage object of a provider as it came', async () => {
    const { lifecycle, sink } = traced();

    await lifecycle.run({ name: 'agent' }, (run) =>
      run.step({ name: 'plan', kind: 'generation', model: 'gpt-5' }, async (step) => {
        step.update({
          usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
          cost: 0.002,
        });
        return 'text';
      }),
    );
    await lifecycle.flush();

    expect(sink.records.find(({ name }) => name === 'plan')).toMatchObject({
      model: 'gpt-5',
      usage: { input: 12, output: 5, total: 17 },
      cost: { total: 0.002 },
      output: 'text',
    });
  });
});
