import type { Clock, ScheduledCall } from './clock.ts';
import type { DiagnosticListener, DropReason } from './diagnostics.ts';
import { createDueRecords } from './due-records.ts';
import { guardedSink } from './guarded-sink.ts';
import { type Observed, toRecord } from './record-draft.ts';
import type { LifecycleRecord } from './records.ts';
import { isServed } from './outcomes.ts';
import { nextDelay, type RetryBounds } from './retry-delay.ts';
import type { SamplingCounts } from './sampling-gate.ts';
import { createSinkPauses } from './sink-pauses.ts';
import type { Outcome, Sink } from './sink.ts';
import {
  type BatchLimits,
  createWaitingRecords,
  type Entry,
  type Waiting,
} from './waiting-records.ts';
import { createWakeUp } from './wake-up.ts';

/** How much waits, how much goes at once, and how long between tries. */
export interface OutboxLimits extends BatchLimits {
  /** Bytes of JSON that may wait, approximately; beyond it children go before parents. */
  readonly maxBytes: number;
  readonly flushIntervalMs: number;
  readonly retry: RetryBounds;
}

/** What was delivered, what waits, and what was lost and why. Counts since the lifecycle was made. */
export interface DeliveryReport {
  /** Ended observations that the sink has, parents and children. */
  readonly delivered: number;
  /** Records that still wait. */
  readonly pending: number;
  /** Losses by reason; a reason without any is absent. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Traces by what sampling decided; absent when it is not switched on. A trace that is sampled out is no loss. */
  readonly sampling?: SamplingCounts;
  /** Runs of dead processes that were taken over from the journal; absent without one. */
  readonly recoveredRuns?: number;
}

/** What the outbox needs from around it. */
export interface OutboxPorts {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly diagnose: DiagnosticListener;
  /** A number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  /** Called when an ended record leaves for the first time: it must not change any more. */
  readonly onHandOver: (record: Observed) => void;
  /** Awaited before each batch leaves, for what has to be safe before a server knows of it. Never rejects. */
  readonly beforeSend?: () => Promise<void>;
  /** Called for each ended record of which nothing more is owed: delivered, refused for good, or dropped. */
  readonly onSettled?: (record: Observed) => void;
}

/** Holds records until the sink has them: bounded, parents first, one batch on its way at a time. */
export interface Outbox {
  /** Takes a record in the place of an earlier one of the same observation that has not left yet. */
  enqueue(record: Waiting): void;
  /** Counts a loss that happened before the outbox. */
  countDropped(reason: DropReason): void;
  /** Sends what waits now. Resolves when all of that has an outcome, or after `timeoutMs`. Never rejects. */
  flush(timeoutMs: number): Promise<DeliveryReport>;
  /** How many records wait, those on their way included. */
  readonly pending: number;
  /** What they weigh, in bytes of JSON, approximately. */
  readonly bytes: number;
  /** Takes everything out, those on their way included, for somebody else to deliver. Nothing is accepted after it. */
  surrender(): readonly LifecycleRecord[];
  /** Flushes, then closes the sink even when the flush did not get through. Later calls share the first one's result. */
  close(timeoutMs: number): Promise<DeliveryReport>;
}

