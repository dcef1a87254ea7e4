import { traceRun } from '../contenders/contender.ts';
import { contenderIds } from '../contenders/index.ts';
import { makeWorks, stepsOfOneRun } from '../workload.ts';
import { everyWay, type Extent, type Figure, onOtlp } from './figure.ts';
import { atPace, cpuMicroseconds, quantile, warmUp, watchLoop } from './measuring.ts';

const runsPerSecond = 200;

interface Plan {
  readonly warmUpRuns: number;
  readonly cpuSeconds: number;
  readonly delaySeconds: number;
}

const plans: Readonly<Record<Extent, Plan>> = {
  quick: { warmUpRuns: 200, cpuSeconds: 1, delaySeconds: 1 },
  full: { warmUpRuns: 1_000, cpuSeconds: 6, delaySeconds: 4 },
  long: { warmUpRuns: 1_000, cpuSeconds: 10, delaySeconds: 20 },
};

/** What tracing costs a program that does 200 runs a second. */
export const steady: Figure = {
  name: 'steady',
  title: `Steady: ${runsPerSecond} runs a second`,
  method:
    'After a warm-up, runs come at their pace. First the CPU time of the process (all threads, delivery included) and the time inside the calls; then, apart, how late the event loop comes round. CPU and calls are what is above the same program without tracing; delays are those of the whole program, beside its own without tracing.',
  contenders: contenderIds,
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 2, long: 5 },
  atOnce: 1,
  columns: [
    { key: 'cpu', title: 'CPU µs a run', digits: 0, isAboveUntraced: true, hasRatio: true },
    {
      key: 'caller',
      title: 'µs in calls a run, median',
      digits: 0,
      isAboveUntraced: true,
      hasRatio: true,
    },
    { key: 'caller99', title: 'p99', digits: 0 },
    { key: 'p99', title: 'loop delay p99 ms', digits: 2 },
    { key: 'p999', title: 'p99.9 ms', digits: 2 },
    { key: 'kilobytes', title: 'KB a run', digits: 1, hasRatio: true },
    { key: 'gzip', title: 'KB gzip', digits: 1 },
    { key: 'requests', title: 'requests a run', digits: 3, hasRatio: true },
    { key: 'arrived', title: 'arrived %', digits: 1 },
  ],
  goals: [
    onOtlp('cpu', { type: 'times', of: 'langfuse-otel', atMost: 0.4 }),
    {
      column: 'cpu',
      contenders: ['ours-legacy'],
      limit: { type: 'times', of: 'langfuse-legacy', atMost: 0.3 },
    },
    everyWay('caller', { type: 'times', of: 'langfuse-otel', atMost: 0.6 }),
    everyWay('p99', { type: 'times', of: 'untraced', atMost: 1.3 }),
    everyWay('p999', { type: 'times', of: 'untraced', atMost: 1.1 }),
    everyWay('gzip', { type: 'at-most', value: 3.2 }),
    everyWay('requests', { type: 'at-most', value: 0.022 }),
  ],

  async measure({ contender, target, tell }, extent) {
    const { warmUpRuns, cpuSeconds, delaySeconds } = plans[extent];
    const works = makeWorks(runsPerSecond * cpuSeconds);
    const tracer = await contender.start(target);
    await warmUp(tracer, warmUpRuns);
    await tell('forget');

    const inCalls: number[] = [];
    const before = process.cpuUsage();
    await atPace(works, runsPerSecond, (work) => {
      const calledAt = performance.now();
      traceRun(tracer, work);
      inCalls.push((performance.now() - calledAt) * 1_000);
    });
    await tracer.flush();
    const cpu = cpuMicroseconds(before);

    const watch = watchLoop();
    for (let second = 0; second < delaySeconds; second += 1)
      await atPace(works.slice(0, runsPerSecond), runsPerSecond, (work) => traceRun(tracer, work));
    watch.stop();
    await tracer.flush();

    const runs = runsPerSecond * (cpuSeconds + delaySeconds);
    const { arrivals } = await tell('report');
    const { wireBytes, gzipBytes, requests, completeParents, children } = arrivals;
    return {
      cpu: cpu / works.length,
      caller: quantile(inCalls, 0.5),
      caller99: quantile(inCalls, 0.99),
      p99: watch.at(99),
      p999: watch.at(99.9),
      kilobytes: wireBytes / runs / 1_024,
      gzip: gzipBytes / runs / 1_024,
      requests: requests / runs,
      arrived: (100 * (completeParents + children)) / (runs * (stepsOfOneRun + 1)),
    };
  },
};
