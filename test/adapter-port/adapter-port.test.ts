import { describe, expect, it } from 'vitest';
import {
  adapterPort,
  type AdapterPort,
  ConfigError,
  createLifecycle,
  type Diagnostic,
  type Lifecycle,
  type LifecycleOptions,
  type MemorySink,
  memorySink,
  type SpanPlace,
  traceIdFromSeed,
} from '../../src/index.ts';

function adapted(options: Partial<LifecycleOptions> = {}): {
  readonly port: AdapterPort;
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  readonly diagnostics: Diagnostic[];
} {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  return { port: adapterPort(lifecycle), lifecycle, sink, diagnostics };
}

const ended = { type: 'run-end', status: 'completed' } as const;

describe('the port of adapters', () => {
  it('is refused for what is no lifecycle', () => {
    expect(() => adapterPort({} as Lifecycle)).toThrow(ConfigError);
    expect(() => adapterPort(undefined as unknown as Lifecycle)).toThrow(
      'lifecycle: expected what createLifecycle() returns, received undefined.',
    );
  });

  it('starts a run under the id, the time and the name of its framework', async () => {
    const { port, lifecycle, sink } = adapted();

    const run = port.startRun({ name: 'agent', framework: 'toy', runId: 'call-1', startTime: 5 });
    port.emit({ ...ended, runId: 'call-1', timestamp: 9, output: 'done' });
    await lifecycle.flush();

    expect(run).toEqual({ runId: 'call-1', traceId: traceIdFromSeed('call-1') });
    expect(sink.parents[0]).toMatchObject({
      name: 'agent',
      startTime: 5,
      endTime: 9,
      output: 'done',
      trace: { traceId: run.traceId },
      metadata: { framework: 'toy', status: 'completed' },
    });
  });

  it('makes an id of 32 hex digits the trace id', () => {
    const { port } = adapted();
    const runId = '0123456789abcdef0123456789abcdef';

    expect(port.startRun({ name: 'agent', framework: 'toy', runId }).traceId).toBe(runId);
  });

  it('finds the conversation by the policy, with the fields of the framework in their rank', async () => {
    const { port, lifecycle, sink } = adapted();

    lifecycle.withConversation('ambient', () => {
      const conversationCandidates = [{ source: 'toy.thread', value: 'thread-1' }];
      const run = port.startRun({ name: 'agent', framework: 'toy', conversationCandidates });
      port.emit({ ...ended, runId: run.runId, timestamp: port.now() });
    });
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({
      trace: { conversationId: 'thread-1' },
      metadata: { conversation_id_source: 'toy.thread', conversation_id_conflict: ['context'] },
    });
  });

  it('makes a run that starts inside a step of another its child', async () => {
    const { port, lifecycle, sink } = adapted();
    const outer = port.startRun({ name: 'outer', framework: 'toy', runId: 'outer' });
    port.emit({ type: 'step-start', runId: 'outer', stepId: 't', name: 'tool', timestamp: 1 });

    const place = port.within({ runId: 'outer', stepId: 't' }, () => {
      const inner = port.startRun({ name: 'inner', framework: 'toy' });
      port.emit({ ...ended, runId: inner.runId, timestamp: port.now() });
      return port.current();
    });
    port.emit({ type: 'step-end', runId: 'outer', stepId: 't', timestamp: port.now() });
    port.emit({ ...ended, runId: 'outer', timestamp: port.now() });
    await lifecycle.flush();

    expect(place).toEqual({ runId: 'outer', stepId: 't' });
    expect(port.current()).toBeUndefined();
    const tool = sink.records.find((record) => record.name === 'tool');
    expect(sink.parents.map(({ name }) => name)).toEqual(['outer']);
    expect(sink.records.find((record) => record.name === 'inner')).toMatchObject({
      role: 'child-run',
      parentId: tool?.id,
      trace: { traceId: outer.traceId },
    });
  });

  it('takes the place of a run from its framework when that knows it', async () => {
    const { port, lifecycle, sink } = adapted();
    port.startRun({ name: 'outer', framework: 'toy', runId: 'outer', conversationId: 'c' });

    port.startRun({
      name: 'inner',
      framework: 'toy',
      runId: 'inner',
      parent: { runId: 'outer', stepId: 'not told yet' },
    });
    port.emit({ ...ended, runId: 'inner', timestamp: port.now() });
    port.emit({ ...ended, runId: 'outer', timestamp: port.now() });
    await lifecycle.flush();

    expect(sink.records.find((record) => record.name === 'inner')).toMatchObject({
      role: 'child-run',
      trace: { conversationId: 'c' },
    });
  });

  it('lets the code of a program add steps where the adapter put it', async () => {
    const { port, lifecycle, sink } = adapted();
    port.startRun({ name: 'agent', framework: 'toy', runId: 'a' });
    port.emit({ type: 'step-start', runId: 'a', stepId: 't', name: 'tool', timestamp: 1 });

    port.within({ runId: 'a', stepId: 't' }, () =>
      lifecycle.currentRun()?.step({ name: 'query' }, () => 'rows'),
    );
    port.emit({ ...ended, runId: 'a', timestamp: port.now() });
    await lifecycle.flush();

    const tool = sink.records.find((record) => record.name === 'tool');
    expect(sink.records.find((record) => record.name === 'query')?.parentId).toBe(tool?.id);
  });

  it('says whether a run is open', () => {
    const { port } = adapted();
    port.startRun({ name: 'agent', framework: 'toy', runId: 'a' });

    const before = port.isOpen('a');
    port.emit({ ...ended, runId: 'a', timestamp: port.now() });

    expect([before, port.isOpen('a'), port.isOpen('unknown')]).toEqual([true, false, false]);
  });

  it('keeps the faults of an adapter from the framework, and tells them', () => {
    const { port, diagnostics } = adapted();

    port.guard('The toy adapter failed', () => {
      throw new Error('no such field');
    });

    expect(diagnostics).toMatchObject([
      { code: 'internal', message: 'The toy adapter failed: no such field' },
    ]);
  });

  it('lets an adapter tell what it knows before open runs are ended', async () => {
    const { port, lifecycle, sink, diagnostics } = adapted();
    port.startRun({ name: 'agent', framework: 'toy', runId: 'a' });
    const told: string[] = [];
    port.beforeEnding(() => {
      throw new Error('oops');
    });
    port.beforeEnding(() => {
      port.emit({ ...ended, runId: 'a', timestamp: port.now(), output: 'known' });
    });
    const takeBack = port.beforeEnding(() => told.push('taken back'));
    takeBack();

    await lifecycle.shutdown();

    expect(sink.parents[0]).toMatchObject({ output: 'known', metadata: { status: 'completed' } });
    expect(told).toEqual([]);
    expect(diagnostics.map(({ message }) => message)).toContain(
      'What was known of an open run could not be told: oops',
    );
  });

  it('says when nothing is recorded', () => {
    const { port } = adapted({
      sink: { name: 'off', disabled: { message: 'no keys' }, send: async () => [] },
    });

    expect(port.isRecording).toBe(false);
  });
});

