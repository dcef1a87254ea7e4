import { describe, expect, it } from 'vitest';
import type { Diagnostic, LifecycleRecord, Outcome, Sink } from '../../src/index.ts';
import {
  createOutbox,
  type DeliveryReport,
  type Outbox,
  type OutboxLimits,
} from '../../src/outbox.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';

const limits: OutboxLimits = {
  maxBytes: 10_000,
  maxBatchRecords: 100,
  maxBatchBytes: 5_000,
  flushIntervalMs: 1_000,
  retry: { baseMs: 500, capMs: 8_000 },
};

interface Bench {
  readonly outbox: Outbox;
  readonly clock: ManualClock;
  /** What the sink was given, one list a batch, as `name:phase`. */
  readonly batches: (readonly string[])[];
  readonly records: LifecycleRecord[];
  readonly diagnostics: Diagnostic[];
  readonly handedOver: string[];
  answer: (records: readonly LifecycleRecord[]) => readonly Outcome[] | Promise<readonly Outcome[]>;
}

function bench(overrides: Partial<OutboxLimits> = {}): Bench {
  const clock = createManualClock();
  const made: Omit<Bench, 'outbox'> = {
    clock,
    batches: [],
    records: [],
    diagnostics: [],
    handedOver: [],
    answer: (records) => records.map(() => ({ type: 'delivered' })),
  };
  const sink: Sink = {
    name: 'test',
    async send(records) {
      made.batches.push(records.map(label));
      made.records.push(...records);
      return outer.answer(records);
    },
  };
  const outbox = createOutbox(
    {
      sink,
      clock,
      random: () => 0,
      diagnose: (diagnostic) => made.diagnostics.push(diagnostic),
      onHandOver: (record) => made.handedOver.push(label(record)),
    },
    { ...limits, ...overrides },
  );
  const outer: Bench = Object.assign(made, { outbox });
  return outer;
}

function label({ name, phase }: Pick<LifecycleRecord, 'name' | 'phase'>): string {
  return `${name}:${phase}`;
}

function record(
  run: number,
  name: string,
  phase: 'open' | 'ended' = 'ended',
  size = 100,
): LifecycleRecord {
  const traceId = String(run).padStart(32, 'a');
  const isParent = name.startsWith('parent');
  const facts = {
    role: isParent ? 'parent' : 'step',
    runId: traceId,
    id: `${name}-${run}`,
    trace: { traceId, name: `trace ${run}` },
    kind: 'agent',
    name,
    startTime: 0,
    level: 'DEFAULT',
    metadata: {},
    size,
    ...(!isParent && { stepId: name, parentId: `parent-${run}` }),
  } as const;
  return phase === 'open' ? { ...facts, phase } : { ...facts, phase, endTime: 1 };
}

async function reportOf({ outbox, clock }: Bench): Promise<DeliveryReport> {
  const flushed = outbox.flush(0);
  await clock.advance(0);
  return flushed;
}

