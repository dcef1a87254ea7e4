import { setImmediate } from 'node:timers/promises';

import type { OpenRun, Tracer } from '../contenders/contender.ts';
import { makeWork, makeWorks, type RunWork, stepsOfOneRun } from '../workload.ts';
import { bothWires, type Extent, type Figure, type Sample } from './figure.ts';
import { cpuMicroseconds, logLogSlope, type Point, warmUp } from './measuring.ts';

const stepCounts = [10, 100, 1_000, 10_000] as const;
const concurrencies = [1, 10, 100, 1_000, 5_000] as const;
/** Observations that each point is measured with; the largest points take what they are. */
const observationsOf: Readonly<Record<Extent, number>> = {
  quick: 5_000,
  full: 20_000,
  long: 50_000,
};
const observationsATurn = 50;
const observationsAFlush = 1_000;

/** Runs whose calls are interleaved: each turn of the loop does a step of some of them. */
async function interleave(
  tracer: Tracer,
  works: readonly RunWork[],
  concurrent: number,
): Promise<void> {
  let observations = 0;
  const breathe = async (): Promise<void> => {
    observations += 1;
    // Flushed as it goes, so that nothing is dropped and nothing is cheap because of that.
    if (observations % observationsAFlush === 0) await tracer.flush();
    else if (observations % observationsATurn === 0) await setImmediate();
  };
  for (let first = 0; first < works.length; first += concurrent) {
    const group = works.slice(first, first + concurrent);
    const open: readonly OpenRun[] = group.map((work) => tracer.startRun(work));
    const steps = group[0]?.steps.length ?? 0;
    for (let at = 0; at < steps; at += 1) {
      for (const [index, work] of group.entries()) {
        const step = work.steps[at];
        if (step !== undefined) open[index]?.startStep(step).end(step);
        await breathe();
      }
    }
    for (const [index, work] of group.entries()) {
      open[index]?.end(work.output);
      await breathe();
    }
  }
  await tracer.flush();
}

async function cpuPerRun(
  tracer: Tracer,
  works: readonly RunWork[],
  concurrent: number,
): Promise<number> {
  const before = process.cpuUsage();
  await interleave(tracer, works, concurrent);
  return cpuMicroseconds(before) / works.length;
}

function repeated(works: readonly RunWork[], count: number): readonly RunWork[] {
  return Array.from({ length: Math.ceil(count / works.length) }, () => works)
    .flat()
    .slice(0, count);
}

/** How the cost of a run grows with its steps, and with the number of runs beside it. */
export const scaling: Figure = {
  name: 'scaling',
  title: 'Scaling',
  method: `CPU of one run with ${stepCounts.map((count) => count.toLocaleString('en')).join(', ')} steps, and of a run of ${stepsOfOneRun} steps with ${concurrencies.map((count) => count.toLocaleString('en')).join(', ')} open at once, their steps interleaved, delivery included. The slope is that of the logarithms: 1 is proportional to the steps, 0 is independent of the other runs.`,
  contenders: ['floor-protobuf', 'langfuse-otel', 'ours-otlp', 'ours-legacy'],
  yardstick: 'floor-protobuf',
  rounds: { quick: 1, full: 1, long: 3 },
  atOnce: 1,
  columns: [
    ...stepCounts.map((count) => ({
      key: `steps${count}`,
      title: `µs a step at ${count.toLocaleString('en')}`,
      digits: 0,
    })),
    { key: 'stepsSlope', title: 'slope by steps', digits: 2 },
    ...concurrencies.map((count) => ({
      key: `runs${count}`,
      title: `µs a run, ${count.toLocaleString('en')} open`,
      digits: 0,
    })),
    { key: 'runsSlope', title: 'slope by open runs', digits: 2 },
  ],
  goals: [
    bothWires('stepsSlope', { type: 'at-most', value: 1.05 }),
    bothWires('runsSlope', { type: 'at-most', value: 0.05 }),
  ],

  async measure({ contender, target, tell }, extent) {
    const tracer = await contender.start(target);
    await warmUp(tracer, 400);
    await tell('count-only');
    const observations = observationsOf[extent];
    const sample: Record<string, number> = {};

    const bySteps: Point[] = [];
    for (const steps of stepCounts) {
      const runs = Math.max(1, Math.round(observations / steps));
      const works = repeated([makeWork(steps, steps)], runs);
      const y = await cpuPerRun(tracer, works, 1);
      sample[`steps${steps}`] = y / steps;
      bySteps.push({ x: steps, y });
    }
    const byRuns: Point[] = [];
    const pool = makeWorks(200);
    for (const concurrent of concurrencies) {
      const runs = Math.max(concurrent, Math.round(observations / stepsOfOneRun));
      const y = await cpuPerRun(tracer, repeated(pool, runs), concurrent);
      sample[`runs${concurrent}`] = y;
      byRuns.push({ x: concurrent, y });
    }
    return {
      ...sample,
      stepsSlope: logLogSlope(bySteps),
      runsSlope: logLogSlope(byRuns),
    } satisfies Sample;
  },
};
