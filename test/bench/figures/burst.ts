import { traceRun } from '../contenders/contender.ts';
import { contenderIds } from '../contenders/index.ts';
import { makeWorks, stepsOfOneRun } from '../workload.ts';
import { everyWay, type Figure } from './figure.ts';
import { warmUp, watchBlocks } from './measuring.ts';

const runs = 500;

/** What becomes of 500 runs that start and end in one tick. */
export const burst: Figure = {
  name: 'burst',
  title: `Burst: ${runs} runs in one tick`,
  method:
    'All calls in one turn of the event loop, then a flush. The tick is the time of the calls; the longest block comes after it, while what waits is encoded and sent.',
  contenders: contenderIds,
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 2, long: 5 },
  atOnce: 1,
  columns: [
    { key: 'parents', title: `parents of ${runs}`, digits: 0 },
    { key: 'children', title: `children of ${runs * stepsOfOneRun}`, digits: 0 },
    { key: 'tick', title: 'tick ms', digits: 0, hasRatio: true },
    { key: 'longest', title: 'longest block after it ms', digits: 1, hasRatio: true },
  ],
  goals: [
    everyWay('parents', { type: 'at-least', value: runs }),
    everyWay('children', { type: 'at-least', value: runs * stepsOfOneRun }),
    everyWay('tick', { type: 'times', of: 'langfuse-otel', atMost: 0.5 }),
    everyWay('longest', { type: 'times', of: 'langfuse-otel', atMost: 0.5 }),
  ],

  async measure({ contender, target, tell }) {
    const works = makeWorks(runs);
    const tracer = await contender.start(target);
    await warmUp(tracer, 100);
    await tell('forget');

    const startedAt = performance.now();
    for (const work of works) traceRun(tracer, work);
    const tick = performance.now() - startedAt;
    const watch = watchBlocks();
    // Twice: some flushes do not wait for what is on its way already.
    await tracer.flush();
    await tracer.flush();
    watch.stop();

    const { arrivals } = await tell('report');
    const { completeParents, children } = arrivals;
    return { parents: completeParents, children, tick, longest: watch.longestMs };
  },
};
