import { describe, expect, it, onTestFinished } from 'vitest';
import { missingFromParent } from '../../mocks/completeness.ts';
import type { FakeLangfuse, FakeReply, FakeRequest } from '../../mocks/fake-langfuse.ts';
import { isWrite, replyWith, textOf } from './answering.ts';
import {
  arrivedAt,
  type Bench,
  type BenchOptions,
  createBench,
  deliveredAllOf,
  type Load,
  manyRuns,
  observationsOf,
  oneRun,
  type Route,
  spanCounts,
  wires,
  work,
} from './bench.ts';

async function bench(route: Route, options?: BenchOptions): Promise<Bench> {
  const made = await createBench(route, options);
  onTestFinished(() => made.close());
  return made;
}

/** A gate that answers some requests itself. */
function gate(
  answer: (request: FakeRequest) => FakeReply | undefined,
): NonNullable<BenchOptions['before']> {
  return (fake: FakeLangfuse) => (request) => answer(request) ?? fake.handle(request);
}

function expectOnce(
  { fake }: Bench,
  { load, wire }: { readonly load: Load; readonly wire: Route['wire'] },
): void {
  const traces = fake.traces();
  expect(traces.flatMap(missingFromParent)).toEqual([]);
  expect(arrivedAt(fake, traces)).toMatchObject({
    parents: load.runs,
    observations: observationsOf(load),
  });
  if (wire === 'otlp') expect([...spanCounts(fake)].filter(([, count]) => count > 1)).toEqual([]);
}

describe.each(wires.map((route) => [route.name, route] as const))('on %s', (_name, route) => {
  const { wire } = route;

  it('a server that fails every other time gets everything once', async () => {
    let writes = 0;
    const made = await bench(route, {
      before: gate((request) =>
        isWrite(request) && (writes += 1) % 2 === 1 ? replyWith(500) : undefined,
      ),
    });

    await work(made.lifecycle, manyRuns);
    const report = await made.lifecycle.flush();

    expect(report).toEqual(deliveredAllOf(manyRuns));
    expectOnce(made, { load: manyRuns, wire });
    expect(writes).toBeGreaterThan(2);
  });

  it('a wrong key is told once, and when it is right everything is delivered without a restart', async () => {
    let isKeyRight = false;
    const made = await bench(route, {
      before: gate((request) => (isWrite(request) && !isKeyRight ? replyWith(401) : undefined)),
    });

    await work(made.lifecycle, oneRun);
    const before = await made.lifecycle.flush({ timeoutMs: 300 });
    isKeyRight = true;
    const after = await made.lifecycle.flush();

    expect(before).toEqual({ delivered: 0, pending: observationsOf(oneRun), dropped: {} });
    expect(after).toEqual(deliveredAllOf(oneRun));
    expect(made.diagnostics.map(({ code }) => code)).toEqual(['unauthorized']);
    expectOnce(made, { load: oneRun, wire });
  });

  it('a redirect that keeps the method is followed with the body and the key', async () => {
    const made = await bench(route, {
      path: '/moved',
      before: gate(({ path }) =>
        path.startsWith('/moved')
          ? replyWith(308, { location: path.slice('/moved'.length) })
          : undefined,
      ),
    });

    await work(made.lifecycle, manyRuns);
    const report = await made.lifecycle.flush();

    expect(report).toEqual(deliveredAllOf(manyRuns));
    expectOnce(made, { load: manyRuns, wire });
  });

  it('one bad observation in 200 is refused and counted, and its neighbours arrive', async () => {
    const made = await bench(route, { before: refusingPoison });

    made.lifecycle.run({ name: 'agent', input: 'hi', conversationId: 'chat' }, (run) => {
      for (let index = 0; index < 200; index += 1)
        run.step({ kind: 'tool', name: index === 77 ? 'poison' : 'step' }, () => index);
      return 'done';
    });
    const report = await made.lifecycle.flush();

    const [trace, ...others] = made.fake.traces();
    expect(report).toEqual({ delivered: 200, pending: 0, dropped: { rejected: 1 } });
    expect(others).toEqual([]);
    expect(trace?.root).toMatchObject({ name: 'agent', output: 'done' });
    expect(trace?.observations.filter(({ name }) => name === 'step')).toHaveLength(199);
    expect(made.diagnostics.map(({ code }) => code)).toEqual(['rejected']);
    // Halving, each refusal with an empty request that shows that it is the content that is at fault.
    expect(made.fake.requests.length).toBeLessThanOrEqual(wire === 'otlp' ? 40 : 1);
  });

  it('an input of 5 MB arrives bounded and says so', async () => {
    const made = await bench(route, {
      lifecycle: { limits: { flushIntervalMs: 5, retryBaseMs: 5 } },
    });

    made.lifecycle.run({ name: 'agent', input: 'i'.repeat(5_000_000) }, () => 'done');
    const report = await made.lifecycle.flush();

    const [trace] = made.fake.traces();
    expect(report).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(missingFromParentOf(trace)).toEqual([]);
    expect(String(trace?.input).length).toBeLessThan(300_000);
    expect(String(trace?.input)).toMatch(/\[truncated 5,000,000 → [\d,]+ chars\]$/);
  });

  it('an input of 5 MB that the sanitizer was told to keep is cut to what Langfuse takes', async () => {
    const limits = { maxStringLength: 6_000_000, maxTotalSize: 12_000_000 };
    const made = await bench(route, { lifecycle: { sanitize: { limits } } });

    made.lifecycle.run({ name: 'agent', input: 'i'.repeat(5_000_000) }, () => 'done');
    const report = await made.lifecycle.flush();

    const [trace] = made.fake.traces();
    expect(report).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(missingFromParentOf(trace)).toEqual([]);
    expect(String(trace?.input)).toMatch(/^i{10000}… \[cut: 5000000 characters/);
    expect(made.diagnostics.map(({ code }) => code)).toEqual(['too_large']);
  });
});

describe('on both wires at a time', () => {
  it('a server that asks for two seconds is not asked within them, whatever the program does', async () => {
    await Promise.all(wires.map(askForTwoSeconds));
  });

  it('a wait that the server asks for in the middle of a batch holds back the rest of it and what comes after', async () => {
    await Promise.all(wires.map(askInMidBatch));
  });
});

async function askForTwoSeconds(route: Route): Promise<void> {
  const times: number[] = [];
  const made = await bench(route, {
    before: gate((request) => {
      if (!isWrite(request)) return undefined;
      times.push(performance.now());
      return times.length === 1 ? replyWith(429, { 'retry-after': '2' }) : undefined;
    }),
  });

  await work(made.lifecycle, oneRun);
  const early = await made.lifecycle.flush({ timeoutMs: 100 });
  await work(made.lifecycle, oneRun);
  await made.lifecycle.flush({ timeoutMs: 100 });
  const report = await made.lifecycle.shutdown({ timeoutMs: 5_000 });

  expect(early).toMatchObject({ delivered: 0, pending: observationsOf(oneRun) });
  expect(report).toEqual(deliveredAllOf({ ...oneRun, runs: 2 }));
  expect(times.length).toBe(2);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1_990);
}

