import type { ScheduledCall } from './clock.ts';
import { createJournalAdmission } from './journal-admission.ts';
import { type FolderName, folderId } from './journal-folder.ts';
import { createJournalIndex, type JournalIndex } from './journal-index.ts';
import type { JournalEntry, JournalEvent, ObservationKey } from './journal-line.ts';
import { currentOwner, livenessOf } from './journal-owner.ts';
import type { Journal, JournalLimits, JournalOptions } from './journal-port.ts';
import { tellOnce } from './journal-problem.ts';
import type { JournalContents } from './journal-recovery.ts';
import { takeOver } from './journal-takeover.ts';
import { createJournalWriter, type JournalWriter, type WorkOutcome } from './journal-writer.ts';

const defaultLimits: JournalLimits = {
  maxBytes: 256 * 1024 * 1024,
  segmentBytes: 8 * 1024 * 1024,
  maxLineBytes: 16 * 1024 * 1024,
  maxUnwrittenBytes: 16 * 1024 * 1024,
};

const writeIntervalMs = 100;
const retryIntervalMs = 1_000;
const beatIntervalMs = 10_000;
const pauseWhenUnusableMs = 60_000;
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
  const buffer: Buffered[] = [];
  const adopted = new Set<JournalWriter>();
  const leaving = new Set<JournalWriter>();
  let active: JournalWriter | undefined;
  let bufferedBytes = 0;
  let periods = 0;
  let unusableUntil = 0;
  let isFailing = false;
  let wake: ScheduledCall | undefined;
  let beating: ScheduledCall | undefined;
  let pumping: Promise<void> | undefined;
  let beats: Promise<unknown> = Promise.resolve();
  let recovering: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  let isClosed = false;

  function writers(): readonly JournalWriter[] {
    return active === undefined ? [...adopted] : [active, ...adopted];
  }

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
      isFailing = await workOnAll();
    } while (buffer.length > 0 && !isFailing);
  }

  /** Encodes what waits, about `bytes` of it, for the files in which it belongs. */
  function compose(bytes: number): void {
    const slice = takeSlice(bytes);
    try {
      if (active === undefined && slice.some(({ entry }) => entry.type === 'event'))
        active = newWriter();
      if (active?.append(worthJournaling(slice, active)).length) tellTooLong();
      const settled = slice.map(({ entry }) => entry).filter(({ type }) => type === 'settled');
      for (const writer of adopted) writer.append(settled);
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

  function newWriter(): JournalWriter {
    periods += 1;
    keepBeating();
    return writerOf(
      { id: folderId(self, periods), instance: self.instance },
      { index: createJournalIndex('without-places') },
    );
  }

  function writerOf(
    name: FolderName,
    contents: Pick<Parameters<typeof createJournalWriter>[0], 'index' | 'takenOver'>,
  ): JournalWriter {
    const onProblem = (error: unknown): void =>
      tell('uncompacted', `The journal in ${root} could not be shrunk`, error);
    return createJournalWriter({
      root,
      name,
      owner: self,
      now: () => clock.now(),
      limits,
      onProblem,
      ...contents,
    });
  }

  /** @returns whether something has to be tried again */
  async function workOnAll(): Promise<boolean> {
    let hasFailed = false;
    for (const writer of writers()) {
      if (writer.isFinished) await discard(writer);
      else hasFailed = react(writer, await writer.work()) || hasFailed;
      // What became settled in the time of the writing.
      if (writer.isFinished && writers().includes(writer)) await discard(writer);
    }
    return hasFailed;
  }

  function react(writer: JournalWriter, outcome: WorkOutcome): boolean {
    switch (outcome.type) {
      case 'done':
        return false;
      case 'lost':
        onLost(writer);
        return false;
      case 'unusable':
        unusableUntil = clock.now() + pauseWhenUnusableMs;
        giveUp(writer);
        tell(
          'unusable',
          `The journal directory ${root} cannot be used: what a killed process owes is lost`,
          outcome.error,
        );
        return false;
      case 'failed':
        tell(
          'unwritable',
          `The journal in ${root} could not be written and is tried again`,
          outcome.error,
        );
        return true;
      default:
        return outcome satisfies never;
    }
  }

  /** Another process thought that this one was dead, or somebody removed the files. */
  function onLost(writer: JournalWriter): void {
    giveUp(writer);
    const message = `The journal ${writer.path} is gone: it was removed, or taken over because nothing was heard of this process for a minute.`;
    tell('disowned', message);
  }

  function giveUp(writer: JournalWriter): void {
    if (active === writer) admission.refuseRuns(writer.index.runIds());
    remove(writer);
    void writer.abandon();
  }

  function remove(writer: JournalWriter): void {
    if (active === writer) active = undefined;
    adopted.delete(writer);
  }

  async function discard(writer: JournalWriter): Promise<void> {
    remove(writer);
    leaving.add(writer);
    try {
      await writer.discard();
    } catch (error) {
      tell('unwritable', `The journal ${writer.path} could not be removed`, error);
    }
    leaving.delete(writer);
  }

  function keepBeating(): void {
    if (beating !== undefined || closing !== undefined) return;
    beating = clock.schedule(() => {
      beating = undefined;
      beats = Promise.all([beats, ...writers().map(beat)]);
      if (writers().length > 0) keepBeating();
    }, beatIntervalMs);
  }

  async function beat(writer: JournalWriter): Promise<void> {
    const isLost = (await writer.beat(clock.now())) === 'lost';
    if (isLost && writers().includes(writer)) onLost(writer);
  }

  function isClosing(): boolean {
    return closing !== undefined;
  }

  function hasRoom(event: JournalEvent, bytes: number): boolean {
    if (clock.now() < unusableUntil) return false;
    let used = bufferedBytes + bytes;
    let unwritten = used;
    for (const writer of writers()) {
      used += writer.bytes;
      unwritten += writer.unwrittenBytes;
    }
    const share = 'stepId' in event ? stepShare : 1;
    if (used <= limits.maxBytes * share && unwritten <= limits.maxUnwrittenBytes * share)
      return true;
    tell(
      'full',
      `The journal in ${root} is full (${used} bytes): what is new is not journaled until something is delivered.`,
    );
    return false;
  }

  function keep(
    name: FolderName,
    contents: JournalContents & { readonly index: JournalIndex },
  ): JournalWriter {
    const writer = writerOf(name, { index: contents.index, takenOver: contents.sizes });
    if (contents.isOtherVersion || isClosing()) return writer;
    adopted.add(writer);
    keepBeating();
    return writer;
  }

  async function closeAll(): Promise<void> {
    await pumping;
    await beats;
    compose(Infinity);
    await workOnAll();
    for (const writer of writers()) {
      try {
        await writer.giveAway();
      } catch (error) {
        tell('unwritable', `The journal ${writer.path} could not be closed`, error);
      }
    }
    active = undefined;
    adopted.clear();
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
      if (isClosed || (buffer.length === 0 && writers().length === 0)) return;
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
            keep,
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
      await beats;
    },
    flushSync() {
      compose(Infinity);
      for (const writer of [...writers(), ...leaving]) {
        // The process may live on: what comes next goes into another folder.
        if (writer.isFinished) remove(writer);
        try {
          writer.flushSync();
        } catch (error) {
          tell('unwritable', `The journal ${writer.path} could not be written`, error);
        }
      }
    },
    close() {
      wake?.cancel();
      beating?.cancel();
      closing ??= closeAll();
      return closing;
    },
  };
}

// A record is a key, too; it is not to be kept for that.
function toPlainKey({ runId, stepId }: ObservationKey): ObservationKey {
  return stepId === undefined ? { runId } : { runId, stepId };
}
