import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock, Diagnostic, LifecycleEvent } from '../../src/index.ts';
import { createJournal } from '../../src/journal.ts';
import type { JournalEvent, ObservationKey } from '../../src/journal/journal-line.ts';
import type { JournalOwner, Liveness } from '../../src/journal/journal-owner.ts';
import type { Journal, JournalLimits, RecoveryReport } from '../../src/journal/journal-port.ts';
import type { RecoveredRun } from '../../src/journal/journal-recovery.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';

/** A journal directory in which processes come and go. */
export interface Bench {
  readonly directory: string;
  readonly clock: ManualClock;
  readonly diagnostics: Diagnostic[];
  readonly handedOver: Set<string>;
  start(limits?: Partial<JournalLimits>, directory?: string): Process;
  /** A process that told these events, saw them written and was killed. */
  died(...events: readonly JournalEvent[]): Promise<Process>;
  /** Moves time on and waits for the files of every living process. */
  written(milliseconds?: number): Promise<void>;
  /** Names in the directory. */
  names(): readonly string[];
  /** Paths of all segments. */
  segments(): readonly string[];
  /** Everything that stands in them. */
  text(): string;
}

/** A process with a journal. */
export interface Process {
  readonly journal: Journal;
  readonly owner: JournalOwner;
  readonly tell: (...events: readonly JournalEvent[]) => void;
  /** It stops as it is: no timer of its own comes any more. */
  readonly kill: (liveness?: Liveness) => void;
  /** What it takes over; it owes all of it until it is settled. */
  readonly recover: () => Promise<Recovery>;
}

export interface Recovery {
  readonly report: RecoveryReport;
  readonly runs: readonly RecoveredRun[];
  /** Owed events, as `type runId` or `type runId/stepId`. */
  readonly owed: readonly string[];
}

let instances = 0;

// A killed process closes no file; in this one an open file that nobody holds would be reported.
const everStarted: Journal[] = [];

export function createBench(): Bench {
  const directory = join(mkdtempSync(join(tmpdir(), 'journal-')), 'made', 'by-it');
  onTestFinished(() => rmSync(join(directory, '../..'), { recursive: true, force: true }));
  const clock = createManualClock();
  const diagnostics: Diagnostic[] = [];
  const handedOver = new Set<string>();
  const liveness = new Map<string, Liveness>();
  const living = new Map<string, Journal>();

  function start(limits: Partial<JournalLimits> = {}, root = directory): Process {
    instances += 1;
    const instance = instances.toString(16).padStart(12, '0');
    const owner: JournalOwner = { pid: instances, host: 'here', startedAt: clock.now(), instance };
    let isAlive = true;
    const own: Clock = {
      now: () => clock.now(),
      schedule: (callback, delayMs) =>
        clock.schedule(() => (isAlive ? callback() : undefined), delayMs),
    };
    const journal = createJournal({
      directory: root,
      clock: own,
      diagnose: (diagnostic) => diagnostics.push(diagnostic),
      isHandedOver: (runId) => handedOver.has(runId),
      limits,
      processes: {
        self: owner,
        livenessOf: ({ instance: other }, silenceMs) => {
          const known = liveness.get(other) ?? 'alive';
          return known === 'unknown' && silenceMs > 60_000 ? 'dead' : known;
        },
      },
    });
    living.set(instance, journal);
    everStarted.push(journal);
    return {
      journal,
      owner,
      tell: (...events) => {
        for (const event of events) journal.note({ event, size: JSON.stringify(event).length });
      },
      kill: (state = 'dead') => {
        isAlive = false;
        living.delete(instance);
        liveness.set(instance, state);
      },
      recover: () => recoverAll(journal),
    };
  }

  async function written(milliseconds = 100): Promise<void> {
    await clock.advance(milliseconds);
    for (const journal of living.values()) await journal.flush();
  }

  return {
    directory,
    clock,
    diagnostics,
    handedOver,
    start,
    async died(...events) {
      const process = start();
      process.tell(...events);
      await written();
      process.kill();
      return process;
    },
    written,
    names: () => list(directory),
    segments: () => segmentsIn(directory),
    text: () =>
      segmentsIn(directory)
        .map((path) => readFileSync(path, 'utf8'))
        .join(''),
  };
}

async function recoverAll(journal: Journal): Promise<Recovery> {
  const runs: RecoveredRun[] = [];
  const owed: string[] = [];
  const report = await journal.recover(async (run) => {
    runs.push(run);
    const events = owedEvents(run);
    owed.push(...events.map(label));
    return events.map(toKey);
  });
  return { report, runs, owed };
}

/** The events of a run, of observations that nobody settled. */
export function owedEvents(run: RecoveredRun): readonly JournalEvent[] {
  return run.entries.flatMap((entry) =>
    entry.type === 'event' && !run.isSettled(toKey(entry.event)) ? [entry.event] : [],
  );
}

export function toKey(event: JournalEvent): ObservationKey {
  return 'stepId' in event ? { runId: event.runId, stepId: event.stepId } : { runId: event.runId };
}

function label(event: JournalEvent): string {
  return 'stepId' in event
    ? `${event.type} ${event.runId}/${event.stepId}`
    : `${event.type} ${event.runId}`;
}

export function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function segmentsIn(directory: string): readonly string[] {
  return list(directory)
    .toSorted()
    .filter((name) => name.endsWith('.journal'))
    .flatMap((name) =>
      list(join(directory, name))
        .toSorted()
        .filter((file) => file.endsWith('.ndjson'))
        .map((file) => join(directory, name, file)),
    );
}

const at = Date.UTC(2026, 10, 23, 12);

export function runStart(runId: string, more: Partial<LifecycleEvent> = {}): LifecycleEvent {
  return {
    type: 'run-start',
    runId,
    timestamp: at,
    name: `agent ${runId}`,
    input: 'q',
    ...more,
  } as LifecycleEvent;
}

export function runEnd(runId: string): LifecycleEvent {
  return { type: 'run-end', runId, timestamp: at + 50, status: 'completed', output: 'a' };
}

export function stepStart(runId: string, stepId: string, input = 'in'): LifecycleEvent {
  return { type: 'step-start', runId, stepId, timestamp: at + 10, name: `step ${stepId}`, input };
}

export function stepEnd(runId: string, stepId: string): LifecycleEvent {
  return { type: 'step-end', runId, stepId, timestamp: at + 20, output: 'out' };
}
