import { join } from 'node:path';
import type { Clock, ScheduledCall } from './clock.ts';
import type { DiagnosticListener } from './diagnostics.ts';
import { claimAbandoned } from './journal-claim.ts';
import {
  beat,
  createFolder,
  createFolderSync,
  discardFolder,
  discardFolderSync,
  type FolderName,
  folderId,
  giveAway,
  isMissing,
  toFolderName,
} from './journal-folder.ts';
import { createJournalIndex, type JournalIndex } from './journal-index.ts';
import type { JournalEntry, JournalEvent, ObservationKey } from './journal-line.ts';
import { currentOwner, type JournalOwner, livenessOf } from './journal-owner.ts';
import { tellOnce } from './journal-problem.ts';
import { type JournalContents, readFamily, readJournal, type RecoveredRun } from './journal-recovery.ts';
import { type JournalSegments, openSegments } from './journal-segments.ts';
import type { TransitionInput } from './lifecycle-state.ts';

/** Bounds of a journal. */
export interface JournalLimits {
  /** Bytes on disk, approximately; default 256 MiB. Beyond it new events are not journaled; steps stop a tenth earlier. */
  readonly maxBytes: number;
  /** Bytes of a file before the next one is begun; default 8 MiB. */
  readonly segmentBytes: number;
  /** The longest event that is journaled, in bytes; default 16 MiB. */
  readonly maxLineBytes: number;
  /** Bytes that may wait for a slow or full disk; default 16 MiB. */
  readonly maxUnwrittenBytes: number;
}

/** What a journal needs from around it. */
export interface JournalOptions {
  /** Made when it is missing, readable for nobody else. Several processes may share it. */
  readonly directory: string;
  readonly clock: Clock;
  readonly diagnose: DiagnosticListener;
  /** Whether the wire has the ending of this run: what comes later for it is not journaled without its beginning. */
  readonly isHandedOver: (runId: string) => boolean;
  readonly limits?: Partial<JournalLimits>;
  /** Which process this is and how others are found alive; a test passes its own. */
  readonly processes?: {
    readonly self: JournalOwner;
    readonly livenessOf: typeof livenessOf;
  };
}

/**
 * Keeps on disk what is owed: lifecycle events until the records that follow from them are settled. Written at most
 * 100 ms after it was noted, in order, beside the event loop and without an fsync per write: a killed process loses
 * nothing that was written, a power failure may lose the end of the newest file. Nothing in it throws.
 */
export interface Journal {
  /** Remembers an event that changed something. */
  note(input: TransitionInput): void;
  /** Nothing more is owed for these observations. */
  settled(keys: readonly ObservationKey[]): void;
  /** Another process owes the ending of this run from now on. */
  release(runId: string): void;
  /**
   * Takes over what processes left that are gone, one run at a time. `replay` gets a run and resolves to what is owed
   * for it now; it may wait until there is room. Whatever it does not name counts as settled.
   */
  recover(replay: ReplayRun): Promise<RecoveryReport>;
  /** Writes everything before it returns, for the moment when the event loop is over. */
  flushSync(): void;
  /** Writes everything. What is still owed lies ready for the next process. */
  close(): Promise<void>;
}

/** Applies a recovered run; resolves to the observations that are owed because of it. */
export type ReplayRun = (run: RecoveredRun) => Promise<readonly ObservationKey[]>;

/** What a look for journals of other processes found. */
export interface RecoveryReport {
  /** Journals that were taken over with something owed in them. */
  readonly journals: number;
  readonly runs: number;
  /** Journals whose process cannot be asked and was heard of less than a minute ago: worth another look then. */
  readonly undecided: number;
}

interface OpenFolder {
  readonly name: FolderName;
  readonly index: JournalIndex;
  readonly segments: JournalSegments;
  isMade: boolean;
  /** While its runs are read the files stay as they are. */
  isReplaying: boolean;
}

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

