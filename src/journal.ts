import type { ScheduledCall } from './clock.ts';
import { createJournalAdmission } from './journal/journal-admission.ts';
import type { JournalEntry, JournalEvent, ObservationKey } from './journal/journal-line.ts';
import { currentOwner, livenessOf } from './journal/journal-owner.ts';
import type { Journal, JournalLimits, JournalOptions } from './journal/journal-port.ts';
import { tellOnce } from './journal/journal-problem.ts';
import { takeOver } from './journal/journal-takeover.ts';
import type { JournalWriter } from './journal/journal-writer.ts';
import { createJournalWriters } from './journal/journal-writers.ts';

const defaultLimits: JournalLimits = {
  maxBytes: 256 * 1024 * 1024,
  segmentBytes: 8 * 1024 * 1024,
  maxLineBytes: 16 * 1024 * 1024,
  maxUnwrittenBytes: 16 * 1024 * 1024,
};

const writeIntervalMs = 100;
const retryIntervalMs = 1_000;
// As much is encoded at once; then the event loop gets its turn.
const sliceBytes = 256 * 1024;
const lineOverhead = 200;
const stepShare = 0.9;

interface Buffered {
  readonly entry: JournalEntry;
  readonly bytes: number;
  readonly isAfterHandOver: boolean;
}

/** Makes a journal in a directory. The directory is not touched before there is something to write or to recover. */
export function createJournal(options: JournalOptions): Journal {
  const { directory: root, clock } = options;
  const limits: JournalLimits = { ...defaultLimits, ...options.limits };
  const processes = options.processes ?? { self: currentOwner(clock.now()), livenessOf };
  const { self } = processes;
  const tell = tellOnce(options.diagnose);
  const admission = createJournalAdmission(options.isHandedOver);
  const writers = createJournalWriters({ root, clock, self, limits, tell, admission });
  const buffer: Buffered[] = [];
  let bufferedBytes = 0;
  let isFailing = false;
  let wake: ScheduledCall | undefined;
  let pumping: Promise<void> | undefined;
  let recovering: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  let isClosed = false;

  function push(item: Buffered): void {
    buffer.push(item);
    bufferedBytes += item.bytes;
    arm();
  }

  function arm(): void {
    if (wake !== undefined || pumping !== undefined || closing !== undefined) return;
    const delayMs = isFailing ? retryIntervalMs : writeIntervalMs;
    wake = clock.schedule(() => void pump(), delayMs);
  }

  function pump(): Promise<void> {
    wake?.cancel();
    wake = undefined;
    pumping ??= writeAll().finally(() => {
      pumping = undefined;
      if (isFailing || buffer.length > 0) arm();
    });
    return pumping;
  }

  async function writeAll(): Promise<void> {
    do {
      compose(sliceBytes);
      isFailing = (await writers.work()) === 'failed';
    } while (buffer.length > 0 && !isFailing);
  }

  /** Encodes what waits, about `bytes` of it, for the files in which it belongs. */
  function compose(bytes: number): void {
    const slice = takeSlice(bytes);
    try {
      const hasEvents = slice.some(({ entry }) => entry.type === 'event');
      const active = writers.active ?? (hasEvents ? writers.begin() : undefined);
      if (active?.append(worthJournaling(slice, active)).length) tellTooLong();
      const settled = slice.map(({ entry }) => entry).filter(({ type }) => type === 'settled');
      for (const writer of writers.adopted) writer.append(settled);
    } catch (error) {
      tell('internal', 'Something could not be journaled', error);
    }
  }

  function takeSlice(bytes: number): readonly Buffered[] {
    let taken = 0;
    let count = 0;
    for (const item of buffer) {
      if (taken >= bytes) break;
      taken += item.bytes;
      count += 1;
    }
    bufferedBytes -= taken;
    return buffer.splice(0, count);
  }

  function* worthJournaling(
    slice: readonly Buffered[],
    { index }: JournalWriter,
  ): Generator<JournalEntry> {
    for (const { entry, isAfterHandOver } of slice) {
      if (entry.type === 'event' && isOut(entry.event, { index, isAfterHandOver }))
        admission.refuse(entry.event);
      else yield entry;
    }
  }

  function isOut(event: JournalEvent, context: Parameters<typeof admission.isLate>[1]): boolean {
    return admission.isRefused(event) || admission.isLate(event, context);
  }

  function tellTooLong(): void {
    tell(
      'too_long',
      `An event of more than ${limits.maxLineBytes} bytes is not journaled: it is lost when the process is killed.`,
    );
  }

  function isClosing(): boolean {
    return closing !== undefined;
  }

  function hasRoom(event: JournalEvent, bytes: number): boolean {
    if (!writers.isUsable) return false;
    let used = bufferedBytes + bytes;
    let unwritten = used;
    for (const writer of writers.all()) {
      used += writer.bytes;
      unwritten += writer.unwrittenBytes;
    }
    const share = 'stepId' in event ? stepShare : 1;
    if (used <= limits.maxBytes * share && unwritten <= limits.maxUnwrittenBytes * share)
      return true;
    tell(
      'full',
      `The journal in ${root} is full (${used} bytes): what is new is not journaled until something is delivered. See why Langfuse takes nothing: langfuse-lifecycle doctor.`,
    );
    return false;
  }

  async function closeAll(): Promise<void> {
    await pumping;
    await writers.beats();
    compose(Infinity);
    await writers.work();
    await writers.giveAway();
    isClosed = true;
  }

  return {
    note({ event, size }) {
      if (closing !== undefined || admission.isRefused(event)) return;
      const bytes = size + lineOverhead;
      const isAfterHandOver = admission.isAfterHandOver(event);
      if (hasRoom(event, bytes)) push({ entry: { type: 'event', event }, bytes, isAfterHandOver });
      else admission.refuse(event);
    },
    settled(keys) {
      for (const { runId, stepId } of keys) if (stepId === undefined) admission.forget(runId);
      if (isClosed || (buffer.length === 0 && writers.all().length === 0)) return;
      const entry: JournalEntry = { type: 'settled', keys: keys.map(toPlainKey) };
      push({ entry, bytes: lineOverhead * keys.length, isAfterHandOver: false });
    },
    recover(replay) {
      const recovered = recovering.then(async () => {
        try {
          return await takeOver(replay, {
            root,
            ...processes,
            clock,
            limits,
            tell,
            keep: (name, contents) => writers.keep(name, contents),
            isOver: isClosing,
            onReplayed: arm,
          });
        } catch (error) {
          tell('internal', `The journals in ${root} could not be recovered`, error);
          return { journals: 0, runs: 0, undecided: 0 };
        }
      });
      recovering = recovered;
      return recovered;
    },
    async flush() {
      await pumping;
      if (!isClosed) await pump();
      await writers.beats();
    },
    flushSync() {
      compose(Infinity);
      writers.flushSync();
    },
    close() {
      wake?.cancel();
      writers.stop();
      closing ??= closeAll();
      return closing;
    },
  };
}

// A record is a key, too; it is not to be kept for that.
function toPlainKey({ runId, stepId }: ObservationKey): ObservationKey {
  return stepId === undefined ? { runId } : { runId, stepId };
}
