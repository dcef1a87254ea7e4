import { setTimeout } from 'node:timers/promises';

import type { OpenRun, OpenStep } from '../contenders/contender.ts';
import { contenderIds } from '../contenders/index.ts';
import { makeWork } from '../workload.ts';
import { bothWires, type Figure } from './figure.ts';
import { liveBytes, warmUp } from './measuring.ts';

const runs = 5_000;

/** What a run that is open holds. */
export const openRuns: Figure = {
  name: 'open-runs',
  title: `${runs.toLocaleString('en')} runs open at once`,
  method:
    'Each run has its input, one step that ended and one that is open; the program drops its own objects at once. What is alive after a flush, less what was alive before, for each run.',
  contenders: contenderIds.filter((id) => id !== 'untraced'),
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 1, long: 3 },
  atOnce: 2,
  columns: [{ key: 'kilobytes', title: 'KB an open run', digits: 1, hasRatio: true }],
  goals: [bothWires('kilobytes', { type: 'times', of: 'langfuse-otel', atMost: 1 })],

  async measure({ contender, target }) {
    const tracer = await contender.start(target);
    await warmUp(tracer, 50);
    const before = await liveBytes();

    const open: (readonly [OpenRun, OpenStep | undefined])[] = [];
    for (let seed = 0; seed < runs; seed += 1) {
      const work = makeWork(seed, 2);
      const [first, second] = work.steps;
      const run = tracer.startRun(work);
      if (first !== undefined) run.startStep(first).end(first);
      open.push([run, second && run.startStep(second)]);
      if (seed % 200 === 199) await tracer.flush();
    }
    await setTimeout(1_500);
    await tracer.flush();
    const held = (await liveBytes()) - before;

    // Below zero is noise of the heap: such a contender holds nothing.
    return { kilobytes: Math.max(0, held) / open.length / 1_024 };
  },
};
