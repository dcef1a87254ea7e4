import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LifecycleRecord, Sink } from '../../src/index.ts';
import {
  createOutbox,
  type DeliveryReport,
  type Outbox,
  type OutboxLimits,
} from '../../src/outbox.ts';
import { createWaitingRecords, type Waiting } from '../../src/waiting-records.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';
import { answers, type Answer, type Command, commands, toRecord } from './traffic.ts';
import { createWitness, type Witness } from './witness.ts';

const limits: OutboxLimits = {
  maxBytes: 1_500,
  maxBatchRecords: 4,
  maxBatchBytes: 600,
  flushIntervalMs: 1_000,
  retry: { baseMs: 500, capMs: 30_000 },
};

const ample = 1_000_000;

interface Play {
  readonly outbox: Outbox;
  readonly clock: ManualClock;
  readonly witness: Witness;
  /** Observations whose end the outbox was given. */
  readonly ended: ReadonlySet<string>;
  /** How long each flush took, and how long it might. */
  readonly flushes: readonly { readonly tookMs: number; readonly timeoutMs: number }[];
  readonly flushCount: number;
  readonly server: {
    /** From now on the sink takes everything at once. */
    heal(): void;
  };
}

interface Script {
  readonly commands: readonly Command[];
  readonly answers: readonly Answer[];
  readonly maxBytes: number;
  readonly random: number;
}

