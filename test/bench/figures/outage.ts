import { setTimeout } from 'node:timers/promises';

import { traceRun } from '../contenders/contender.ts';
import { contenderIds } from '../contenders/index.ts';
import { makeWorks, type RunWork, stepsOfOneRun } from '../workload.ts';
import { bothWires, type Extent, type Figure } from './figure.ts';
import { atPace, liveBytes, warmUp } from './measuring.ts';

const runs = 300;
const outageSeconds: Readonly<Record<Extent, number>> = { quick: 15, full: 15, long: 15 };
const patienceMs = 40_000;

function encodedBytes({ input, output, steps }: RunWork): number {
  const values = [input, output, ...steps.flatMap((step) => [step.input, step.output])];
  return values.reduce<number>(
    (total, value) => total + Buffer.byteLength(JSON.stringify(value)),
    0,
  );
}

/** What becomes of runs while the server refuses connections. */
export const outage: Figure = {
  name: 'outage',
  title: `Outage: ${runs} runs while the server is away for 15 s`,
  method: `The server closes its port; ${runs} runs come in 15 s; it opens the port again, and the program flushes and waits for up to ${patienceMs / 1_000} s. Held is what is alive right before the server comes back, also as a multiple of the JSON of all inputs and outputs of these runs.`,
  contenders: contenderIds.filter((id) => id !== 'untraced' && id !== 'ours-otlp-plain'),
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 1, long: 3 },
  atOnce: 6,
  columns: [
    { key: 'parents', title: `parents of ${runs}`, digits: 0 },
    { key: 'children', title: `children of ${runs * stepsOfOneRun}`, digits: 0 },
    { key: 'held', title: 'held MB', digits: 1 },
    { key: 'share', title: 'held × encoded', digits: 2 },
    { key: 'back', title: 'all there after s', digits: 1 },
  ],
  goals: [
    bothWires('parents', { type: 'at-least', value: runs }),
    bothWires('share', { type: 'at-most', value: 1.5 }),
  ],

  async measure({ contender, target, tell }, extent) {
    const seconds = outageSeconds[extent];
    const tracer = await contender.start(target);
    await warmUp(tracer, 20);
    await tell('forget');
    const before = await liveBytes();

    await tell('down');
    let encoded = 0;
    // Made as they come, so that only the contender holds them.
    for (let group = 0; group < seconds; group += 1) {
      const works = makeWorks(runs / seconds, group * runs);
      for (const work of works) encoded += encodedBytes(work);
      await atPace(works, runs / seconds, (work) => traceRun(tracer, work));
      await setTimeout(0);
    }
    const held = (await liveBytes()) - before;
    await tell('up');

    const backAt = performance.now();
    await Promise.race([tracer.flush().then(() => tracer.flush()), setTimeout(patienceMs)]);
    const { arrivals } = await tell('report');
    const { completeParents, children } = arrivals;
    return {
      parents: completeParents,
      children,
      held: held / 1_048_576,
      share: held / encoded,
      back: (performance.now() - backAt) / 1_000,
    };
  },
};
