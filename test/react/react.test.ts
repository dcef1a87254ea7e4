import { describe, expect, it } from 'vitest';
import { ConfigError, MaxIterationsError } from '../../src/index.ts';
import { ReAct } from '../../src/react.ts';
import { call, decides, finish, traced } from './traced.ts';

const add = {
  description: 'Adds numbers.',
  parameters: { type: 'object' },
  run: (input: unknown): number => {
    if (!Array.isArray(input)) throw new TypeError('expected a list of numbers');
    return input.reduce((total: number, number) => total + Number(number), 0);
  },
};

describe('ReAct', () => {
  it('goes from tool to answer and returns it', async () => {
    const { lifecycle } = traced();
    const { model, requests } = decides(call('add', [2, 3]), finish('five'));
    const agent = new ReAct({ lifecycle, model, tools: { add }, instructions: 'Be brief.' });

    const result = await agent.call('2 + 3?');

    expect(result).toEqual({ status: 'completed', output: 'five' });
    expect(requests).toEqual([
      {
        input: '2 + 3?',
        instructions: 'Be brief.',
        tools: [{ name: 'add', description: 'Adds numbers.', parameters: { type: 'object' } }],
        history: [],
      },
      expect.objectContaining({
        history: [
          {
            observations: [
              { id: 'call_1_1', tool: 'add', input: [2, 3], status: 'returned', output: 5 },
            ],
          },
        ],
      }),
    ]);
  });

  it('records the answer itself as the output, and the limit of the loop', async () => {
    const { lifecycle, parent } = traced();
    const { model } = decides(finish('done'));

    await new ReAct({ lifecycle, name: 'adder', model, tools: {}, maxIterations: 4 }).call('go');

    expect(await parent()).toMatchObject({
      name: 'adder',
      input: 'go',
      output: 'done',
      metadata: { status: 'completed', reason: 'stop', max_iterations: 4 },
    });
  });

  it('records each decision as a generation and each call as a tool, directly below the run', async () => {
    const { lifecycle, parent, children } = traced();
    const { model } = decides(
      {
        type: 'tools',
        thought: 'two sums',
        calls: [
          { tool: 'add', input: [1, 2], id: 'a' },
          { tool: 'add', input: [3, 4], id: 'b' },
        ],
        usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
        cost: 0.002,
        model: 'test-model',
      },
      finish('3 and 7'),
    );

    await new ReAct({ lifecycle, model, tools: { add } }).call('sums?');

    const steps = await children();
    const { id: rootId } = await parent();
    expect(steps.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'generation reason',
      'tool add',
      'tool add',
      'generation reason',
    ]);
    expect(steps.every(({ parentId }) => parentId === rootId)).toBe(true);
    expect(steps[0]).toMatchObject({
      model: 'test-model',
      usage: { input: 11, output: 7, total: 18 },
      cost: { total: 0.002 },
      input: { input: 'sums?', history: [], tools: ['add'] },
      output: { type: 'tools', thought: 'two sums' },
    });
    expect(steps[2]).toMatchObject({ input: [3, 4], output: 7, metadata: { tool_call_id: 'b' } });
  });

  it('tells the model what a tool threw and goes on', async () => {
    const { lifecycle, parent, children } = traced();
    const { model, requests } = decides(call('add', 'two'), finish('recovered'));

    const result = await new ReAct({ lifecycle, model, tools: { add } }).call('2?');

    expect(result).toEqual({ status: 'completed', output: 'recovered' });
    expect(requests[1]?.history[0]?.observations[0]).toMatchObject({
      status: 'failed',
      error: 'expected a list of numbers',
    });
    expect((await children())[1]).toMatchObject({
      kind: 'tool',
      level: 'ERROR',
      statusMessage: 'expected a list of numbers',
    });
    expect(await parent()).toMatchObject({ level: 'DEFAULT', metadata: { status: 'completed' } });
  });

  it.each(['divide', 'toString', '__proto__'])(
    'tells the model that there is no tool %s, and which there are',
    async (name) => {
      const { lifecycle, children } = traced();
      const { model, requests } = decides(call(name), finish('gave up'));

      await new ReAct({ lifecycle, model, tools: { add } }).call('6 / 2?');

      const error = `There is no tool "${name}". Use one of add.`;
      expect(requests[1]?.history[0]?.observations[0]).toMatchObject({ status: 'failed', error });
      expect((await children())[1]).toMatchObject({ kind: 'tool', name, level: 'ERROR' });
    },
  );

  it('works without tools', async () => {
    const { lifecycle } = traced();
    const { model, requests } = decides(finish('hi'));

    const result = await new ReAct({ lifecycle, model, tools: {} }).call('hello');

    expect(result).toEqual({ status: 'completed', output: 'hi' });
    expect(requests[0]?.tools).toEqual([]);
  });

  it('lets an error of the model out as it is', async () => {
    const { lifecycle, parent, children } = traced();
    const error = Object.assign(new Error('503 overloaded'), { name: 'APIError', status: 503 });
    const model = async (): Promise<never> => Promise.reject(error);

    const attempt = new ReAct({ lifecycle, model, tools: { add } }).call('2?');

    await expect(attempt).rejects.toBe(error);
    expect(await parent()).toMatchObject({
      level: 'ERROR',
      output: { error: { message: '503 overloaded', reason: 'model_error' } },
    });
    expect((await children())[0]).toMatchObject({ kind: 'generation', level: 'ERROR' });
  });

  it('says what a decision has to be when the model returns something else', async () => {
    const { lifecycle, parent } = traced();
    const model = (): never => ({ type: 'dance' }) as never;

    const attempt = new ReAct({ lifecycle, model, tools: {} }).call('?');

    await expect(attempt).rejects.toThrow(
      'must decide "tools", "finish" or "suspend"; it decided "dance"',
    );
    expect(await parent()).toMatchObject({ metadata: { status: 'error', reason: 'exception' } });
  });

  it.each([-1, 1.5, Number.NaN, '3' as unknown as number])(
    'refuses %s as maxIterations',
    (maxIterations) => {
      const create = (): unknown => new ReAct({ model: decides().model, tools: {}, maxIterations });

      expect(create).toThrow(ConfigError);
    },
  );

  it('runs an agent that is called by a tool inside the step of that tool', async () => {
    const { lifecycle, parent, children } = traced();
    const inner = new ReAct({
      lifecycle,
      name: 'inner',
      model: decides(call('add', [1, 1]), finish('two')).model,
      tools: { add },
    });
    const ask = {
      description: 'Asks the inner agent.',
      run: async (input: unknown) => inner.call(String(input)),
    };
    const outer = new ReAct({
      lifecycle,
      name: 'outer',
      model: decides(call('ask', '1 + 1?'), finish('2')).model,
      tools: { ask },
    });

    await outer.call('sum?', { conversationId: 'chat-1' });

    const records = await children();
    const tool = records.find(({ name }) => name === 'ask');
    const child = records.find(({ role }) => role === 'child-run');
    expect(tool).toMatchObject({ parentId: (await parent()).id });
    expect(child).toMatchObject({
      name: 'inner',
      parentId: tool?.id,
      trace: { name: 'outer', conversationId: 'chat-1' },
      output: 'two',
      metadata: { status: 'completed', conversation_id_source: 'outer_run' },
    });
    expect(records.filter(({ parentId }) => parentId === child?.id)).toHaveLength(3);
  });

  it('takes the conversation id from an input object, and a call option before that', async () => {
    const byInput = traced();
    const byOption = traced();
    const input = { question: 'why?', conversationId: 'from-input' };
    const create = ({ lifecycle }: Pick<typeof byInput, 'lifecycle'>): ReAct<typeof input> =>
      new ReAct({ lifecycle, model: decides<typeof input>(finish('so')).model, tools: {} });

    await create(byInput).call(input);
    await create(byOption).call(input, { conversationId: 'from-call' });

    expect((await byInput.parent()).trace.conversationId).toBe('from-input');
    expect((await byOption.parent()).trace.conversationId).toBe('from-call');
  });
});

