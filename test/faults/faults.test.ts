import { afterAll, describe, it } from 'vitest';
import { discoveredRoutes, manyRuns, oneRun, someRuns, wires } from './bench.ts';
import { faultCases as faults } from './faults.ts';
import { deliveredInSpite, scenesOf, toTable } from './scene.ts';

const rows: string[] = [];

afterAll(() => console.log(toTable(rows)));

describe('one run', () => {
  it.each(scenesOf(wires, { faults, load: oneRun }))(
    'arrives in spite of %s on %s',
    (_fault, _route, scene) => deliveredInSpite(scene, rows),
  );
});

describe('300 runs', () => {
  it.each(scenesOf(wires, { faults, load: manyRuns }))(
    'arrive in spite of %s on %s',
    (_fault, _route, scene) => deliveredInSpite(scene, rows),
  );
});

describe('runs to a server that is first asked which wire it wants', () => {
  it.each(scenesOf(discoveredRoutes, { faults, load: someRuns }))(
    'arrive in spite of %s on %s',
    (_fault, _route, scene) => deliveredInSpite(scene, rows),
  );
});
