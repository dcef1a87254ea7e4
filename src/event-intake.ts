import type { ScheduledCall } from './clock.ts';
import { EventError } from './errors.ts';
import type { LifecycleEvent } from './events.ts';
import { readText } from './foreign-value.ts';
import type { Interruption } from './interruption.ts';
import { createJournal } from './journal.ts';
import type { Journal } from './journal/journal-port.ts';
import { recoveredRecords } from './journal/journal-records.ts';
import type { RecoveredRun } from './journal/journal-recovery.ts';
import type { LifecycleSettings } from './lifecycle-options.ts';
import type { Change, RunControl, RunState, TransitionInput } from './lifecycle-state.ts';
import { createOutbox, type DeliveryReport, type Outbox } from './outbox.ts';
import { parseLifecycleEvent } from './parse-event.ts';
import type { LifecycleRecord } from './records.ts';
import { createRunRegistry } from './run-registry.ts';
import { createSamplingGate, type SamplingGate } from './sampling-gate.ts';
import { sanitizeEvent } from './sanitize-event.ts';
import { sanitizeRun } from './sanitize-run.ts';
import { deliverByStandIn } from './stand-in.ts';

/** Takes lifecycle events in: sanitizes them, applies the rules, and passes on the records that follow. Never throws. */
export interface EventIntake {
  /** An event of our own making. */
  dispatch(event: LifecycleEvent): void;
  /** Anything that claims to be an event. */
  emit(event: unknown): void;
  /** What is known of a run. */
  run(runId: string): RunState | undefined;
  /** Says that something inside failed; `error` is described and not kept. */
  reportInternal(what: string, error: unknown): void;
  flush(timeoutMs: number): Promise<DeliveryReport>;
  /** Lets the run go, when it is open, and gives what another process needs to go on with it. */
  release(runId: string): RunState | undefined;
  /** Takes over a run that another process let go. */
  adopt(run: RunState): void;
  /** Ends every open run. */
  endOpenRuns(interruption: Interruption): void;
  /** Writes down what is owed, for the moment when the event loop is over. */
  saveNow(): void;
  /** How many records wait to be delivered. */
  readonly pending: number;
  /** Delivers by another process, for the moment when the event loop is over; the last thing that is done. */
  deliverByStandIn(timeoutMs: number): void;
  /** Ends every open run as `never_ended`, with `cause` in words, then sends and closes. Later calls share the result. */
  close(timeoutMs: number, cause: string): Promise<DeliveryReport>;
}

// Ended runs that are still recognised, and events that wait for the start of their run.
const registryLimits = { endedRuns: 1_000, parkedEvents: 10_000 } as const;

// What is no event may have an id of any length.
const longestId = 200;

// How long a batch waits for the disk.
const journalWaitMs = 1_000;

// A journal of another host is taken over when it has been silent for a minute.
const secondLookMs = 65_000;