/** Makes an outbox in front of a sink. */
export function createOutbox(ports: OutboxPorts, limits: OutboxLimits): Outbox {
  const { sink, clock } = ports;
  const guarded = guardedSink(sink, ports.diagnose);
  const waiting = createWaitingRecords();
  const dropped: Partial<Record<DropReason, number>> = {};
  const aborter = new AbortController();
  let delivered = 0;
  const due = createDueRecords(limits.flushIntervalMs);
  let pumping: Promise<void> | undefined;
  let closing: Promise<DeliveryReport> | undefined;
  // The wake-up that takes the newest records along; another may be for a retry much later.
  let forNewest: { readonly at: number | undefined; readonly isEarly: boolean } | undefined;
  const pauses = createSinkPauses({ clock, retry: limits.retry, random: ports.random });
  const wake = createWakeUp(clock, () => {
    // A full batch leaves alone: what is left of the young would be a small one, and has its own tick.
    if (!isFull()) {
      due.upTo(waiting.lastSequence);
      due.noneIsYoung();
    }
    void pump();
  });

  function isFull(): boolean {
    const { records, bytes } = waiting.fresh;
    return records >= limits.maxBatchRecords || bytes > limits.maxBatchBytes;
  }

  function followClock(): void {
    const setBackMs = pauses.followClock();
    if (setBackMs === 0) return;
    for (const entry of waiting.entries()) entry.notBefore -= setBackMs;
    due.setBack(setBackMs);
  }

  function wakeAt(time: number): void {
    followClock();
    wake.by(Math.max(time, pauses.until));
  }

  function wakeForWaiting(): void {
    if (waiting.size === 0 || closing !== undefined) {
      due.noneIsYoung();
      wake.cancel();
      return;
    }
    let at = Infinity;
    let hasYoung = false;
    for (const entry of waiting.entries()) {
      if (due.isDue(entry)) at = Math.min(at, entry.notBefore);
      else hasYoung = true;
    }
    if (hasYoung) at = Math.min(at, nextTick());
    else due.noneIsYoung();
    wakeAt(at);
  }

  function wakeForNewest(): void {
    const at = nextTick();
    if (pumping !== undefined) return;
    wakeAt(at);
    forNewest = { at: wake.at, isEarly: isFull() };
  }

  function nextTick(): number {
    const now = clock.now();
    const tick = due.tickAt(now);
    return isFull() ? now : tick;
  }

  function pump(): Promise<void> {
    followClock();
    pumping ??= sendAllDue().finally(() => {
      pumping = undefined;
      wakeForWaiting();
    });
    return pumping;
  }

  async function sendAllDue(): Promise<void> {
    for (let batch = takeDue(); batch.length > 0; batch = takeDue()) await sendBatch(batch);
  }

  function takeDue(): readonly Entry[] {
    const now = clock.now();
    if (now < pauses.until || aborter.signal.aborted) return [];
    const isEarly = isFull();
    if (isEarly) due.noteFullBatch({ at: now, newest: waiting.lastSequence });
    return waiting.take(limits, (entry) => (isEarly || due.isDue(entry)) && entry.notBefore <= now);
  }

  async function sendBatch(batch: readonly Entry[]): Promise<void> {
    for (const entry of batch) {
      if (!entry.hasLeft) ports.onHandOver(entry.record);
      entry.hasLeft = true;
    }
    if (ports.beforeSend !== undefined) await ports.beforeSend();
    const outcomes = await guarded.send(
      batch.map(({ record }) => toRecord(record)),
      aborter.signal,
    );
    const isServing = isServed(outcomes);
    for (const [index, entry] of batch.entries()) {
      const outcome = outcomes[index] ?? { type: 'retry' };
      if (outcome.type !== 'retry') conclude(entry, outcome);
      else if (isServing) retryLater(entry, outcome.afterMs);
      else waiting.restore(entry);
    }
    pauses.note(outcomes);
  }

  function conclude(entry: Entry, outcome: Exclude<Outcome, { type: 'retry' }>): void {
    const concluded = entry.record;
    if (entry.newer === undefined) waiting.remove(entry);
    else waiting.restore(entry);
    if (concluded.phase === 'ended') ports.onSettled?.(concluded);
    switch (outcome.type) {
      case 'delivered':
        if (concluded.phase === 'ended') delivered += 1;
        break;
      case 'unneeded':
        break;
      case 'rejected': {
        const { runId } = concluded;
        ports.diagnose({
          code: outcome.reason,
          severity: 'error',
          message: outcome.message,
          runId,
        });
        // The end of an open one is still to come, and is asked for on its own.
        if (concluded.phase === 'ended') countDropped(outcome.reason);
        break;
      }
      default:
        return outcome satisfies never;
    }
  }

  function retryLater(entry: Entry, afterMs = 0): void {
    entry.lastDelayMs = nextDelay(entry.lastDelayMs, limits.retry, ports.random());
    entry.notBefore = clock.now() + Math.max(entry.lastDelayMs, afterMs);
    waiting.restore(entry);
  }

  /** Who waits shall not wait for nothing. */
  function hasten(deadline: number): void {
    const soon = pauses.hasten(deadline);
    for (const entry of waiting.entries()) {
      if (entry.notBefore <= deadline) continue;
      entry.notBefore = soon;
      entry.lastDelayMs = 0;
    }
  }

  function countDropped(reason: DropReason): void {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  }

  function shed(): void {
    const message = `More than ${limits.maxBytes} bytes of traces wait for ${sink.name}: children of the oldest runs are dropped first, then start markers, then parents. See why ${sink.name} takes none, or raise limits.queueBytes.`;
    ports.diagnose({ code: 'memory_limit', severity: 'warning', message });
    // A little more than needed, so that the next record does not search all over again.
    waiting.shed(limits.maxBytes * 0.95, ({ record }) => {
      // A record that is open is no loss: its end is still to come.
      if (record.phase !== 'ended') return;
      countDropped('memory_limit');
      ports.onSettled?.(record);
    });
  }

  function report(): DeliveryReport {
    return { delivered, pending: waiting.size, dropped: { ...dropped } };
  }

  /** Sends everything up to `sequence`, with pauses as asked for, until `timeoutMs` is over. */
  function drain(sequence: number, timeoutMs: number): Promise<void> {
    followClock();
    // The other half of the time is for sending.
    hasten(clock.now() + timeoutMs / 2);
    return new Promise((resolve) => {
      let pause: ScheduledCall | undefined;
      let isOver = false;
      const timeout = clock.schedule(
        () => {
          isOver = true;
          pause?.cancel();
          resolve();
        },
        timeoutMs,
        'process',
      );
      const step = async (): Promise<void> => {
        due.upTo(sequence);
        await pump();
        if (isOver) return;
        if (waiting.firstSequence() > sequence || waiting.size === 0 || aborter.signal.aborted) {
          timeout.cancel();
          resolve();
          return;
        }
        const at = Math.max(pauses.until, soonest(sequence));
        pause = clock.schedule(() => void step(), Math.max(0, at - clock.now()), 'process');
      };
      void step();
    });
  }

  function soonest(sequence: number): number {
    let at = Infinity;
    for (const entry of waiting.entries())
      if (entry.sequence <= sequence) at = Math.min(at, entry.notBefore);
    return at;
  }

  return {
    enqueue(record) {
      if (closing !== undefined) {
        if (record.phase === 'ended') countDropped('closed');
        return;
      }
      waiting.put(record);
      if (waiting.bytes > limits.maxBytes) shed();
      // Most records come while a tick is on its way; only a full batch is worth an earlier one.
      const isOnItsWay = forNewest !== undefined && wake.at === forNewest.at;
      if (!isOnItsWay || (isFull() && !forNewest?.isEarly)) wakeForNewest();
    },
    countDropped,
    get pending() {
      return waiting.size;
    },
    get bytes() {
      return waiting.bytes;
    },
    surrender() {
      closing ??= Promise.resolve(report());
      wake.cancel();
      aborter.abort();
      return waiting.newest();
    },
    async flush(timeoutMs) {
      await drain(waiting.lastSequence, timeoutMs);
      return report();
    },
    close(timeoutMs) {
      closing ??= drain(Infinity, timeoutMs).then(async () => {
        wake.cancel();
        aborter.abort();
        await guarded.close();
        return report();
      });
      return closing;
    },
  };
}
