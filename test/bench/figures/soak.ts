import { traceRun } from '../contenders/contender.ts';
import { makeWorks } from '../workload.ts';
import { bothWires, type Extent, type Figure } from './figure.ts';
import { liveBytes, type Point, slope, warmUp } from './measuring.ts';

const runsOf: Readonly<Record<Extent, number>> = { quick: 20_000, full: 100_000, long: 1_000_000 };
const runsAFlush = 100;
const looks = 10;
const settledLooks = 7;

/** Whether anything is left behind by runs that are over. */
export const soak: Figure = {
  name: 'soak',
  title: 'Growth over many runs',
  method:
    '100,000 runs (20,000 with `--quick`, 1,000,000 with `--long`), flushed every 100. What is alive is looked at ten times; growth is the slope of the line through the last seven looks, since what a process fills once (caches, pools, compiled code) is full by then.',
  contenders: ['untraced', 'langfuse-otel', 'ours-otlp', 'ours-legacy'],
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 1, long: 1 },
  atOnce: 2,
  columns: [
    { key: 'runs', title: 'runs', digits: 0 },
    { key: 'first', title: 'alive at the fourth look MB', digits: 1 },
    { key: 'last', title: 'at the last MB', digits: 1 },
    { key: 'growth', title: 'growth bytes a run', digits: 1 },
  ],
  // A run that leaves anything behind leaves more than a kilobyte; less than 10 bytes is noise of the heap.
  goals: [bothWires('growth', { type: 'at-most', value: 10 })],

  async measure({ contender, target, tell }, extent) {
    const runs = runsOf[extent];
    const works = makeWorks(200);
    const tracer = await contender.start(target);
    await warmUp(tracer, 200);
    await tell('count-only');

    const alive: Point[] = [];
    for (let done = 1; done <= runs; done += 1) {
      const work = works[done % works.length];
      if (work !== undefined) traceRun(tracer, work);
      if (done % runsAFlush === 0) await tracer.flush();
      if (done % (runs / looks) === 0) alive.push({ x: done, y: await liveBytes() });
    }
    const settled = alive.slice(-settledLooks);

    return {
      runs,
      first: (settled[0]?.y ?? 0) / 1_048_576,
      last: (settled.at(-1)?.y ?? 0) / 1_048_576,
      growth: slope(settled),
    };
  },
};
