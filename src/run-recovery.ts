import type { Clock, ScheduledCall } from './clock.ts';
import type { Journal } from './journal/journal-port.ts';
import type { RecoveredRun } from './journal/journal-recovery.ts';
import { recoveredRecords } from './journal/journal-records.ts';
import type { LifecycleRecord } from './records.ts';

/** Takes over what processes left that are gone. Nothing in it throws or rejects. */
export interface RunRecovery {
  /** Runs that were taken over so far. */
  readonly runs: number;
  /** Resolves when what was found is in the outbox, or after `timeoutMs`. */
  finish(timeoutMs: number): Promise<void>;
}

/** What the recovery needs from around it. */
export interface RunRecoveryPorts {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Takes a record of a trace of which a part was sent: it is kept, whatever sampling would say of the rest alone. */
  readonly enqueue: (record: LifecycleRecord) => void;
  /** Takes a record of a trace about which nothing is decided. */
  readonly offer: (record: LifecycleRecord) => void;
  /** Whether what waits leaves no room for old runs. */
  readonly isFull: () => boolean;
  /** How long to wait for room, milliseconds. */
  readonly roomIntervalMs: number;
  readonly isClosing: () => boolean;
}

// A journal of another host is taken over when it has been silent for a minute.
const secondLookMs = 65_000;

/** Begins at once; what may belong to a living process is looked at again later. */
export function recoverRuns(ports: RunRecoveryPorts): RunRecovery {
  const { journal, clock, isClosing } = ports;
  let recovering: Promise<void> | undefined;
  let recovered = 0;

  function look(): void {
    recovering = journal.recover(replay).then(({ runs, undecided }) => {
      recovering = undefined;
      recovered += runs;
      if (undecided > 0 && !isClosing()) clock.schedule(look, secondLookMs);
    });
  }

  async function replay(run: RecoveredRun): Promise<readonly LifecycleRecord[]> {
    const records = recoveredRecords(run);
    const isPartlySent = run.entries.some(({ type }) => type === 'settled');
    await room();
    for (const record of records) {
      if (isPartlySent) ports.enqueue(record);
      else ports.offer(record);
    }
    return records;
  }

  async function room(): Promise<void> {
    while (!isClosing() && ports.isFull()) {
      await new Promise<void>((resolve) => {
        clock.schedule(resolve, ports.roomIntervalMs);
      });
    }
  }

  look();

  return {
    get runs() {
      return recovered;
    },
    async finish(timeoutMs) {
      if (recovering !== undefined) await within(clock, timeoutMs, recovering);
    },
  };
}

/** Resolves with `work`, or after `timeoutMs`. */
export async function within(
  clock: Clock,
  timeoutMs: number,
  work: Promise<void> | undefined,
): Promise<void> {
  let timeout: ScheduledCall | undefined;
  const late = new Promise<void>((resolve) => {
    timeout = clock.schedule(resolve, timeoutMs, 'process');
  });
  await Promise.race([work, late]);
  timeout?.cancel();
}