describe('a record', () => {
  it('waits for the next tick, and what ended meanwhile goes out as one write', async () => {
    const { outbox, clock, batches } = bench();

    outbox.enqueue(record(1, 'parent', 'open'));
    await clock.advance(900);
    const early = batches.length;
    outbox.enqueue(record(1, 'parent', 'ended'));
    await clock.advance(100);

    expect(early).toBe(0);
    expect(batches).toEqual([['parent:ended']]);
  });

  it('goes out open when its run is still open at the tick, and once more when it ended', async () => {
    const { outbox, clock, batches } = bench();

    outbox.enqueue(record(1, 'parent', 'open'));
    await clock.advance(1_000);
    outbox.enqueue(record(1, 'parent', 'ended'));
    await clock.advance(1_000);

    expect(batches).toEqual([['parent:open'], ['parent:ended']]);
  });

  it('that came while a batch is on its way waits for a tick of its own', async () => {
    const made = bench();
    let answer: (outcomes: readonly Outcome[]) => void = () => {};
    made.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    made.outbox.enqueue(record(1, 'parent', 'open'));
    await made.clock.advance(1_000);
    made.outbox.enqueue(record(2, 'parent', 'open'));
    answer([{ type: 'delivered' }]);
    await made.clock.advance(999);
    const early = made.batches.length;
    await made.clock.advance(1);

    expect(early).toBe(1);
    expect(made.batches[1]).toEqual(['parent:open']);
  });

  it('that ended while its open form was on its way is sent after it, also by the flush that waits', async () => {
    const made = bench();
    let answer: (outcomes: readonly Outcome[]) => void = () => {};
    made.answer = (records) =>
      records[0]?.phase === 'open'
        ? new Promise((resolve) => {
            answer = resolve;
          })
        : [{ type: 'delivered' }];
    made.outbox.enqueue(record(1, 'parent', 'open'));
    await made.clock.advance(1_000);

    made.outbox.enqueue(record(1, 'parent', 'ended'));
    const flushed = made.outbox.flush(5_000);
    answer([{ type: 'delivered' }]);

    expect(await flushed).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(made.batches).toEqual([['parent:open'], ['parent:ended']]);
  });

  it('is handed over when it leaves for the first time, and only ended or open as it left', async () => {
    const made = bench();
    made.answer = () => [{ type: 'retry' }];
    made.outbox.enqueue(record(1, 'parent'));

    await made.clock.advance(10_000);

    expect(made.batches.length).toBeGreaterThan(1);
    expect(made.handedOver).toEqual(['parent:ended']);
  });

  it('carries the newest facts of its trace', async () => {
    const { outbox, clock, records } = bench();
    outbox.enqueue(record(1, 'step'));
    const parent = record(1, 'parent');

    outbox.enqueue({ ...parent, trace: { ...parent.trace, conversationId: 'late' } });
    await clock.advance(1_000);

    expect(records.map(({ trace }) => trace.conversationId)).toEqual(['late', 'late']);
  });
});

