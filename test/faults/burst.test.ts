import { afterAll, describe, it } from 'vitest';
import { burst, wires } from './bench.ts';
import { faultCases } from './faults.ts';
import { deliveredInSpite, scenesOf, toTable } from './scene.ts';

const rows: string[] = [];

afterAll(() => console.log(toTable(rows)));

describe('500 runs with 11 observations each in one tick', () => {
  it.each(scenesOf(wires, { faults: faultCases, load: burst }))(
    'arrive in spite of %s on %s',
    (_fault, _route, scene) => deliveredInSpite(scene, rows),
  );
});
