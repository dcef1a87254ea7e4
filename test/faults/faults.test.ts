import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { missingFromParent } from '../../mocks/completeness.ts';
import {
  arrivedAt,
  type Bench,
  burst,
  createBench,
  deliveredAllOf,
  type Load,
  manyRuns,
  observationsOf,
  oneRun,
  poisonedRunsOf,
  type Route,
  routes,
  spanCounts,
  wires,
  work,
} from './bench.ts';
import { type FaultCase, faultCases } from './faults.ts';

const rows: string[] = [];

afterAll(() => {
  const head = toRow(['fault', 'wire', 'load', 'parents', 'observations', 'requests']);
  console.log([head, ...rows].join('\n'));
});

function toRow(cells: readonly unknown[]): string {
  const widths = [18, 19, 13, 11, 13, 8];
  return cells.map((cell, index) => String(cell).padEnd(widths[index] ?? 0)).join(' ');
}

interface Scene {
  readonly fault: FaultCase;
  readonly route: Route;
  readonly load: Load;
}

async function deliveredInSpite({ fault, route, load }: Scene): Promise<void> {
  const bench = await createBench(route, { requestTimeoutMs: load === burst ? 2_000 : 500 });
  onTestFinished(() => bench.close());
  bench.fake.fault(fault.fault());

  const results = await work(bench.lifecycle, load, () => bench.fake.fault(fault.fault()));
  const report = await bench.lifecycle.flush({ timeoutMs: 25_000 });

  const rejected = fault.rejects ? poisonedRunsOf(load) : 0;
  expect(results).toEqual(Array.from({ length: load.runs }, (_, run) => run));
  expect(report).toEqual(deliveredAllOf(load, rejected));
  expectAllThere(bench, { fault, route, load });
  expectTold(bench, fault);
}

function expectAllThere({ fake }: Bench, { fault, route, load }: Scene): void {
  const traces = fake.traces();
  const arrived = arrivedAt(fake, traces);
  const rejected = fault.rejects ? poisonedRunsOf(load) : 0;
  rows.push(
    toRow([
      fault.name,
      route.name,
      load.name,
      `${arrived.parents}/${load.runs}`,
      `${arrived.observations}/${observationsOf(load) - rejected}`,
      arrived.requests,
    ]),
  );
  expect(traces.flatMap(missingFromParent)).toEqual([]);
  expect(arrived).toMatchObject({
    parents: load.runs,
    observations: observationsOf(load) - rejected,
  });
  if (route.wire === 'otlp' && !fault.repeats) {
    expect([...spanCounts(fake)].filter(([, count]) => count > 1)).toEqual([]);
  }
}

function expectTold({ diagnostics }: Bench, { code, rejects }: FaultCase): void {
  const problems = diagnostics.filter(({ code: told }) => told !== 'wire');
  if (code === undefined) expect(problems).toEqual([]);
  else expect(new Set(problems.map(({ code: told }) => told))).toEqual(new Set([code]));
  // There are two episodes, and a refusal is told of each record.
  if (!rejects) expect(problems.length).toBeLessThanOrEqual(2);
}

const scenes = (
  among: readonly Route[],
  faults: readonly FaultCase[],
): readonly (readonly [string, string, Scene])[] =>
  faults.flatMap((fault) =>
    among
      .filter(({ wire }) => fault.only === undefined || fault.only === wire)
      .map((route) => [fault.name, route.name, { fault, route, load: oneRun }] as const),
  );

describe('one run', () => {
  it.each(scenes(wires, faultCases))(
    'arrives in spite of %s on %s',
    async (_fault, _route, scene) => {
      await deliveredInSpite({ ...scene, load: oneRun });
    },
  );
});

describe('300 runs', () => {
  it.each(scenes(routes, faultCases))(
    'arrive in spite of %s on %s',
    async (_fault, _route, scene) => {
      await deliveredInSpite({ ...scene, load: manyRuns });
    },
  );
});

const representative = [
  '413',
  '429, seconds',
  '500',
  '207, items 400',
  '207, items 500',
  'hang',
  'reset',
  'reset in the body',
];

describe('500 runs with 11 observations each in one tick', () => {
  it.each(
    scenes(
      wires,
      faultCases.filter(({ name }) => representative.includes(name)),
    ),
  )('arrive in spite of %s on %s', async (_fault, _route, scene) => {
    await deliveredInSpite({ ...scene, load: burst });
  });
});
