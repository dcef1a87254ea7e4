import { setTimeout } from 'node:timers/promises';

import type { OpenRun, OpenStep, Tracer } from '../contenders/contender.ts';
import { contenderIds } from '../contenders/index.ts';
import { makeWork } from '../workload.ts';
import { bothWires, type Figure } from './figure.ts';
import { liveBytes, warmUp } from './measuring.ts';

const runs = 5_000;
const runsAFlush = 200;

/** A run that is open, with the step of it that is. */
type Open = readonly [OpenRun, OpenStep | undefined];

interface Opened {
  readonly open: Open[];
  /** Bytes of the JSON of what is open: the inputs of the runs and of their open steps. */
  readonly payload: number;
}

async function openAll(tracer: Tracer): Promise<Opened> {
  const open: Open[] = [];
  let payload = 0;
  for (let seed = 0; seed < runs; seed += 1) {
    const work = makeWork(seed, 2);
    const [first, second] = work.steps;
    const run = tracer.startRun(work);
    if (first !== undefined) run.startStep(first).end(first);
    open.push([run, second && run.startStep(second)]);
    payload += bytesOf(work.input) + (second === undefined ? 0 : bytesOf(second.input));
    if (seed % runsAFlush === runsAFlush - 1) await tracer.flush();
  }
  await setTimeout(1_500);
  await tracer.flush();
  return { open, payload };
}

async function endAll(tracer: Tracer, open: readonly Open[]): Promise<void> {
  for (const [seed, [run, step]] of open.entries()) {
    const work = makeWork(seed, 2);
    const [, second] = work.steps;
    if (second !== undefined) step?.end(second);
    run.end(work.output);
    if (seed % runsAFlush === runsAFlush - 1) await tracer.flush();
  }
  await tracer.flush();
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Opens the runs, ends them, and says what was held meanwhile and what is left. */
async function measureHeld(tracer: Tracer): Promise<{
  readonly held: number;
  readonly left: number;
  readonly payload: number;
}> {
  const before = await liveBytes();
  const { open, payload } = await openAll(tracer);
  const held = (await liveBytes()) - before;
  await endAll(tracer, open);
  // The list of handles is the harness's own, and empty by now.
  open.length = 0;
  return { held, left: (await liveBytes()) - before, payload };
}

/** What a run that is open holds. */
export const openRuns: Figure = {
  name: 'open-runs',
  title: `${runs.toLocaleString('en')} runs open at once`,
  method:
    'Each run has its input, one step that ended and one that is open; the program drops its own objects at once. What is alive after a flush, less what was alive before, for each run; then less the JSON of what is open (the inputs of the run and of the open step), below zero for who keeps no inputs, or texts that come again once; then what is left when all of them have ended and are delivered.',
  contenders: contenderIds.filter((id) => id !== 'untraced' && id !== 'ours-otlp-plain'),
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 1, long: 3 },
  atOnce: 2,
  columns: [
    { key: 'kilobytes', title: 'KB an open run', digits: 1, hasRatio: true },
    { key: 'above', title: 'above its payload KB', digits: 1 },
    { key: 'left', title: 'left KB a run', digits: 2 },
  ],
  goals: [
    bothWires('above', { type: 'at-most', value: 2 }),
    // A run that is not let go leaves kilobytes; code that was compiled meanwhile leaves some hundred for all of them.
    bothWires('left', { type: 'at-most', value: 0.1 }),
  ],

  async measure({ contender, target, tell }) {
    const tracer = await contender.start(target);
    await tell('count-only');
    // More than are remembered once they have ended, so that what is remembered is there before.
    await warmUp(tracer, 1_200);
    const { held, left, payload } = await measureHeld(tracer);
    // Below zero is noise of the heap: such a contender holds nothing.
    const kilobytes = Math.max(0, held) / runs / 1_024;
    return {
      kilobytes,
      above: kilobytes - payload / runs / 1_024,
      left: Math.max(0, left) / runs / 1_024,
    };
  },
};