describe('a followed stream', () => {
  async function listOf<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
    const list: T[] = [];
    for await (const chunk of source) list.push(chunk);
    return list;
  }

  async function* chunks(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }

  it('tells chunks and the end, and gives the reader what it gave before', async () => {
    const { port } = adapted();
    const told: unknown[] = [];

    const followed = port.follow(chunks(), {
      chunk: (chunk) => told.push(chunk),
      finish: () => told.push('end'),
      leave: () => told.push('left'),
    });
    const read = await listOf(followed);

    expect(read).toEqual([1, 2]);
    expect(told).toEqual([1, 2, 'end']);
  });

  it('tells in words that its reader left', async () => {
    const { port } = adapted();
    const told: unknown[] = [];
    const followed = port.follow(chunks(), { leave: (error) => told.push(error) });

    for await (const _chunk of followed) break;

    expect(told).toEqual([
      { type: 'StreamAbandoned', message: 'the reader stopped after 1 chunk' },
    ]);
  });

  it('tells what failed', async () => {
    const { port } = adapted();
    const told: unknown[] = [];
    const failure = new Error('torn');
    const source = new ReadableStream({
      start(controller) {
        controller.error(failure);
      },
    });

    const followed = port.follow(source, { fail: (error) => told.push(error) });

    await expect(followed.getReader().read()).rejects.toBe(failure);
    expect(told).toEqual([failure]);
  });

  it('keeps the faults of a follower from the reader', async () => {
    const { port, diagnostics } = adapted();

    const followed = port.follow(chunks(), {
      chunk() {
        throw new Error('oops');
      },
    });

    expect(await listOf(followed)).toEqual([1, 2]);
    expect(diagnostics.map(({ code }) => code)).toContain('internal');
  });

  it('asks for progress before open runs are ended', async () => {
    const { port, lifecycle, sink } = adapted();
    port.startRun({ name: 'agent', framework: 'toy', runId: 'a' });
    const followed = port.follow(chunks(), {
      progress: () =>
        port.emit({ type: 'run-update', runId: 'a', timestamp: port.now(), output: 'so far' }),
    });
    await followed.next();

    await lifecycle.shutdown();

    expect(sink.parents[0]?.output).toMatchObject({ partialOutput: 'so far' });
  });

  it('is the thing itself when it is no stream', () => {
    const { port } = adapted();
    const value = { text: 'plain' };

    expect(port.follow(value, {})).toBe(value);
  });
});

describe('an entered run', () => {
  it('is the active observation of another tracing system, and so is a step', () => {
    const places: SpanPlace[] = [];
    const { lifecycle, sink } = adapted({
      activate(place, fn) {
        places.push(place);
        return fn();
      },
    });

    const value = lifecycle.run({ name: 'agent' }, (run) => run.step({ name: 'step' }, () => 7));

    return lifecycle.flush().then(() => {
      const ids = sink.records.map(({ id, trace }) => ({ traceId: trace.traceId, spanId: id }));
      expect(value).toBe(7);
      expect(places).toHaveLength(2);
      expect(ids).toEqual(expect.arrayContaining(places));
    });
  });
});
