import { expect, onTestFinished } from 'vitest';
import { missingFromParent } from '../../mocks/completeness.ts';
import { isWrite } from './answering.ts';
import {
  arrivedAt,
  type Bench,
  burst,
  createBench,
  deliveredAllOf,
  type Load,
  observationsOf,
  poisonedRunsOf,
  type Route,
  spanCounts,
  work,
} from './bench.ts';
import type { FaultCase } from './faults.ts';

/** A fault, what it hits, and how much is going on. */
export interface Scene {
  readonly fault: FaultCase;
  readonly route: Route;
  readonly load: Load;
}

/** Plays the scene and expects that nothing is lost; adds a row to `rows`. */
export async function deliveredInSpite(
  { fault, route, load }: Scene,
  rows: string[],
): Promise<void> {
  const bench = await createBench(route, { requestTimeoutMs: requestTimeoutOf(fault, load) });
  onTestFinished(() => bench.close());
  const { fake, lifecycle } = bench;
  fake.fault(fault.fault());
  // The first episode meets a sink that knows nothing of the server yet, the second one that has delivered.
  const secondEpisode = async (): Promise<void> => {
    await lifecycle.flush();
    fake.fault(fault.fault());
  };

  const results = await work(lifecycle, load, load.atOnce < load.runs ? secondEpisode : undefined);
  const report = await lifecycle.flush({ timeoutMs: 25_000 });

  const rejected = fault.rejects ? poisonedRunsOf(load) : 0;
  expect(results).toEqual(Array.from({ length: load.runs }, (_, run) => run));
  expect(report).toEqual(deliveredAllOf(load, rejected));
  rows.push(expectAllThere(bench, { fault, route, load }));
  expectTold(bench, fault);
}

/** A server that hangs is given up soon; any other is waited for, however busy this machine is. */
function requestTimeoutOf({ name }: FaultCase, load: Load): number {
  if (name !== 'hang') return 15_000;
  return load === burst ? 1_000 : 400;
}

function expectAllThere({ fake }: Bench, { fault, route, load }: Scene): string {
  const traces = fake.traces();
  const arrived = arrivedAt(fake, traces);
  const rejected = fault.rejects ? poisonedRunsOf(load) : 0;
  expect(traces.flatMap(missingFromParent)).toEqual([]);
  expect(arrived).toMatchObject({
    parents: load.runs,
    observations: observationsOf(load) - rejected,
  });
  if (route.wire === 'otlp' && !fault.repeats) {
    expect([...spanCounts(fake)].filter(([, count]) => count > 1)).toEqual([]);
  }
  const path = `/api/public/${route.wire === 'otlp' ? 'otel/v1/traces' : 'ingestion'}`;
  expect(new Set(fake.requests.filter(isWrite).map((request) => request.path))).toEqual(
    new Set([path]),
  );
  return toRow([
    fault.name,
    route.name,
    load.name,
    `${arrived.parents}/${load.runs}`,
    `${arrived.observations}/${observationsOf(load) - rejected}`,
    arrived.requests,
  ]);
}

function expectTold({ diagnostics }: Bench, { code, rejects }: FaultCase): void {
  const problems = diagnostics.filter(({ code: told }) => told !== 'wire');
  if (code === undefined) expect(problems).toEqual([]);
  else expect(new Set(problems.map(({ code: told }) => told))).toEqual(new Set([code]));
  // There are two episodes, and a refusal is told of each record.
  if (!rejects) expect(problems.length).toBeLessThanOrEqual(2);
}

function toRow(cells: readonly unknown[]): string {
  const widths = [18, 19, 13, 11, 13, 8];
  return cells.map((cell, index) => String(cell).padEnd(widths[index] ?? 0)).join(' ');
}

/** The rows of played scenes under their head. */
export function toTable(rows: readonly string[]): string {
  return [toRow(['fault', 'wire', 'load', 'parents', 'observations', 'requests']), ...rows].join(
    '\n',
  );
}

/** Each fault on each route that it can hit, named for `it.each`. */
export function scenesOf(
  routes: readonly Route[],
  { faults, load }: { readonly faults: readonly FaultCase[]; readonly load: Load },
): readonly (readonly [string, string, Scene])[] {
  return faults.flatMap((fault) =>
    routes
      .filter(({ wire }) => fault.only === undefined || fault.only === wire)
      .map((route) => [fault.name, route.name, { fault, route, load }] as const),
  );
}