/** The one way into the run registry and the outbox. */
export function createEventIntake(settings: LifecycleSettings): EventIntake {
  const { sink, clock, sanitizer, diagnose } = settings;
  const outbox: Outbox = createOutbox(
    {
      sink,
      clock,
      diagnose,
      random: Math.random,
      onHandOver: (record) => registry.handOver(record),
      onSettled: (record) => journal?.settled([record]),
      ...(settings.journalDirectory !== undefined && { beforeSend: writtenDown }),
    },
    settings.outbox,
  );
  const givenUp = new WeakSet<TransitionInput>();
  const registry = createRunRegistry(registryLimits, (input) => {
    const { event } = input;
    givenUp.add(input);
    outbox.countDropped('memory_limit');
    const message = `More than ${registryLimits.parkedEvents} events wait for the start of their run; a ${event.type} of the run ${event.runId} is dropped. Emit run-start first.`;
    diagnose({ code: 'memory_limit', severity: 'warning', message, runId: event.runId });
  });
  const gate: SamplingGate | undefined =
    settings.sampler &&
    createSamplingGate(
      {
        sampler: settings.sampler,
        clock,
        diagnose,
        enqueue: (record) => outbox.enqueue(record),
        onSampledOut(record) {
          registry.handOver(record);
          journal?.settled([record]);
        },
      },
      { maxBytes: settings.outbox.maxBytes, settleMs: settings.outbox.flushIntervalMs },
    );
  const journal: Journal | undefined =
    settings.journalDirectory === undefined || sink.disabled !== undefined
      ? undefined
      : createJournal({
          directory: settings.journalDirectory,
          clock,
          diagnose,
          isHandedOver: (runId) => registry.run(runId)?.handedOver === true,
        });
  let settling: ScheduledCall | undefined;
  let closing: Promise<DeliveryReport> | undefined;
  let recovering: Promise<void> | undefined;
  let recoveredRuns = 0;

  function dispatch(event: LifecycleEvent): void {
    if (sink.disabled !== undefined) {
      if (event.type === 'run-start') outbox.countDropped('disabled');
      return;
    }
    if (closing !== undefined) {
      refuse(event);
      return;
    }
    const failure = attempt(() => record(event));
    if (failure === undefined) return;
    const repaired = withoutBadFields(event);
    const second = repaired === undefined ? failure : attempt(() => record(repaired));
    if (second === undefined) return;
    reportInternal(`A ${event.type} of the run ${event.runId} could not be recorded`, second.error);
  }

  function record(event: LifecycleEvent): void {
    apply(sanitizeEvent(event, sanitizer));
  }

  function recordOwn(event: RunControl): void {
    const failure = attempt(() => apply({ event, size: 0 }));
    if (failure !== undefined)
      reportInternal(`A ${event.type} of the run ${event.runId} failed`, failure.error);
  }

  function apply(input: TransitionInput): void {
    const changes = registry.apply(input);
    const isEffective = changes.some(({ run, steps, parked }) => run ?? steps ?? parked);
    // Before the records go anywhere: what is settled has been noted.
    if (isEffective && !givenUp.has(input)) journal?.note(input);
    publish(changes);
  }

  function refuse(event: LifecycleEvent): void {
    if (event.type !== 'run-start' && event.type !== 'run-end') return;
    outbox.countDropped('closed');
    const message = `A ${event.type} of the run ${event.runId} came after shutdown() and is not sent. Shut down last, and use flush() where the program goes on.`;
    diagnose({ code: 'closed', severity: 'warning', message, runId: event.runId });
  }

  function publish(changes: readonly Change[]): void {
    for (const change of changes) {
      for (const made of change.records ?? []) {
        if (gate === undefined) outbox.enqueue(made);
        else gate.offer(made);
      }
      for (const diagnostic of change.diagnostics ?? []) {
        if (diagnostic.code === 'late_ending') outbox.countDropped('late_ending');
        diagnose(diagnostic);
      }
    }
    if (settling === undefined && registry.startlessRunIds().length > 0) {
      settling = clock.schedule(settle, settings.outbox.flushIntervalMs);
    }
  }

  function settle(): void {
    settling?.cancel();
    settling = undefined;
    for (const runId of registry.startlessRunIds()) {
      recordOwn({ type: 'run-settle', runId, timestamp: clock.now() });
    }
  }

  /** Callers without types pass anything: what a field cannot be is left out and named, the rest is recorded. */
  function withoutBadFields(event: LifecycleEvent): LifecycleEvent | undefined {
    try {
      return parseLifecycleEvent(event, clock.now());
    } catch (error) {
      if (!(error instanceof EventError)) return undefined;
      tellInvalid(error.message, event.runId);
      const bad = new Set(error.issues.map(({ field }) => field.split('.', 1)[0]));
      return parse(Object.fromEntries(Object.entries(event).filter(([field]) => !bad.has(field))));
    }
  }

  function parse(event: unknown): LifecycleEvent | undefined {
    try {
      return parseLifecycleEvent(event, clock.now());
    } catch (error) {
      outbox.countDropped('invalid_event');
      tellInvalid(
        error instanceof EventError ? error.message : 'Not a lifecycle event: it could not be read',
        readText(event, 'runId')?.slice(0, longestId),
      );
      return undefined;
    }
  }

  function tellInvalid(text: string, runId?: string): void {
    const ofRun = runId === undefined ? '' : ` (of the run ${runId})`;
    const message = sanitizer.text(text, 2_000) + sanitizer.text(ofRun, 2_000);
    diagnose({
      code: 'invalid_event',
      severity: 'warning',
      message,
      ...(runId !== undefined && { runId }),
    });
  }

  function reportInternal(what: string, error: unknown): void {
    const cause = error instanceof Error ? error.message : typeof error;
    diagnose({
      code: 'internal',
      severity: 'error',
      message: sanitizer.text(`${what}: ${cause}`, 1_000),
    });
  }

  function endOpenRuns({ reason, message }: Interruption): void {
    settle();
    for (const runId of registry.unendedRunIds()) {
      recordOwn({ type: 'run-close', runId, timestamp: clock.now(), reason, message });
    }
    gate?.settle();
  }

  async function replay(run: RecoveredRun): Promise<readonly LifecycleRecord[]> {
    const records = recoveredRecords(run);
    // A part of the trace was sent: it is kept, whatever sampling would say of the rest alone.
    const isKept = run.entries.some(({ type }) => type === 'settled');
    await roomInOutbox();
    for (const record of records) {
      if (gate === undefined || isKept) outbox.enqueue(record);
      else gate.offer(record);
    }
    return records;
  }

  async function roomInOutbox(): Promise<void> {
    const isFull = (): boolean =>
      closing === undefined && outbox.bytes > settings.outbox.maxBytes / 2;
    while (isFull()) {
      await new Promise<void>((resolve) => {
        clock.schedule(resolve, settings.outbox.flushIntervalMs);
      });
    }
  }

  /** Delivers what processes left that are gone; what may belong to a living one is looked at again later. */
  function recover(from: Journal): void {
    recovering = from.recover(replay).then(({ runs, undecided }) => {
      recovering = undefined;
      recoveredRuns += runs;
      if (undecided > 0 && closing === undefined) clock.schedule(() => recover(from), secondLookMs);
    });
  }

  /**
   * A process that is killed after the server got an end, and before the journal has it, would leave a run that the
   * next process ends in another way. A disk that hangs does not keep traces from being sent.
   */
  function writtenDown(): Promise<void> {
    return within(journalWaitMs, journal?.flush());
  }

  async function within(timeoutMs: number, work: Promise<void> | undefined): Promise<void> {
    let timeout: ScheduledCall | undefined;
    const late = new Promise<void>((resolve) => {
      timeout = clock.schedule(resolve, timeoutMs, 'process');
    });
    await Promise.race([work, late]);
    timeout?.cancel();
  }

  async function finish(timeoutMs: number): Promise<DeliveryReport> {
    if (recovering !== undefined) await within(timeoutMs, recovering);
    const report = await withCounts(outbox.close(timeoutMs));
    await journal?.close();
    return report;
  }

  async function withCounts(report: Promise<DeliveryReport>): Promise<DeliveryReport> {
    return {
      ...(await report),
      ...(gate !== undefined && { sampling: gate.counts() }),
      ...(journal !== undefined && { recoveredRuns }),
    };
  }

  if (journal !== undefined) recover(journal);

  return {
    dispatch,
    emit(event) {
      const parsed = parse(event);
      if (parsed !== undefined) dispatch(parsed);
    },
    run: (runId) => registry.run(runId),
    reportInternal,
    flush(timeoutMs) {
      settle();
      gate?.settle();
      return withCounts(outbox.flush(timeoutMs));
    },
    release(runId) {
      const run = registry.run(runId);
      if (run === undefined || run.ended !== undefined || run.released) return undefined;
      recordOwn({ type: 'run-release', runId, timestamp: clock.now() });
      gate?.decideById(run.trace.traceId);
      return run;
    },
    adopt(run) {
      if (sink.disabled !== undefined || closing !== undefined) return;
      const adopted = sanitizeRun(run, sanitizer);
      recordOwn({ type: 'run-adopt', runId: run.runId, timestamp: clock.now(), run: adopted });
      gate?.decideById(run.trace.traceId);
    },
    saveNow: () => journal?.flushSync(),
    endOpenRuns,
    get pending() {
      return outbox.pending;
    },
    deliverByStandIn(timeoutMs) {
      const records = outbox.surrender().filter(({ phase }) => phase === 'ended');
      if (sink.standIn === undefined || records.length === 0) return;
      try {
        if (deliverByStandIn({ sink: sink.standIn, records, timeoutMs })) journal?.settled(records);
      } catch (error) {
        reportInternal('What was left could not be delivered by a helper process', error);
      }
    },
    close(timeoutMs, message) {
      if (closing === undefined) {
        endOpenRuns({ reason: 'never_ended', message });
        gate?.close();
        closing = finish(timeoutMs);
      }
      return closing;
    },
  };
}

// What goes wrong in here must not reach the host, whose call or timer this is.
function attempt(work: () => void): { readonly error: unknown } | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return { error };
  }
}
