import { contenderIds } from '../contenders/index.ts';
import { makeWork, parentName, type RunWork } from '../workload.ts';
import { bothWires, type Figure } from './figure.ts';
import { warmUp, watchBlocks } from './measuring.ts';

const megabytes = 20;

function largeWork(): RunWork {
  const work = makeWork(1, 0);
  const text = JSON.stringify(work.input);
  const count = Math.ceil((megabytes * 1_048_576) / text.length);
  const messages = Array.from({ length: count }, (_none, index) => makeWork(index, 0).input);
  return { ...work, input: { name: parentName, messages } };
}

/** What one input does that is far too large. */
export const largeInput: Figure = {
  name: 'large-input',
  title: `One input of ${megabytes} MB`,
  method: `A run with ${megabytes} MB of JSON (an object of some ten thousand messages) as its input, no steps. In the calls, and the longest block of the loop after them until it is delivered or given up. The collector takes 4.5 MB a request, as Langfuse does; those of Braintrust and LangSmith any size. A contender says so when what arrived names what was cut ("truncated").`,
  contenders: contenderIds.filter((id) => id !== 'untraced' && id !== 'ours-otlp-plain'),
  yardstick: 'langfuse-otel',
  rounds: { quick: 1, full: 2, long: 5 },
  atOnce: 1,
  columns: [
    { key: 'calls', title: 'in the calls ms', digits: 1, hasRatio: true },
    { key: 'longest', title: 'longest block after them ms', digits: 1, hasRatio: true },
    { key: 'parents', title: 'parents of 1', digits: 0 },
    { key: 'says', title: 'says so', digits: 0 },
  ],
  goals: [
    bothWires('calls', { type: 'at-most', value: 10 }),
    bothWires('longest', { type: 'at-most', value: 10 }),
    bothWires('parents', { type: 'at-least', value: 1 }),
    bothWires('says', { type: 'at-least', value: 1 }),
  ],

  async measure({ contender, target, tell }) {
    const work = largeWork();
    const tracer = await contender.start(target);
    await warmUp(tracer, 100);
    await tell('forget');

    const startedAt = performance.now();
    tracer.startRun(work).end(work.output);
    const calls = performance.now() - startedAt;
    const watch = watchBlocks();
    await tracer.flush();
    await tracer.flush();
    watch.stop();

    const { arrivals } = await tell('report');
    return {
      calls,
      longest: watch.longestMs,
      parents: arrivals.completeParents,
      says: Number(arrivals.saysTruncated),
    };
  },
};