describe('a batch', () => {
  it('takes parents first', async () => {
    const { outbox, clock, batches } = bench();

    for (const name of ['step-a', 'parent', 'step-b']) outbox.enqueue(record(1, name));
    outbox.enqueue(record(2, 'parent'));
    await clock.advance(1_000);

    expect(batches).toEqual([['parent:ended', 'parent:ended', 'step-a:ended', 'step-b:ended']]);
  });

  it('is bounded in records and in bytes, and everything goes at one tick', async () => {
    const { outbox, clock, batches } = bench({ maxBatchRecords: 3, maxBatchBytes: 250 });

    for (let run = 0; run < 5; run += 1) outbox.enqueue(record(run, 'parent'));
    await clock.advance(1_000);

    expect(batches.map(({ length }) => length)).toEqual([2, 2, 1]);
  });

  it('is not sent twice at the same time', async () => {
    const made = bench({ maxBatchRecords: 1 });
    let inFlight = 0;
    let most = 0;
    made.answer = async (records) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await Promise.resolve();
      inFlight -= 1;
      return records.map(() => ({ type: 'delivered' }));
    };
    for (let run = 0; run < 4; run += 1) made.outbox.enqueue(record(run, 'parent'));

    await Promise.all([
      made.outbox.flush(1_000),
      made.outbox.flush(1_000),
      made.clock.advance(2_000),
    ]);

    expect(most).toBe(1);
    expect(made.batches).toHaveLength(4);
  });

  it.each([
    ['bytes', { maxBatchBytes: 250 }],
    ['records', { maxBatchRecords: 2 }],
  ])(
    'that is full in %s leaves before the tick, and what is left keeps its own',
    async (_of, full) => {
      const { outbox, clock, batches } = bench(full);

      for (let run = 0; run < 3; run += 1) outbox.enqueue(record(run, 'parent'));
      await clock.advance(0);
      const early = batches.map(({ length }) => length);
      await clock.advance(999);
      const beforeTheTick = batches.length;
      await clock.advance(1);

      expect(early).toEqual([2]);
      expect(beforeTheTick).toBe(1);
      expect(batches.map(({ length }) => length)).toEqual([2, 1]);
    },
  );

  it('is full each time while records keep coming', async () => {
    const { outbox, clock, batches } = bench({ maxBytes: 1_000_000, maxBatchBytes: 1_000_000 });

    for (let at = 0; at < 3_000; at += 1) {
      outbox.enqueue(record(at, 'parent'));
      await clock.advance(1);
    }

    expect(batches).toHaveLength(30);
    expect(batches.every(({ length }) => length === 100)).toBe(true);
  });

  it('is not made full by records that wait for another try', async () => {
    const made = bench({ maxBatchRecords: 4 });
    made.answer = (records) =>
      records.map(({ name }): Outcome => ({ type: name === 'step' ? 'retry' : 'delivered' }));
    for (let run = 0; run < 3; run += 1) made.outbox.enqueue(record(run, 'step'));
    made.outbox.enqueue(record(0, 'parent'));
    await made.clock.advance(0);

    for (let run = 1; run < 3; run += 1) made.outbox.enqueue(record(run, 'parent'));
    await made.clock.advance(499);
    const meanwhile = made.batches.length;
    await made.clock.advance(1);

    expect(meanwhile).toBe(1);
    expect(made.batches[1]).toHaveLength(4);
  });

  it('is not made full by ends of what waits for another try', async () => {
    const made = bench({ maxBatchRecords: 4 });
    made.answer = (records) =>
      records.map(({ name }): Outcome => ({ type: name === 'parent' ? 'delivered' : 'retry' }));
    for (let run = 1; run <= 2; run += 1) {
      made.outbox.enqueue(record(run, 'parent'));
      for (const name of ['a', 'b', 'c']) made.outbox.enqueue(record(run, name, 'open'));
      await made.clock.advance(0);
    }

    for (let run = 1; run <= 2; run += 1)
      for (const name of ['a', 'b', 'c']) made.outbox.enqueue(record(run, name));
    await made.clock.advance(499);

    expect(made.batches).toHaveLength(2);
  });
});

describe('a sink that takes nothing', () => {
  it('is asked again with growing pauses, and gets everything once when it is back', async () => {
    const made = bench();
    made.answer = () => [{ type: 'retry' }, { type: 'retry' }];
    made.outbox.enqueue(record(1, 'parent'));
    made.outbox.enqueue(record(1, 'step'));
    await made.clock.advance(60_000);
    const tries = made.batches.length;

    made.answer = (records) => records.map(() => ({ type: 'delivered' }));
    await made.clock.advance(60_000);

    expect(tries).toBeGreaterThan(3);
    expect(made.batches).toHaveLength(tries + 1);
    expect(await reportOf(made)).toEqual({ delivered: 2, pending: 0, dropped: {} });
  });

  it('is not asked before the time that it named', async () => {
    const made = bench();
    made.answer = () => [{ type: 'retry', afterMs: 20_000 }];
    made.outbox.enqueue(record(1, 'parent'));

    await made.clock.advance(1_000);
    await made.clock.advance(19_000);
    const early = made.batches.length;
    await made.clock.advance(1_000);

    expect(early).toBe(1);
    expect(made.batches).toHaveLength(2);
  });

  it('does not hold back others when it refuses one for now', async () => {
    const made = bench();
    made.answer = (records) =>
      records.map(({ name }): Outcome => ({ type: name === 'step' ? 'retry' : 'delivered' }));
    made.outbox.enqueue(record(1, 'step'));
    made.outbox.enqueue(record(1, 'parent'));
    await made.clock.advance(1_000);

    made.outbox.enqueue(record(2, 'parent'));
    await made.clock.advance(1_000);

    expect(made.batches[0]).toEqual(['parent:ended', 'step:ended']);
    expect(made.batches.flat().filter((name) => name === 'parent:ended')).toHaveLength(2);
    expect(await reportOf(made)).toMatchObject({ delivered: 2, pending: 1 });
  });

  it('is not taken for back because it has no use for some records', async () => {
    const made = bench();
    made.answer = (records) =>
      records.map(({ phase }): Outcome => ({ type: phase === 'open' ? 'unneeded' : 'retry' }));
    made.outbox.enqueue(record(1, 'parent'));
    made.outbox.enqueue(record(2, 'step', 'open'));
    await made.clock.advance(1_000);

    made.outbox.enqueue(record(3, 'parent'));
    await made.clock.advance(499);

    expect(made.batches).toHaveLength(1);
  });

  it('counts what it refuses for good, with the reason, and says it', async () => {
    const made = bench();
    made.answer = () => [{ type: 'rejected', reason: 'rejected', message: 'span id is not hex' }];
    made.outbox.enqueue(record(1, 'parent'));

    await made.clock.advance(1_000);

    expect(await reportOf(made)).toEqual({ delivered: 0, pending: 0, dropped: { rejected: 1 } });
    expect(made.diagnostics).toMatchObject([{ code: 'rejected', message: 'span id is not hex' }]);
  });
});