describe('ReAct at its limit', () => {
  it('throws what it knows', async () => {
    const { lifecycle } = traced();
    const { model } = decides(
      { type: 'tools', thought: 'maybe 5', calls: [{ tool: 'add', input: [2, 3] }] },
      call('nothing'),
      call('add', 'x'),
    );

    const attempt = new ReAct({
      lifecycle,
      name: 'adder',
      model,
      tools: { add },
      maxIterations: 3,
    }).call('?');

    await expect(attempt).rejects.toBeInstanceOf(MaxIterationsError);
    await expect(attempt).rejects.toMatchObject({
      message: expect.stringContaining('adder has no answer after 3 iterations'),
      iterations: 3,
      maxIterations: 3,
      toolsUsed: ['add', 'add'],
      history: [{ thought: 'maybe 5' }, {}, {}],
      lastObservation: { error: 'expected a list of numbers' },
      partialOutput: 'maybe 5',
    });
  });

  it('ends like any other error, plus what the loop knew', async () => {
    const limited = traced();
    const broken = traced();
    const options = { name: 'adder', tools: { add }, maxIterations: 1 };
    const failure = new Error('boom');

    await new ReAct({
      ...options,
      lifecycle: limited.lifecycle,
      model: decides(call('add', [1, 2])).model,
    })
      .call('?')
      .catch(() => {});
    await new ReAct({
      ...options,
      lifecycle: broken.lifecycle,
      model: () => {
        throw failure;
      },
    })
      .call('?')
      .catch(() => {});

    const { output, ...atLimit } = await limited.parent();
    const { output: brokenOutput, ...byException } = await broken.parent();
    expect(output).toMatchObject({
      error: { type: 'MaxIterationsError', reason: 'max_iterations' },
      react: { iterations: 1, maxIterations: 1, toolsUsed: ['add'], lastObservation: 3 },
    });
    expect(Object.keys(output as object)).toEqual([
      ...Object.keys(brokenOutput as object),
      'react',
    ]);
    expect(Object.keys(atLimit)).toEqual(Object.keys(byException));
    expect(Object.keys(atLimit.metadata)).toEqual(Object.keys(byException.metadata));
    expect(atLimit.level).toBe(byException.level);
  });

  it('asks nothing of the model when the limit is 0', async () => {
    const { lifecycle } = traced();
    const { model, requests } = decides(finish('never'));

    const attempt = new ReAct({ lifecycle, model, tools: {}, maxIterations: 0 }).call('?');

    await expect(attempt).rejects.toMatchObject({ iterations: 0, toolsUsed: [] });
    expect(requests).toEqual([]);
  });
});

