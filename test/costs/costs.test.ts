import { beforeAll, describe, expect, it } from 'vitest';

import { langfuseIngestion, langfuseOtlp } from '../../adapters/langfuse/index.ts';
import { type Counts, countWork } from './counted-work.ts';

/**
 * Counts are the same on a busy machine as on a quiet one; times are the benchmark's business
 * (`npm run bench`). A limit is what the code does now: lower it when the code does better.
 */
interface Limits {
  readonly createSink: typeof langfuseOtlp;
  /** 50 runs a second are two requests: 550 observations, of which 512 go at once, and a flush takes the rest. */
  readonly requestsASecond: number;
  /** Bytes before compression, as a multiple of the JSON of all inputs and outputs. */
  readonly plainShare: number;
  /** Bytes on the wire, in the same way. */
  readonly wireShare: number;
  readonly stringifiesARun: number;
}

const limits: readonly (readonly [string, Limits])[] = [
  [
    'the OTLP wire',
    {
      createSink: langfuseOtlp,
      requestsASecond: 2,
      // Protobuf: no quote of an input or output is escaped, and what remains are names and ids.
      plainShare: 1.11,
      // gzip's fastest level: a fifth larger than its sixth, for a third of its time.
      wireShare: 0.14,
      // Input and output of 11 observations, usage of 4.
      stringifiesARun: 26,
    },
  ],
  [
    'the legacy wire',
    {
      createSink: langfuseIngestion,
      requestsASecond: 2,
      plainShare: 1.23,
      // The endpoint takes no compression.
      wireShare: 1.23,
      // The trace, its root observation and 10 steps, each once.
      stringifiesARun: 12,
    },
  ],
];

const seconds = 4;
// Start and end of the run and of ten steps, and the usage of four of them.
const eventsARun = 26;
// The request as a whole, and the answer that the test gives.
const stringifiesARequest = 2;
// The test waits for a turn of the loop after each run.
const promisesOfTheTest = 2;
// Most of them are those of `fetch` and of streams; the turns of other work take none.
const promisesARequest = 85;

describe.each(limits)('200 runs over %s', (_wire, limit) => {
  let counts: Counts;

  beforeAll(async () => {
    counts = await countWork(limit.createSink, seconds);
  });

  it('arrive', () => {
    expect(counts).toMatchObject({ completeParents: 200, children: 2_000 });
  });

  it('go out in few requests', () => {
    expect(counts.requests).toBeLessThanOrEqual(limit.requestsASecond * seconds);
  });

  it('are hardly larger than what was recorded', () => {
    expect(counts.plainBytes / counts.payloadBytes).toBeLessThanOrEqual(limit.plainShare);
    expect(counts.wireBytes / counts.payloadBytes).toBeLessThanOrEqual(limit.wireShare);
  });

  // A full batch, the tick of what is left, and the deadline of the flush that the test asks for.
  it('need a timer for a batch, none for a run or a record', () => {
    expect(counts.timers).toBeLessThanOrEqual(3 * seconds);
  });

  // Each of the 26 events has its time; more than that is asked once or twice a tick.
  it('ask for the time once an event', () => {
    expect(counts.clockReadsInCalls).toBeLessThanOrEqual(eventsARun * counts.runs + 8 * seconds);
  });

  it('are not encoded inside the calls of the program', () => {
    expect(counts.stringifiesInCalls).toBe(0);
  });

  it('turn each value into text once', () => {
    expect(counts.stringifies).toBeLessThanOrEqual(
      limit.stringifiesARun * counts.runs + stringifiesARequest * counts.requests,
    );
  });

  it('begin no promise inside the calls of the program', () => {
    expect(counts.promisesInCalls).toBe(0);
  });

  it('need promises for a request, none for a record', () => {
    expect(counts.promises).toBeLessThanOrEqual(
      promisesOfTheTest * counts.runs + promisesARequest * counts.requests,
    );
  });
});
