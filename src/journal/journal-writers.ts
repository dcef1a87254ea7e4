import type { Clock, ScheduledCall } from '../clock.ts';
import type { JournalAdmission } from './journal-admission.ts';
import { type FolderName, folderId } from './journal-folder.ts';
import { createJournalIndex, type JournalIndex } from './journal-index.ts';
import type { JournalOwner } from './journal-owner.ts';
import type { TellProblem } from './journal-problem.ts';
import type { JournalContents } from './journal-recovery.ts';
import type { SegmentLimits } from './journal-segments.ts';
import { createJournalWriter, type JournalWriter, type WorkOutcome } from './journal-writer.ts';

/** The folders that a process owns: the one for its own events, and those that it took over. */
export interface JournalWriters {
  /** The one for new events; undefined while nothing is owed. */
  readonly active: JournalWriter | undefined;
  readonly adopted: Iterable<JournalWriter>;
  all(): readonly JournalWriter[];
  /** Whether the directory could be used when it was last tried, or may be tried again. */
  readonly isUsable: boolean;
  /** Begins a folder for new events. */
  begin(): JournalWriter;
  /** Makes a folder that was taken over one of the own, unless it cannot be read or everything is stopping. */
  keep(
    name: FolderName,
    contents: JournalContents & { readonly index: JournalIndex },
  ): JournalWriter;
  /** Writes what waits, shrinks and removes what is not needed. `failed`: to be tried again. Never rejects. */
  work(): Promise<'done' | 'failed'>;
  /** The same while no event loop runs, without the shrinking. Never throws. */
  flushSync(): void;
  /** Resolves when no sign of life is under way any more. */
  beats(): Promise<void>;
  /** Gives no sign of life any more. */
  stop(): void;
  /** Lets the next process have everything at once. Never rejects. */
  giveAway(): Promise<void>;
}

/** What they need from around them. */
export interface JournalWritersOptions {
  readonly root: string;
  readonly clock: Clock;
  readonly self: JournalOwner;
  readonly limits: SegmentLimits;
  readonly tell: TellProblem;
  readonly admission: JournalAdmission;
}

const beatIntervalMs = 10_000;
const pauseWhenUnusableMs = 60_000;

/** Makes an empty set of them; nothing is on disk yet. */
export function createJournalWriters(options: JournalWritersOptions): JournalWriters {
  const { root, clock, self, limits, tell, admission } = options;
  const adopted = new Set<JournalWriter>();
  const leaving = new Set<JournalWriter>();
  let active: JournalWriter | undefined;
  let periods = 0;
  let unusableUntil = 0;
  let beating: ScheduledCall | undefined;
  let beats: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  function all(): readonly JournalWriter[] {
    return active === undefined ? [...adopted] : [active, ...adopted];
  }
  function begin(): JournalWriter {
    periods += 1;
    keepBeating();
    active = writerOf(
      { id: folderId(self, periods), instance: self.instance },
      { index: createJournalIndex('without-places') },
    );
    return active;
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

  function keep(
    name: FolderName,
    contents: JournalContents & { readonly index: JournalIndex },
  ): JournalWriter {
    const writer = writerOf(name, { index: contents.index, takenOver: contents.sizes });
    if (contents.isOtherVersion || isStopped) return writer;
    adopted.add(writer);
    keepBeating();
    return writer;
  }

  async function work(): Promise<'done' | 'failed'> {
    let hasFailed = false;
    for (const writer of all()) {
      if (writer.isFinished) await discard(writer);
      else if (react(writer, await writer.work()) === 'failed') hasFailed = true;
      // What became settled in the time of the writing.
      if (writer.isFinished && all().includes(writer)) await discard(writer);
    }
    return hasFailed ? 'failed' : 'done';
  }

  function react(writer: JournalWriter, outcome: WorkOutcome): 'done' | 'failed' {
    switch (outcome.type) {
      case 'done':
        return 'done';
      case 'lost':
        onLost(writer);
        return 'done';
      case 'unusable':
        unusableUntil = clock.now() + pauseWhenUnusableMs;
        giveUp(writer);
        tell(
          'unusable',
          `The journal directory ${root} cannot be used, and what a killed process owes is lost: make it writable for this process, or name another`,
          outcome.error,
        );
        return 'done';
      case 'failed':
        tell(
          'unwritable',
          `The journal in ${root} could not be written and is tried again`,
          outcome.error,
        );
        return 'failed';
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
    if (beating !== undefined || isStopped) return;
    beating = clock.schedule(() => {
      beating = undefined;
      beats = Promise.all([beats, ...all().map(beat)]);
      if (all().length > 0) keepBeating();
    }, beatIntervalMs);
  }

  async function beat(writer: JournalWriter): Promise<void> {
    const isLost = (await writer.beat(clock.now())) === 'lost';
    if (isLost && all().includes(writer)) onLost(writer);
  }

  return {
    get active() {
      return active;
    },
    adopted,
    all,
    get isUsable() {
      return clock.now() >= unusableUntil;
    },
    begin,
    keep,
    work,
    flushSync() {
      for (const writer of [...all(), ...leaving]) {
        // The process may live on: what comes next goes into another folder.
        if (writer.isFinished) remove(writer);
        try {
          writer.flushSync();
        } catch (error) {
          tell('unwritable', `The journal ${writer.path} could not be written`, error);
        }
      }
    },
    async beats() {
      await beats;
    },
    stop() {
      isStopped = true;
      beating?.cancel();
    },
    async giveAway() {
      for (const writer of all()) {
        try {
          await writer.giveAway();
        } catch (error) {
          tell('unwritable', `The journal ${writer.path} could not be closed`, error);
        }
        remove(writer);
      }
    },
  };
}
