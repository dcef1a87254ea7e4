import { text } from 'node:stream/consumers';
import { systemClock } from './clock.ts';
import { createOutbox } from './outbox.ts';
import type { Sink } from './sink.ts';
import type { StandInOrder } from './stand-in.ts';

// Started by `deliverByStandIn`; reads its order from standard input and says by its exit code how it went.
const order = JSON.parse(await text(process.stdin)) as StandInOrder;
const made: unknown = await import(order.sink.module);
const factory: unknown = Reflect.get(Object(made), order.sink.factory);
if (typeof factory !== 'function') process.exit(2);
const sink = factory(order.sink.options) as Sink;

sink.start?.({ clock: systemClock, diagnose: () => {} });
const outbox = createOutbox(
  { sink, clock: systemClock, diagnose: () => {}, random: Math.random, onHandOver: () => {} },
  {
    maxBytes: Infinity,
    maxBatchRecords: 512,
    maxBatchBytes: 2_500_000,
    flushIntervalMs: 1_000,
    // Its time is short: a server that does not answer is asked again soon.
    retry: { baseMs: 50, capMs: 250 },
  },
);
for (const record of order.records) outbox.enqueue(record);
const { pending } = await outbox.close(order.timeoutMs);
process.exit(pending === 0 ? 0 : 1);