const scripts: fc.Arbitrary<Script> = fc.record({
  commands,
  answers,
  maxBytes: fc.constantFrom(700, 1_500, ample),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

async function play(script: Script): Promise<Play> {
  const clock = createManualClock();
  const answersLeft = [...script.answers];
  const witness = createWitness(clock, () => answersLeft.shift());
  const ended = new Set<string>();
  // The rules of runs see to it that an ending never changes once it has left.
  const settled = new Set<string>();
  const flushes: { tookMs: number; timeoutMs: number }[] = [];
  let flushCount = 0;
  const outbox = createOutbox(
    {
      sink: witness,
      clock,
      diagnose: () => {},
      random: () => script.random,
      onHandOver: ({ id, phase }) => void (phase === 'ended' && settled.add(id)),
    },
    { ...limits, maxBytes: script.maxBytes },
  );
  for (const command of script.commands) {
    switch (command.type) {
      case 'enqueue': {
        const record = toRecord(command.address, command.phase, command.size);
        if (settled.has(record.id) || !mayFollow(record, { ended, script })) break;
        if (record.phase === 'ended') ended.add(record.id);
        outbox.enqueue(record);
        break;
      }
      case 'wait':
        await clock.advance(command.milliseconds);
        break;
      case 'flush': {
        const { timeoutMs } = command;
        const startedAt = clock.now();
        flushCount += 1;
        void outbox
          .flush(timeoutMs)
          .then(() => flushes.push({ tookMs: clock.now() - startedAt, timeoutMs }));
        break;
      }
      default:
        command satisfies never;
    }
  }
  return {
    outbox,
    clock,
    witness,
    ended,
    flushes,
    flushCount,
    server: { heal: () => void answersLeft.splice(0) },
  };
}

/** An ending may be told again, more severe, but nothing opens again; under a bound the first may be lost by then. */
function mayFollow(
  { id, phase }: LifecycleRecord,
  { ended, script }: { ended: ReadonlySet<string>; script: Script },
): boolean {
  return !ended.has(id) || (phase === 'ended' && script.maxBytes === ample);
}

function lossesOf({ dropped }: DeliveryReport): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

// Longer than every pause, asked for or not, that a script can lead to.
const longEnoughMs = 600_000;

describe('any interleaving of records, ticks, flushes, answers and faults', () => {
  it('keeps what a sink is promised: one batch at a time, parents first, nothing twice, nothing early', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { witness, clock } = await play(script);

        await clock.advance(longEnoughMs);

        expect(witness.breaches).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
  });

  it('loses nothing uncounted: once the sink works, every ended record is delivered, refused or shed', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { outbox, clock, ended, witness, server } = await play(script);

        server.heal();
        await clock.advance(longEnoughMs);
        const report = await outbox.flush(60_000);

        const { rejected = 0, memory_limit: shed = 0 } = report.dropped;
        expect(clock.scheduled).toBe(0);
        expect(report.pending).toBe(0);
        expect(report.delivered).toBe(witness.delivered.size);
        expect(rejected).toBe(witness.rejected.size);
        expect(report.delivered + rejected + shed).toBe(ended.size);
        if (script.maxBytes === ample) expect(shed).toBe(0);
      }),
      { numRuns: 1_500 },
    );
  });

  it('gives away all that is left, once, when somebody else is to deliver it', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { outbox, clock, ended } = await play(script);
        // What is on its way now takes longer, and is part of what is given away.
        await clock.advance(0);

        const left = outbox.surrender();
        const flushed = outbox.flush(0);
        await clock.advance(0);
        const report = await flushed;

        const leftIds = left.filter(({ phase }) => phase === 'ended').map(({ id }) => id);
        expect(new Set(leftIds).size).toBe(leftIds.length);
        expect(report.delivered + lossesOf(report) + leftIds.length).toBe(ended.size);
      }),
      { numRuns: 1_500 },
    );
  });

  it('resolves every flush within its time, and every shutdown', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { outbox, clock, flushes, flushCount } = await play(script);

        let isClosed = false;
        void outbox.close(2_000).then(() => (isClosed = true));
        await clock.advance(60_000);

        expect(flushes).toHaveLength(flushCount);
        expect(flushes.filter(({ tookMs, timeoutMs }) => tookMs > timeoutMs)).toEqual([]);
        expect(isClosed).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });

  it('leaves no timer when nothing waits, and asks nobody after the shutdown', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { outbox, clock, witness } = await play(script);

        const closed = outbox.close(2_000);
        await clock.advance(60_000);
        await closed;
        const sends = witness.sends;
        await clock.advance(longEnoughMs);

        expect(clock.scheduled).toBe(0);
        expect(witness.sends).toBe(sends);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('the byte bound', () => {
  it('sheds no parent while a child waits, and no more than it has to', () => {
    fc.assert(
      fc.property(commands, fc.nat(3_000), fc.nat(6), (told, maxBytes, taken) => {
        const waiting = createWaitingRecords();
        for (const command of told) {
          if (command.type === 'enqueue')
            waiting.put(toRecord(command.address, command.phase, command.size));
        }
        waiting.take({ maxBatchRecords: taken, maxBatchBytes: Infinity }, () => true);
        const before = waiting.size;
        const dropped: Waiting[] = [];

        waiting.shed(maxBytes, ({ record }) => dropped.push(record));

        const left = [...waiting.entries()];
        const waitingLeft = left
          .filter(({ state }) => state === 'waiting')
          .map(({ record }) => record);
        const last = dropped.at(-1);
        expect(before - left.length).toBe(dropped.length);
        expect(waiting.bytes).toBe(left.reduce((sum, { record }) => sum + record.size, 0));
        expect(waiting.bytes <= maxBytes || waitingLeft.length === 0).toBe(true);
        if (last !== undefined) expect(waiting.bytes + last.size).toBeGreaterThan(maxBytes);
        if (last?.role === 'parent')
          expect(waitingLeft.filter(({ role }) => role !== 'parent')).toEqual([]);
        if (last?.role === 'parent' && last.phase === 'ended')
          expect(waitingLeft.filter(({ phase }) => phase === 'open')).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('counts what comes while a record is on its way', () => {
    fc.assert(
      fc.property(commands, fc.nat(6), commands, (first, taken, second) => {
        const waiting = createWaitingRecords();
        const put = (told: readonly Command[]): void => {
          for (const command of told) {
            if (command.type === 'enqueue')
              waiting.put(toRecord(command.address, command.phase, command.size));
          }
        };
        put(first);
        const batch = waiting.take({ maxBatchRecords: taken, maxBatchBytes: Infinity }, () => true);
        put(second);
        const weighed = [...waiting.entries()].reduce(
          (sum, { record, newer }) => sum + record.size + (newer?.size ?? 0),
          0,
        );
        const whileSending = waiting.bytes;

        for (const entry of batch) waiting.restore(entry);

        expect(whileSending).toBe(weighed);
        expect(waiting.bytes).toBe(
          [...waiting.entries()].reduce((sum, { record }) => sum + record.size, 0),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('a sink that works', () => {
  const arrivals = fc.array(
    fc.record({
      afterMs: fc.constantFrom(0, 1, 20, 400, 2_000),
      runs: fc.integer({ min: 1, max: 6 }),
      size: fc.constantFrom(50, 250, 700),
    }),
    { minLength: 1, maxLength: 40 },
  );

  it('is given everything within an interval of its coming, and never two small batches at once', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (script) => {
        const clock = createManualClock();
        const cameAt = new Map<string, number>();
        const waits: number[] = [];
        const smallBatchesAt: number[] = [];
        const sink: Sink = {
          name: 'prompt',
          async send(records) {
            for (const { id } of records) waits.push(clock.now() - (cameAt.get(id) ?? 0));
            const bytes = records.reduce((sum, { size }) => sum + size, 0);
            // No record is larger than 700, so one that is not within 700 of its bounds had room for another.
            const isFull =
              records.length === limits.maxBatchRecords || bytes > limits.maxBatchBytes - 700;
            if (!isFull) smallBatchesAt.push(clock.now());
            return records.map(() => ({ type: 'delivered' }));
          },
        };
        const outbox = createOutbox(
          { sink, clock, diagnose: () => {}, random: () => 0, onHandOver: () => {} },
          { ...limits, maxBytes: ample },
        );
        let run = 0;
        for (const { afterMs, runs, size } of script) {
          await clock.advance(afterMs);
          for (let more = 0; more < runs; more += 1) {
            const record = toRecord({ run, name: 'parent' }, 'ended', size);
            cameAt.set(record.id, clock.now());
            outbox.enqueue(record);
            run += 1;
          }
        }
        await clock.advance(limits.flushIntervalMs);

        expect(waits).toHaveLength(run);
        expect(Math.max(...waits)).toBeLessThanOrEqual(limits.flushIntervalMs);
        expect(smallBatchesAt).toEqual([...new Set(smallBatchesAt)]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('an outage', () => {
  const parameters = fc.record({
    lengthMs: fc.integer({ min: 1_000, max: 3_600_000 }),
    records: fc.integer({ min: 1, max: 40 }),
    everyMs: fc.constantFrom(0, 10, 700, 5_000),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });

  const refusal: Answer = { type: 'outcomes', outcomes: ['retry'], delayMs: 0 };

  it('of any length is asked about no more than the pauses allow, and ends without a storm', async () => {
    await fc.assert(
      fc.asyncProperty(parameters, async ({ lengthMs, records, everyMs, random }) => {
        const clock = createManualClock();
        const healsAt = clock.now() + lengthMs + records * everyMs;
        const witness = createWitness(clock, () => (clock.now() < healsAt ? refusal : undefined));
        const ports = {
          sink: witness,
          clock,
          diagnose: () => {},
          random: () => random,
          onHandOver: () => {},
        };
        const outbox = createOutbox(ports, { ...limits, maxBytes: ample });
        for (let run = 0; run < records; run += 1) {
          outbox.enqueue(toRecord({ run, name: 'parent' }, 'ended', 100));
          await clock.advance(everyMs);
        }

        await clock.advance(lengthMs - 1);
        const during = witness.sends;
        const waited = outbox.pending;
        await clock.advance(longEnoughMs);

        expect(during).toBeLessThanOrEqual(
          1 + (lengthMs + records * everyMs) / limits.retry.baseMs,
        );
        expect(witness.sends - during).toBeLessThanOrEqual(
          Math.ceil(waited / limits.maxBatchRecords) + 1,
        );
        expect(await outbox.flush(0)).toEqual({ delivered: records, pending: 0, dropped: {} });
      }),
      { numRuns: 60 },
    );
  });
});
