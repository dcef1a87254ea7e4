import { registerHooks } from 'node:module';

import { traceRun } from '../contenders/contender.ts';
import { contenderIds } from '../contenders/index.ts';
import { makeWork } from '../workload.ts';
import { bothWires, type Figure } from './figure.ts';
import { cpuMicroseconds } from './measuring.ts';

/** What a program pays before its first run is delivered. */
export const coldStart: Figure = {
  name: 'cold-start',
  title: 'Cold start',
  method:
    'CPU time of a new process from before the import until the first run is delivered. Modules are counted as they are loaded, those built into Node left out; the count itself is in the figure of everybody.',
  contenders: contenderIds,
  yardstick: 'langfuse-otel',
  rounds: { quick: 2, full: 5, long: 10 },
  atOnce: 1,
  columns: [
    { key: 'cpu', title: 'CPU ms', digits: 0, isAboveUntraced: true, hasRatio: true },
    { key: 'modules', title: 'modules', digits: 0, hasRatio: true },
    { key: 'parents', title: 'parents of 1', digits: 0 },
  ],
  goals: [
    bothWires('cpu', { type: 'times', of: 'langfuse-otel', atMost: 0.25 }),
    bothWires('modules', { type: 'times', of: 'langfuse-otel', atMost: 1 }),
  ],

  async measure({ contender, target, tell }) {
    const work = makeWork(1);
    let modules = 0;
    registerHooks({
      load(url, context, nextLoad) {
        if (!url.startsWith('node:')) modules += 1;
        return nextLoad(url, context);
      },
    });

    const before = process.cpuUsage();
    const tracer = await contender.start(target);
    traceRun(tracer, work);
    await tracer.flush();
    const cpu = cpuMicroseconds(before);

    const { arrivals } = await tell('report');
    return { cpu: cpu / 1_000, modules, parents: arrivals.completeParents };
  },
};
