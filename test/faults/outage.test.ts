import { setImmediate, setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createLifecycle,
  type Diagnostic,
  type LifecycleRecord,
  type Outcome,
  type Sink,
} from '../../src/index.ts';
import { missingFromParent } from '../../mocks/completeness.ts';
import { createFakeLangfuse, type FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { createOutbox } from '../../src/outbox.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';
import {
  arrivedAt,
  deliveredAllOf,
  manyRuns,
  observationsOf,
  type Route,
  routes,
  spanCounts,
  work,
} from './bench.ts';

function sinkTo(
  { createSink }: Route,
  { fake, baseUrl }: { readonly fake: FakeLangfuse; readonly baseUrl: string },
): Sink {
  const { publicKey, secretKey } = fake.options;
  return createSink({ publicKey, secretKey, baseUrl, env: {}, dotenv: false });
}

function expectAllThere(fake: FakeLangfuse): void {
  const traces = fake.traces();
  expect(traces.flatMap(missingFromParent)).toEqual([]);
  expect(arrivedAt(fake, traces)).toMatchObject({
    parents: manyRuns.runs,
    observations: observationsOf(manyRuns),
  });
  expect([...spanCounts(fake)].filter(([, count]) => count > 1)).toEqual([]);
}

/** The runs of a load, one after the other over `lengthMs`. */
async function workDuring(lengthMs: number, lifecycle: Parameters<typeof work>[0]): Promise<void> {
  for (let done = 0; done < 10; done += 1) {
    await work(lifecycle, { ...manyRuns, runs: manyRuns.runs / 10 });
    await setTimeout(lengthMs / 10);
  }
}

describe('a server that is away for 15 seconds while 300 runs finish', () => {
  it(
    'has 300 complete parents ten seconds after it is back, on both wires, found out or set',
    { timeout: 40_000 },
    async () => {
      const results = await Promise.all(routes.map((route) => endureOutage(route, 15_000)));

      for (const { fake, report, diagnostics } of results) {
        expect(report).toEqual(deliveredAllOf(manyRuns));
        expectAllThere(fake);
        expect(
          diagnostics.filter(({ severity }) => severity !== 'info').map(({ code }) => code),
        ).toEqual(['unreachable']);
      }
    },
  );
});

/** Nobody listens on the port until the outage is over; all limits are the default ones. */
async function endureOutage(route: Route, lengthMs: number) {
  const fake = createFakeLangfuse({ writeMode: route.writeMode });
  const before = await serveFakeLangfuse(fake);
  await before.close();
  const { port, url } = before;
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink: sinkTo(route, { fake, baseUrl: url }),
    interruption: false,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  await workDuring(lengthMs, lifecycle);
  const server = await serveFakeLangfuse(fake, { port });
  onTestFinished(() => server.close());
  const report = await lifecycle.flush();
  return { fake, report, diagnostics };
}

/** A sink on a clock that stands still: `advance` moves it on, and waits for what is on its way. */
function onManualClock(
  sink: Sink,
  clock: ManualClock,
): { readonly sink: Sink; readonly advance: (milliseconds: number) => Promise<void> } {
  let inFlight: Promise<unknown> | undefined;
  const watched: Sink = {
    ...sink,
    send(records, options) {
      const sent = sink.send(records, options);
      inFlight = sent;
      return sent;
    },
  };
  return {
    sink: watched,
    async advance(milliseconds: number): Promise<void> {
      for (let left = milliseconds; left > 0; left -= 100) {
        await clock.advance(Math.min(100, left));
        await inFlight;
        await setImmediate();
      }
    },
  };
}

describe('an outage of 60 seconds', () => {
  it.each(routes.map((route) => [route.name, route] as const))(
    'on %s costs some questions and no record',
    async (_name, route) => {
      const clock = createManualClock();
      const fake = createFakeLangfuse({ writeMode: route.writeMode, now: () => clock.now() });
      const server = await serveFakeLangfuse(fake);
      onTestFinished(() => server.close());
      fake.fault({ type: 'status', status: 503, times: Infinity, on: 'everything' });
      const paced = onManualClock(sinkTo(route, { fake, baseUrl: server.url }), clock);
      const diagnostics: Diagnostic[] = [];
      const lifecycle = createLifecycle({
        sink: paced.sink,
        clock,
        interruption: false,
        onDiagnostic: (one) => diagnostics.push(one),
      });

      for (let second = 0; second < 60; second += 1) {
        await work(lifecycle, { ...manyRuns, runs: manyRuns.runs / 60 });
        await paced.advance(1_000);
      }
      const asked = fake.requests.length;
      // The server is back, with an empty list of requests.
      fake.reset();
      await paced.advance(30_000);
      const report = await lifecycle.flush();

      expect(report).toEqual(deliveredAllOf(manyRuns));
      expectAllThere(fake);
      // Pauses grow from half a second to half a minute.
      expect(asked).toBeGreaterThanOrEqual(3);
      expect(asked).toBeLessThanOrEqual(40);
      expect(fake.requests.length).toBeLessThanOrEqual(10);
      expect(
        diagnostics.filter(({ severity }) => severity !== 'info').map(({ code }) => code),
      ).toEqual(['server_error']);
    },
  );
});

describe('a program that waits in the middle of a pause', () => {
  it('has another try within half of its time, however long the pause is', async () => {
    const { clock, outbox, server } = await inALongPause();

    server.isAway = false;
    const closed = outbox.close(2_000);
    await clock.advance(1_000);

    expect(await closed).toEqual({ delivered: 1, pending: 0, dropped: {} });
  });

  it('does not make a storm of it, however often it asks', async () => {
    const { clock, outbox, server } = await inALongPause();
    const before = server.sends;

    for (let times = 0; times < 100; times += 1) {
      void outbox.flush(2_000);
      await clock.advance(10);
    }

    expect(server.sends - before).toBeLessThanOrEqual(2);
  });
});

describe('memory that runs out during an outage', () => {
  it('is told by the parent, also when the parent had been refused before its children were dropped', async () => {
    const { clock, outbox, server } = await inALongPause({ maxBytes: 1_000 });
    const step = (index: number) =>
      ({ ...record, role: 'step', parentId: record.id, id: `step-${index}` }) as const;

    for (let index = 0; index < 20; index += 1) outbox.enqueue(step(index));
    server.isAway = false;
    await clock.advance(60_000);
    const report = await outbox.flush(0);

    const dropped = report.dropped.memory_limit ?? 0;
    const parents = server.taken.filter(({ role }) => role === 'parent');
    expect(report).toMatchObject({ delivered: 21 - dropped, pending: 0 });
    expect(dropped).toBeGreaterThan(0);
    expect(parents.map(({ metadata }) => metadata['dropped_observations'])).toEqual([dropped]);
  });
});

const record: LifecycleRecord = {
  role: 'parent',
  phase: 'ended',
  runId: 'a'.repeat(32),
  id: 'b'.repeat(16),
  trace: { traceId: 'a'.repeat(32), name: 'agent' },
  kind: 'agent',
  name: 'agent',
  startTime: 0,
  endTime: 1,
  level: 'DEFAULT',
  metadata: {},
  size: 100,
};

/** An outbox with one parent whose last try has just failed; the next one is half a minute away. */
async function inALongPause({ maxBytes = 1_000_000 } = {}) {
  const clock = createManualClock();
  const server = { isAway: true, sends: 0, taken: [] as LifecycleRecord[] };
  const sink: Sink = {
    name: 'test',
    async send(records) {
      server.sends += 1;
      if (server.isAway) return records.map((): Outcome => ({ type: 'retry' }));
      server.taken.push(...records);
      return records.map((): Outcome => ({ type: 'delivered' }));
    },
  };
  const outbox = createOutbox(
    { sink, clock, diagnose: () => {}, random: () => 0.99, onHandOver: () => {} },
    {
      maxBytes,
      maxBatchRecords: 512,
      maxBatchBytes: 2_500_000,
      flushIntervalMs: 1_000,
      retry: { baseMs: 500, capMs: 30_000 },
    },
  );
  outbox.enqueue(record);
  await clock.advance(120_000);
  const { sends } = server;
  while (server.sends === sends) await clock.advance(100);
  return { clock, outbox, server };
}