/** Makes a journal in a directory. The directory is not touched before there is something to write or to recover. */
export function createJournal(options: JournalOptions): Journal {
  const { directory: root, clock, isHandedOver } = options;
  const limits: JournalLimits = { ...defaultLimits, ...options.limits };
  const processes = options.processes ?? { self: currentOwner(clock.now()), livenessOf };
  const { self } = processes;
  const tell = tellOnce(options.diagnose);
  const buffer: { readonly entry: JournalEntry; readonly bytes: number }[] = [];
  const unjournaled = new Set<string>();
  const adopted = new Set<OpenFolder>();
  const leaving = new Set<OpenFolder>();
  let active: OpenFolder | undefined;
  let bufferedBytes = 0;
  let periods = 0;
  let unusableUntil = 0;
  let wake: ScheduledCall | undefined;
  let beating: ScheduledCall | undefined;
  let pumping: Promise<void> | undefined;
  let recovering: Promise<unknown> = Promise.resolve();
  let isRetrying = false;
  let closing: Promise<void> | undefined;

  function openFolders(): readonly OpenFolder[] {
    return active === undefined ? [...adopted] : [active, ...adopted];
  }

  function push(entry: JournalEntry, bytes: number): void {
    buffer.push({ entry, bytes });
    bufferedBytes += bytes;
    arm(isRetrying ? retryIntervalMs : writeIntervalMs);
  }

  function arm(delayMs: number): void {
    if (wake !== undefined || pumping !== undefined || closing !== undefined) return;
    wake = clock.schedule(() => {
      wake = undefined;
      void pump();
    }, delayMs);
  }

  function pump(): Promise<void> {
    wake?.cancel();
    wake = undefined;
    pumping ??= writeEverything().finally(() => {
      pumping = undefined;
      if (isRetrying || buffer.length > 0) arm(isRetrying ? retryIntervalMs : writeIntervalMs);
    });
    return pumping;
  }

  async function writeEverything(): Promise<void> {
    isRetrying = false;
    do {
      compose(sliceBytes);
      for (const folder of openFolders()) await workOn(folder);
    } while (buffer.length > 0 && !isRetrying);
  }

  /** Encodes what waits, `bytes` of it, for the files in which it belongs. */
  function compose(bytes: number): void {
    let taken = 0;
    const count = buffer.findIndex((item) => (taken += item.bytes) > bytes) + 1;
    const slice = buffer.splice(0, count === 0 ? buffer.length : count);
    for (const item of slice) bufferedBytes -= item.bytes;
    try {
      if (active === undefined && slice.some(({ entry }) => entry.type === 'event')) active = newFolder();
      active?.segments.append(worthJournaling(slice, active)).forEach(tellTooLong);
      for (const folder of adopted) folder.segments.append(slice.map(({ entry }) => entry).filter(isSettled));
    } catch (error) {
      tell('internal', 'Something could not be journaled', error);
    }
  }

  function newFolder(): OpenFolder {
    periods += 1;
    const name = { id: folderId(self, periods), instance: self.instance };
    return openFolder(name, { index: createJournalIndex('without-places'), sizes: new Map() });
  }

  function openFolder(name: FolderName, { index, sizes }: Pick<JournalContents, 'index' | 'sizes'>): OpenFolder {
    const segments = openSegments({
      folder: pathOf(name),
      owner: self,
      index,
      limits,
      sizes,
      onProblem: (error) => tell('uncompacted', `The journal in ${root} could not be shrunk`, error),
    });
    return { name, index, segments, isMade: false, isReplaying: false };
  }

  function* worthJournaling(
    slice: readonly { readonly entry: JournalEntry }[],
    { index }: OpenFolder,
  ): Generator<JournalEntry> {
    for (const { entry } of slice) {
      if (entry.type !== 'event' || !isLate(entry.event, index)) yield entry;
      else if (entry.event.type === 'run-start') unjournaled.add(entry.event.runId);
    }
  }

  /** Whether the beginning that the event needs is settled and gone: alone it would be recovered as another run. */
  function isLate(event: JournalEvent, index: JournalIndex): boolean {
    const needed = event.type === 'run-start' && !index.hasRun(event.runId) ? event.parentRunId : event.runId;
    if (needed === undefined) return false;
    return index.hasRun(needed) ? index.isOver(needed) : isHandedOver(needed);
  }

  function tellTooLong(): void {
    tell('too_long', `An event of more than ${limits.maxLineBytes} bytes is not journaled; it is delivered unless the process is killed.`);
  }

  async function workOn(folder: OpenFolder): Promise<void> {
    try {
      if (folder.index.owed === 0 && !folder.isReplaying) {
        await drop(folder);
        return;
      }
      if (folder.segments.unwrittenBytes > 0) await writeFolder(folder);
      if (!folder.isReplaying) await folder.segments.tidy();
    } catch (error) {
      onWriteError(folder, error);
    }
  }

  async function writeFolder(folder: OpenFolder): Promise<void> {
    if (!folder.isMade) {
      try {
        await createFolder(root, folder.name, self);
        await beat(pathOf(folder.name), self.instance, clock.now());
      } catch (error) {
        giveUp(folder);
        unusableUntil = clock.now() + pauseWhenUnusableMs;
        tell('unusable', `The journal directory ${root} cannot be used; what a killed process owes is lost`, error);
        return;
      }
      folder.isMade = true;
      keepBeating();
    }
    await folder.segments.write();
  }

  function onWriteError(folder: OpenFolder, error: unknown): void {
    if (isMissing(error)) {
      onLost(folder);
      return;
    }
    isRetrying = true;
    tell('unwritable', `The journal in ${root} could not be written and is tried again; what a process owes that is killed now is lost`, error);
  }

  /** Another process thought that this one was dead, or somebody removed the files. */
  function onLost(folder: OpenFolder): void {
    giveUp(folder);
    tell('disowned', `The journal ${toFolderName(folder.name)} in ${root} is gone: it was removed, or taken over because this process had not been heard of for a minute.`);
  }

  function giveUp(folder: OpenFolder): void {
    if (!adopted.delete(folder) && active === folder) {
      active = undefined;
      for (const runId of folder.index.runIds()) unjournaled.add(runId);
    }
    void folder.segments.close().catch(() => {});
  }

  async function drop(folder: OpenFolder): Promise<void> {
    if (folder === active) active = undefined;
    adopted.delete(folder);
    leaving.add(folder);
    await folder.segments.close();
    if (folder.isMade) await discardFolder(root, folder.name);
    leaving.delete(folder);
  }

  function keepBeating(): void {
    if (beating !== undefined || closing !== undefined) return;
    beating = clock.schedule(() => {
      beating = undefined;
      const made = openFolders().filter(({ isMade }) => isMade);
      for (const folder of made) {
        beat(pathOf(folder.name), self.instance, clock.now()).catch((error: unknown) => {
          if (isMissing(error) && openFolders().includes(folder)) onLost(folder);
        });
      }
      if (made.length > 0) keepBeating();
    }, beatIntervalMs);
  }

  function pathOf(name: FolderName): string {
    return join(root, toFolderName(name));
  }

  function isUnjournaled(event: JournalEvent): boolean {
    if (unjournaled.has(event.runId)) return true;
    if (event.type !== 'run-start' || event.parentRunId === undefined || !unjournaled.has(event.parentRunId)) return false;
    unjournaled.add(event.runId);
    return true;
  }

  function hasRoom(event: JournalEvent, bytes: number): boolean {
    if (clock.now() < unusableUntil) return false;
    let used = bufferedBytes + bytes;
    let unwritten = used;
    for (const { segments } of openFolders()) {
      used += segments.bytes;
      unwritten += segments.unwrittenBytes;
    }
    const share = 'stepId' in event ? stepShare : 1;
    if (used <= limits.maxBytes * share && unwritten <= limits.maxUnwrittenBytes * share) return true;
    tell('full', `The journal in ${root} holds ${used} bytes, which is its limit; new runs are not journaled until something is delivered.`);
    return false;
  }

  async function recoverAll(replay: ReplayRun): Promise<RecoveryReport> {
    const report = { journals: 0, runs: 0, undecided: 0 };
    const abandoned = claimAbandoned({
      root,
      self,
      now: () => clock.now(),
      livenessOf: processes.livenessOf,
      tell,
      onUndecided: () => (report.undecided += 1),
    });
    for await (const name of abandoned) {
      if (closing !== undefined) {
        await giveAway(root, name);
        break;
      }
      const runs = await adopt(name, replay);
      report.runs += runs;
      if (runs > 0) report.journals += 1;
    }
    return report;
  }

  async function adopt(name: FolderName, replay: ReplayRun): Promise<number> {
    const path = pathOf(name);
    const contents = await readJournal(path, { maxLineBytes: limits.maxLineBytes, now: clock.now() });
    if (contents === undefined) {
      tell('version', `The journal ${path} was written by another version of this library; it is left to that one.`);
      await giveAway(root, name);
      return 0;
    }
    if (contents.damagedLines > 0) {
      tell('damaged', `${contents.damagedLines} lines of the journal ${path} could not be read; the others count.`);
    }
    const folder = openFolder(name, contents);
    Object.assign(folder, { isMade: true, isReplaying: true });
    adopted.add(folder);
    keepBeating();
    const runs = await replayAll(folder, contents, replay);
    folder.isReplaying = false;
    arm(writeIntervalMs);
    return runs;
  }

  async function replayAll(folder: OpenFolder, contents: JournalContents, replay: ReplayRun): Promise<number> {
    const { families, writer, lastHeardAt } = contents;
    let runs = 0;
    for (const family of families) {
      if (closing !== undefined) break;
      try {
        const entries = await readFamily(pathOf(folder.name), family);
        const owed = await replay({ writer, lastHeardAt, entries });
        folder.index.expect(owed);
        const isOwed = createKeyLookup(owed);
        const keys = family.owedKeys().filter((key) => !isOwed(key));
        if (keys.length > 0) folder.segments.append([{ type: 'settled', keys }]);
        runs += 1;
      } catch (error) {
        tell('internal', `A run in the journal ${pathOf(folder.name)} could not be recovered`, error);
      }
    }
    return runs;
  }

  async function closeAll(): Promise<void> {
    await pumping;
    compose(Infinity);
    for (const folder of openFolders()) {
      await workOn(folder);
      await folder.segments.close();
      if (folder.isMade && openFolders().includes(folder)) await giveAway(root, folder.name);
      adopted.delete(folder);
    }
    active = undefined;
  }

  return {
    note({ event, size }) {
      if (closing !== undefined || isUnjournaled(event)) return;
      const bytes = size + lineOverhead;
      if (hasRoom(event, bytes)) push({ type: 'event', event }, bytes);
      else if (event.type === 'run-start') unjournaled.add(event.runId);
    },
    settled(keys) {
      for (const { runId, stepId } of keys) if (stepId === undefined) unjournaled.delete(runId);
      if (buffer.length === 0 && openFolders().length === 0) return;
      push({ type: 'settled', keys: keys.map(toKey) }, lineOverhead * keys.length);
    },
    release(runId) {
      unjournaled.delete(runId);
      push({ type: 'released', runId }, lineOverhead);
    },
    recover(replay) {
      const recovered = recovering.then(() => recoverAll(replay)).catch((error: unknown) => {
        tell('internal', `The journals in ${root} could not be recovered`, error);
        return { journals: 0, runs: 0, undecided: 0 };
      });
      recovering = recovered;
      return recovered;
    },
    flushSync() {
      compose(Infinity);
      for (const folder of [...openFolders(), ...leaving]) flushFolderSync(folder);
    },
    close() {
      wake?.cancel();
      beating?.cancel();
      closing ??= recovering.then(closeAll).catch((error: unknown) => tell('internal', 'The journal could not be closed', error));
      return closing;
    },
  };

  function flushFolderSync(folder: OpenFolder): void {
    try {
      if (folder.index.owed === 0 && !folder.isReplaying) {
        discardFolderSync(root, folder.name);
        return;
      }
      if (!folder.isMade) createFolderSync(root, folder.name, self);
      folder.segments.writeSync();
    } catch (error) {
      tell('unwritable', `The journal in ${root} could not be written`, error);
    }
  }
}

function toKey({ runId, stepId }: ObservationKey): ObservationKey {
  return stepId === undefined ? { runId } : { runId, stepId };
}

function isSettled({ type }: JournalEntry): boolean {
  return type === 'settled';
}

function createKeyLookup(keys: readonly ObservationKey[]): (key: ObservationKey) => boolean {
  const texts = new Set(keys.map(({ runId, stepId }) => JSON.stringify([runId, stepId])));
  return ({ runId, stepId }) => texts.has(JSON.stringify([runId, stepId]));
}
