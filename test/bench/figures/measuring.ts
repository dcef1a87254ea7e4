import { monitorEventLoopDelay } from 'node:perf_hooks';
import { clearImmediate, setImmediate as immediately } from 'node:timers';
import { setImmediate, setTimeout } from 'node:timers/promises';

import { collectGarbage } from '../../garbage.ts';
import { type Tracer, traceRun } from '../contenders/contender.ts';
import { makeWorks, type RunWork } from '../workload.ts';

/** CPU time of this process since `before`, its other threads included, microseconds. */
export function cpuMicroseconds(before?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** What is alive, in bytes: the heap after collections, and what it holds outside of it. */
export async function liveBytes(): Promise<number> {
  for (let pass = 0; pass < 3; pass += 1) {
    collectGarbage();
    await setTimeout(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Lets the code of a contender be compiled: `count` runs in small groups, delivered. */
export async function warmUp(tracer: Tracer, count: number): Promise<void> {
  const works = makeWorks(Math.min(count, 200), 1_000_000);
  for (let done = 0; done < count; done += 1) {
    const work = works[done % works.length];
    if (work !== undefined) traceRun(tracer, work);
    if (done % 10 === 9) await setImmediate();
  }
  await tracer.flush();
}

/** Runs at a steady pace; `each` gets one run after the other, as they fall due. Resolves after the last. */
export async function atPace(
  works: readonly RunWork[],
  perSecond: number,
  each: (work: RunWork) => void,
): Promise<void> {
  const startedAt = performance.now();
  const everyMs = 1_000 / perSecond;
  for (let done = 0; done < works.length;) {
    const due = Math.floor((performance.now() - startedAt) / everyMs) + 1;
    for (; done < Math.min(due, works.length); done += 1) {
      const work = works[done];
      if (work !== undefined) each(work);
      // Each run in a turn of its own, as if it came from a socket.
      await setImmediate();
    }
    await setTimeout(Math.max(1, startedAt + done * everyMs - performance.now()));
  }
}

/** Watches how late the loop comes round. */
export interface LoopWatch {
  /** Milliseconds at a percentile, the pause of the watch itself taken off. */
  at(percentile: number): number;
  readonly longestMs: number;
  stop(): void;
}

const resolutionMs = 1;

export function watchLoop(): LoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const toMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1_000_000 - resolutionMs);
  return {
    at: (percentile) => toMs(histogram.percentile(percentile)),
    get longestMs() {
      return toMs(histogram.max);
    },
    stop: () => void histogram.disable(),
  };
}

/** Watches for the longest time in which the loop did not come round; keeps it spinning meanwhile. */
export interface BlockWatch {
  readonly longestMs: number;
  stop(): void;
}

/** Unlike a timer it sees what blocks from this very moment on. */
export function watchBlocks(): BlockWatch {
  let longestMs = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    next = immediately(look);
  };
  let next = immediately(look);
  return {
    get longestMs() {
      return longestMs;
    },
    stop: () => clearImmediate(next),
  };
}

/** The value below which `share` of the values are. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A point that was measured. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The slope of the line that fits best. */
export function slope(points: readonly Point[]): number {
  const mean = (pick: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  return mean(({ x, y }) => (x - meanX) * (y - meanY)) / mean(({ x }) => (x - meanX) ** 2);
}

/** The slope of the line through the logarithms: 1 when y grows like x, 0 when it stays. */
export function logLogSlope(points: readonly Point[]): number {
  return slope(points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) })));
}