describe('an aborted ReAct', () => {
  const reason = new DOMException('the user left', 'AbortError');

  it('ends as aborted when the model gives up on the signal', async () => {
    const { lifecycle, parent, children } = traced();
    const controller = new AbortController();
    const model = async (
      _request: unknown,
      { signal }: { signal?: AbortSignal },
    ): Promise<never> => {
      controller.abort(reason);
      return Promise.reject(signal?.reason);
    };

    const attempt = new ReAct({ lifecycle, model, tools: {} }).call('?', controller);

    await expect(attempt).rejects.toBe(reason);
    expect(await parent()).toMatchObject({ level: 'WARNING', metadata: { reason: 'aborted' } });
    expect((await children())[0]).toMatchObject({ kind: 'generation', level: 'WARNING' });
  });

  it('ends as aborted in a tool, and calls neither the next tool nor the model', async () => {
    const { lifecycle, parent, children } = traced();
    const controller = new AbortController();
    const { model, requests } = decides(
      {
        type: 'tools',
        calls: [
          { tool: 'wait', input: {} },
          { tool: 'wait', input: {} },
        ],
      },
      finish('late'),
    );
    const wait = {
      description: 'Waits.',
      run: (_input: unknown, { signal }: { readonly signal?: AbortSignal }): never => {
        controller.abort(reason);
        throw signal?.reason;
      },
    };

    const attempt = new ReAct({ lifecycle, model, tools: { wait } }).call('?', controller);

    await expect(attempt).rejects.toBe(reason);
    expect(requests).toHaveLength(1);
    expect(await parent()).toMatchObject({ level: 'WARNING', metadata: { reason: 'aborted' } });
    expect(await children()).toMatchObject([
      { kind: 'generation' },
      { name: 'wait', level: 'WARNING' },
    ]);
  });

  it('stops at the next step when a tool does not look at the signal', async () => {
    const { lifecycle, parent } = traced();
    const controller = new AbortController();
    const { model, requests } = decides(call('deaf'), finish('late'));
    const deaf = {
      description: 'Ignores the signal.',
      run: (): string => {
        controller.abort(reason);
        return 'done anyway';
      },
    };

    const attempt = new ReAct({ lifecycle, model, tools: { deaf } }).call('?', controller);

    await expect(attempt).rejects.toBe(reason);
    expect(requests).toHaveLength(1);
    expect(await parent()).toMatchObject({ metadata: { reason: 'aborted' } });
  });
});

describe('a suspended ReAct', () => {
  it('does not call a tool that needs approval, and says what it waits for', async () => {
    const { lifecycle, parent, children } = traced();
    const sent: unknown[] = [];
    const send = {
      description: 'Sends.',
      needsApproval: true,
      run: (input: unknown): void => void sent.push(input),
    };
    const { model } = decides({
      type: 'tools',
      calls: [
        { tool: 'add', input: [1, 2] },
        { tool: 'send', input: 'hello', id: 'call-7' },
      ],
    });

    const result = await new ReAct({ lifecycle, model, tools: { add, send } }).call('?');

    const pending = [{ tool: 'send', input: 'hello', id: 'call-7' }];
    const record = await parent();
    expect(result).toEqual({
      status: 'suspended',
      reason: 'approval_required',
      pending,
      runId: record.runId,
    });
    expect(sent).toEqual([]);
    expect(record).toMatchObject({
      level: 'DEFAULT',
      output: { pending },
      metadata: { status: 'suspended', reason: 'approval_required' },
    });
    expect((await children()).map(({ kind }) => kind)).toEqual(['generation']);
  });

  it('waits for input when the model asks for it', async () => {
    const { lifecycle, parent } = traced();
    const { model } = decides({ type: 'suspend', pending: ['Which city?'] });

    const result = await new ReAct({ lifecycle, model, tools: {} }).call('?');

    expect(result).toMatchObject({ status: 'suspended', reason: 'input_required' });
    expect(await parent()).toMatchObject({
      output: { pending: ['Which city?'] },
      metadata: { status: 'suspended', reason: 'input_required' },
    });
  });

  it('lets the pause of a framework out of a tool', async () => {
    const { lifecycle, parent } = traced();
    const pause = Object.assign(new Error('pause'), {
      name: 'GraphInterrupt',
      interrupts: ['approve?'],
    });
    const graph = {
      description: 'Runs a graph.',
      run: (): never => {
        throw pause;
      },
    };

    const attempt = new ReAct({
      lifecycle,
      model: decides(call('graph')).model,
      tools: { graph },
    }).call('?');

    await expect(attempt).rejects.toBe(pause);
    expect(await parent()).toMatchObject({ metadata: { status: 'suspended' } });
  });
});
