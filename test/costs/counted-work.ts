import { createHook } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { vi } from 'vitest';

import { createLifecycle, type Lifecycle } from '../../adapters/index.ts';
import type { langfuseOtlp } from '../../adapters/langfuse/index.ts';
import { answerFor } from '../bench/collector/answers.ts';
import {
  type Arrivals,
  createArrivalCounter,
  type ReceivedBody,
} from '../bench/collector/arrivals.ts';
import { makeWork, makeWorks, model, parentName, type RunWork } from '../bench/workload.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';

/** Makes a sink for one wire. */
export type CreateSink = typeof langfuseOtlp;

/** What a fixed amount of work made happen, in sum. */
export type Counts = Arrivals & {
  readonly runs: number;
  /** Bytes of the JSON of all inputs and outputs. */
  readonly payloadBytes: number;
  readonly timers: number;
  /** How often the time was asked for inside the calls of the program. */
  readonly clockReadsInCalls: number;
  /** `JSON.stringify` inside the calls of the program. */
  readonly stringifiesInCalls: number;
  /** The same until everything was delivered, the test's own answers included: one a request. */
  readonly stringifies: number;
  readonly promisesInCalls: number;
  /** Until everything was delivered; the test and `fetch` have some hundred of their own for a request. */
  readonly promises: number;
};

const runsASecond = 50;

/** 50 runs a second for `seconds`, each with ten steps and with other text in each. */
export async function countWork(createSink: CreateSink, seconds: number): Promise<Counts> {
  const received: ReceivedBody[] = [];
  const clock = createCountingClock();
  const sink = createSink({
    publicKey: 'pk-lf-counted',
    secretKey: 'sk-lf-counted',
    baseUrl: 'http://langfuse.test',
    fetch: toFetch(received),
    env: {},
    dotenv: false,
  });
  const lifecycle = createLifecycle({ sink, clock, interruption: false });
  const works = makeWorks(seconds * runsASecond);
  // What is loaded once is in no figure.
  traceRun(lifecycle, makeWork(works.length));
  await lifecycle.flush();
  received.length = 0;
  const timersBefore = clock.scheduledEver;
  let clockReadsInCalls = 0;

  const counted = countOperations();
  for (let second = 0; second < seconds; second += 1) {
    for (const work of works.slice(second * runsASecond, (second + 1) * runsASecond)) {
      const readsBefore = clock.reads;
      counted.duringCalls(() => traceRun(lifecycle, work));
      clockReadsInCalls += clock.reads - readsBefore;
      await setImmediate();
    }
    await clock.advance(1_000);
    await lifecycle.flush();
  }
  const { calls, all } = counted.stop();
  const timers = clock.scheduledEver - timersBefore;
  await lifecycle.shutdown();

  return {
    ...arrivalsOf(received),
    runs: works.length,
    payloadBytes: works.reduce((total, work) => total + payloadBytesOf(work), 0),
    timers,
    clockReadsInCalls,
    stringifiesInCalls: calls.stringifies,
    stringifies: all.stringifies,
    promisesInCalls: calls.promises,
    promises: all.promises,
  };
}

function payloadBytesOf({ input, output, steps }: RunWork): number {
  const values = [input, output, ...steps.flatMap((step) => [step.input, step.output])];
  return values.reduce<number>(
    (total, value) => total + Buffer.byteLength(JSON.stringify(value)),
    0,
  );
}

function arrivalsOf(received: readonly ReceivedBody[]): Arrivals {
  const counter = createArrivalCounter();
  for (const body of received) counter.add(body);
  return counter.totals();
}

function traceRun(lifecycle: Lifecycle, { input, output, conversationId, steps }: RunWork): void {
  const run = lifecycle.startRun({ name: parentName, input, conversationId });
  for (const { kind, name, input: given, output: found, usage } of steps) {
    const isGeneration = kind === 'generation';
    const step = run.startStep({ kind, name, input: given, ...(isGeneration && { model }) });
    if (isGeneration) step.update({ usage });
    step.complete(found);
  }
  run.complete(output);
}

function createCountingClock(): ManualClock & {
  readonly scheduledEver: number;
  readonly reads: number;
} {
  const clock = createManualClock();
  let scheduledEver = 0;
  let reads = 0;
  return {
    now() {
      reads += 1;
      return clock.now();
    },
    schedule(callback, delayMs) {
      scheduledEver += 1;
      return clock.schedule(callback, delayMs);
    },
    advance: (milliseconds) => clock.advance(milliseconds),
    get scheduled() {
      return clock.scheduled;
    },
    get scheduledEver() {
      return scheduledEver;
    },
    get reads() {
      return reads;
    },
  };
}

/** Answers as the real server does, and keeps what came. */
function toFetch(received: ReceivedBody[]): typeof fetch {
  return async (target, init) => {
    const headers = new Headers(init?.headers);
    const body = Buffer.from(init?.body as string | Uint8Array<ArrayBuffer>);
    const path = new URL(String(target)).pathname;
    received.push({
      path,
      contentType: headers.get('content-type') ?? '',
      encoding: headers.get('content-encoding') ?? '',
      body,
    });
    const answer = answerFor({ method: init?.method ?? 'GET', path, body, origin: '' });
    return new Response(answer.body, { status: answer.status });
  };
}

interface Tally {
  stringifies: number;
  promises: number;
}

interface Tallies {
  readonly calls: Tally;
  readonly all: Tally;
}

/** Counts in the whole process; only the calls are the library's alone. */
function countOperations(): {
  duringCalls(work: () => void): void;
  stop(): Tallies;
} {
  const tallies = { calls: noTally(), all: noTally() };
  let isInCalls = false;
  const count = (name: keyof Tally): void => {
    tallies.all[name] += 1;
    if (isInCalls) tallies.calls[name] += 1;
  };
  const stringify = JSON.stringify;
  const spy = vi.spyOn(JSON, 'stringify').mockImplementation((...args) => {
    count('stringifies');
    return Reflect.apply(stringify, JSON, args);
  });
  const hook = createHook({
    init(_asyncId, type) {
      if (type === 'PROMISE') count('promises');
    },
  }).enable();
  return {
    duringCalls(work) {
      isInCalls = true;
      work();
      isInCalls = false;
    },
    stop() {
      hook.disable();
      spy.mockRestore();
      return tallies;
    },
  };
}

function noTally(): Tally {
  return { stringifies: 0, promises: 0 };
}
