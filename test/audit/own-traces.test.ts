import { describe, expect, it } from 'vitest';
import { createLifecycle, type Lifecycle, MaxIterationsError } from '../../adapters/index.ts';
import {
  langfuse,
  langfuseIngestion,
  type LangfuseOptions,
  langfuseOtlp,
} from '../../adapters/langfuse/index.ts';
import type { Sink } from '../../src/index.ts';
import { openBench } from './bench.ts';

interface Setting {
  readonly title: string;
  readonly create: (options: LangfuseOptions) => Sink;
  readonly server: {
    readonly writeMode?: 'legacy' | 'dual' | 'events_only';
    readonly version?: string;
  };
  readonly model: 'v2-observations' | 'v1-traces';
  /** What stands in the place of a root while the run is open. */
  readonly open: { readonly status: string; readonly reason: string };
}

const marker = { status: 'no_parent', reason: 'start marker only' };
const openRoot = { status: 'in_progress', reason: 'not told' };

const settings: readonly Setting[] = [
  {
    title: 'langfuse() to a server in events_only',
    create: langfuse,
    server: { writeMode: 'events_only' },
    model: 'v2-observations',
    open: marker,
  },
  {
    title: 'langfuse() to a server in dual',
    create: langfuse,
    server: { writeMode: 'dual' },
    model: 'v2-observations',
    open: marker,
  },
  {
    title: 'langfuseIngestion() to a server in dual, by the copy of its traces',
    create: langfuseIngestion,
    server: { writeMode: 'dual' },
    model: 'v2-observations',
    open: openRoot,
  },
  {
    title: 'langfuse() to a server in legacy',
    create: langfuse,
    server: { writeMode: 'legacy' },
    model: 'v1-traces',
    open: openRoot,
  },
  {
    title: 'langfuse() to a server of version 3.60',
    create: langfuse,
    server: { version: '3.60.0' },
    model: 'v1-traces',
    open: openRoot,
  },
  {
    title: 'langfuseOtlp() to a server of version 3.150',
    create: langfuseOtlp,
    server: { version: '3.150.0' },
    model: 'v1-traces',
    open: marker,
  },
];

// Runs of every status, one without a conversation, one inside another, and one that nobody ends.
async function work(lifecycle: Lifecycle, passTick: () => Promise<void>): Promise<void> {
  const conversation = { conversationId: 'chat-7' };
  const failure = new Error('no stock');
  lifecycle.run({ name: 'support-agent', input: 'where?', ...conversation }, (run) => {
    run.step({ kind: 'tool', name: 'search', input: 'parcel' }, () => 'depot');
    lifecycle.run({ name: 'inner-agent', input: 'deeper' }, () => 'found');
    return 'at the depot';
  });
  try {
    lifecycle.run({ name: 'support-agent', input: 'buy', ...conversation }, () => {
      throw failure;
    });
  } catch (error) {
    expect(error).toBe(failure);
  }
  lifecycle
    .startRun({ name: 'researcher', input: 'why?', ...conversation })
    .fail(new MaxIterationsError('too many', { iterations: 8, maxIterations: 8 }));
  lifecycle
    .startRun({ name: 'refund', input: 'order 12', ...conversation })
    .suspend([{ tool: 'pay' }], { reason: 'approval_required' });
  lifecycle.run({ name: 'nightly-report', input: 'Monday' }, () => 'sent');
  const left = lifecycle.startRun({ name: 'refund', input: 'order 13', ...conversation });
  left.startStep({ kind: 'tool', name: 'look-up' }).complete('found');
  await passTick();
  lifecycle.startRun({ name: 'refund', input: 'order 14', ...conversation }).complete('paid');
  await passTick();
}

describe('traces of this library, written by', () => {
  it.each(settings)('$title, are measured exactly', async ({ create, server, model, open }) => {
    using bench = openBench(server);
    const { mock, clock } = bench;
    const sink = create({ ...mock.keys, baseUrl: mock.baseUrl, env: {}, dotenv: false });
    const lifecycle = createLifecycle({ sink, clock, interruption: false });
    await work(lifecycle, async () => {
      await clock.advance(1_000);
      await lifecycle.flush();
    });
    await bench.later();

    const report = await bench.report();

    expect(report.project).toMatchObject({ name: 'LocalProject', model });
    expect(report.total).toMatchObject({
      due: 7,
      running: 0,
      complete: 6,
      stale: 1,
      orphans: 0,
      terminal: 6,
      withOutcome: 6,
    });
    expect(report.total.endings).toEqual(
      expect.arrayContaining([
        { status: 'completed', reason: 'stop', count: 3 },
        { status: 'error', reason: 'exception', count: 1 },
        { status: 'error', reason: 'max_iterations', count: 1 },
        { status: 'suspended', reason: 'approval_required', count: 1 },
        { ...open, count: 1 },
      ]),
    );
    expect(report.total.endings).toHaveLength(5);
    const isParent = open === openRoot;
    expect(report.total.sources).toEqual([
      { source: 'call.conversationId', count: isParent ? 6 : 5 },
      { source: 'missing', count: 1 },
    ]);
    expect(report.byName.map(({ name, due, complete }) => [name, due, complete])).toEqual([
      ['refund', 3, 2],
      ['support-agent', 2, 2],
      ['nightly-report', 1, 1],
      ['researcher', 1, 1],
    ]);
    expect(report.findings.incomplete).toEqual([]);
    expect(report.findings.stale).toMatchObject([{ name: 'refund' }]);
  });

  it('langfuse(), is running while it is young', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    const { mock, clock } = bench;
    const sink = langfuse({ ...mock.keys, baseUrl: mock.baseUrl, env: {}, dotenv: false });
    const lifecycle = createLifecycle({ sink, clock, interruption: false });
    lifecycle.startRun({ name: 'refund', input: 'order 13' });
    await clock.advance(1_000);
    await lifecycle.flush();
    await clock.advance(59 * 60_000);

    const young = await bench.report();
    await clock.advance(60_000);
    const old = await bench.report();

    expect(young.total).toMatchObject({ due: 0, running: 1, stale: 0 });
    expect(old.total).toMatchObject({ due: 1, running: 0, stale: 1 });
  });
});