describe('under pressure', () => {
  it('children of the oldest runs go first, and their parent says how many', async () => {
    const made = bench({ maxBytes: 1_000 });
    for (const run of [1, 2]) {
      made.outbox.enqueue(record(run, 'parent', 'open'));
      for (const name of ['a', 'b', 'c', 'd']) made.outbox.enqueue(record(run, name));
    }
    made.outbox.enqueue(record(3, 'parent'));
    made.outbox.enqueue(record(1, 'parent'));
    await made.clock.advance(1_000);

    const first = made.records.find(({ trace }) => trace.traceId.endsWith('a1'));
    expect(first?.metadata['dropped_observations']).toBe(2);
    expect(made.batches.flat().filter((name) => name.startsWith('parent'))).toHaveLength(3);
    expect(made.batches.flat()).toHaveLength(9);
    expect(await reportOf(made)).toMatchObject({ dropped: { memory_limit: 2 } });
    expect(made.diagnostics[0]).toMatchObject({ code: 'memory_limit' });
  });

  it('no parent goes while a child is left, and open parents go before ended ones', async () => {
    const made = bench({ maxBytes: 1_000 });
    made.outbox.enqueue(record(0, 'step'));
    made.outbox.enqueue(record(0, 'parent', 'open'));
    for (let run = 1; run <= 9; run += 1) made.outbox.enqueue(record(run, 'parent'));

    await made.clock.advance(1_000);

    expect(made.batches.flat()).toEqual(Array.from({ length: 9 }, () => 'parent:ended'));
    expect(await reportOf(made)).toEqual({
      delivered: 9,
      pending: 0,
      dropped: { memory_limit: 1 },
    });
  });
});

describe('flush', () => {
  it('resolves when its time is over and leaves what waits', async () => {
    const made = bench();
    made.answer = () => [{ type: 'retry' }];
    made.outbox.enqueue(record(1, 'parent'));

    const flushed = made.outbox.flush(3_000);
    await made.clock.advance(3_000);

    expect(await flushed).toEqual({ delivered: 0, pending: 1, dropped: {} });
  });

  it('leaves no timer when nothing waits', async () => {
    const { outbox, clock } = bench();
    outbox.enqueue(record(1, 'parent'));

    await outbox.flush(3_000);

    expect(clock.scheduled).toBe(0);
  });

  it('does not wait for what came after it was called', async () => {
    const made = bench();
    made.outbox.enqueue(record(1, 'parent'));
    const flushed = made.outbox.flush(3_000);
    made.outbox.enqueue(record(2, 'parent'));

    expect(await flushed).toMatchObject({ delivered: 1, pending: 1 });
  });
});
