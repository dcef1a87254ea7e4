import { setImmediate } from 'node:timers/promises';

import { type Tracer, traceRun } from '../contenders/contender.ts';
import { makeWork, stepsOfOneRun } from '../workload.ts';
import type { Figure } from './figure.ts';
import { quantile } from './measuring.ts';

const runsOf = { quick: 10_000, full: 40_000, long: 200_000 } as const;
const runsAGroup = 100;

async function microsecondsPerRun(tracer: Tracer, steps: number, runs: number): Promise<number> {
  const work = makeWork(1, steps);
  const spent: number[] = [];
  for (let done = 0; done < runs; done += runsAGroup) {
    const startedAt = performance.now();
    for (let run = 0; run < runsAGroup; run += 1) traceRun(tracer, work);
    spent.push(performance.now() - startedAt);
    await setImmediate();
  }
  // The median: a group in which another program had its turn says nothing.
  return (quantile(spent, 0.5) * 1_000) / runsAGroup;
}

/** What tracing costs that is switched off. */
export const disabled: Figure = {
  name: 'disabled',
  title: 'Switched off',
  method:
    'Ours without keys, @langfuse/tracing without a provider, langfuse with `enabled: false`, braintrust without a logger, langsmith with `tracingEnabled: false`. Time in the calls of a run without steps, and of each of its steps.',
  contenders: ['langfuse-otel', 'langfuse-legacy', 'braintrust', 'langsmith', 'ours-otlp'],
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 3, long: 5 },
  atOnce: 1,
  columns: [
    { key: 'run', title: 'µs a run', digits: 2, hasRatio: true },
    { key: 'step', title: 'µs a step', digits: 2, hasRatio: true },
  ],
  goals: [
    {
      column: 'run',
      contenders: ['ours-otlp'],
      limit: { type: 'at-most', value: 2 },
    },
    {
      column: 'step',
      contenders: ['ours-otlp'],
      limit: { type: 'at-most', value: 0.1 },
    },
  ],

  async measure({ contender, target }, extent) {
    const tracer = await contender.startDisabled?.(target);
    if (tracer === undefined) throw new Error('This contender cannot be switched off.');
    const runs = runsOf[extent];
    await microsecondsPerRun(tracer, stepsOfOneRun, runs / 10);
    const bare = await microsecondsPerRun(tracer, 0, runs);
    const whole = await microsecondsPerRun(tracer, stepsOfOneRun, runs / 10);
    return { run: bare, step: Math.max(0, whole - bare) / stepsOfOneRun };
  },
};