async function askInMidBatch(route: Route): Promise<void> {
  const times: number[] = [];
  const made = await bench(route, {
    lifecycle: {
      limits: {
        flushIntervalMs: 5,
        retryBaseMs: 5,
        retryCapMs: 40,
        batchRecords: 40,
        batchBytes: 20_000_000,
      },
    },
    before: gate((request) => {
      if (!isWrite(request)) return undefined;
      times.push(performance.now());
      return times.length === 2 ? replyWith(429, { 'retry-after': '1' }) : undefined;
    }),
  });

  // Large enough for several requests to one batch.
  const load = { name: 'large', runs: 30, steps: 1, atOnce: 30 };
  for (let run = 0; run < load.runs; run += 1) {
    made.lifecycle.run(
      { name: 'agent', input: 'i'.repeat(200_000), conversationId: 'chat' },
      (handle) => handle.step({ kind: 'tool', name: 'step' }, () => 'found'),
    );
  }
  const report = await made.lifecycle.flush();

  expect(report).toEqual(deliveredAllOf(load));
  expectOnce(made, { load, wire: route.wire });
  expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(990);
}

function missingFromParentOf(
  trace: ReturnType<FakeLangfuse['traces']>[number] | undefined,
): readonly string[] {
  return trace === undefined ? ['the trace'] : missingFromParent(trace);
}

/** As Langfuse does it: item by item on the legacy endpoint, an export as a whole on the other. */
function refusingPoison(fake: FakeLangfuse): FakeLangfuse['handle'] {
  const refuse = (item: unknown): 400 | undefined =>
    JSON.stringify(item).includes('"poison"') ? 400 : undefined;
  fake.fault({ type: 'partial', on: 'ingestion', times: Infinity, refuse });
  return (request) => {
    const isBad = request.path.includes('/otel/') && textOf(request).includes('poison');
    return isBad
      ? replyWith(400, {}, '{"message":"a span cannot be processed"}')
      : fake.handle(request);
  };
}
