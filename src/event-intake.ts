import type { ScheduledCall } from './clock.ts';
import { EventError } from './errors.ts';
import { parseLifecycleEvent } from './event-schema.ts';
import type { LifecycleEvent } from './events.ts';
import type { Interruption } from './interruption.ts';
import type { LifecycleSettings } from './lifecycle-options.ts';
import type { Change, RunControl, RunState } from './lifecycle-state.ts';
import { createOutbox, type DeliveryReport, type Outbox } from './outbox.ts';
import { createRunRegistry } from './run-registry.ts';
import { createSamplingGate, type SamplingGate } from './sampling-gate.ts';
import { sanitizeEvent } from './sanitize-event.ts';
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
  /** How many records wait to be delivered. */
  readonly pending: number;
  /** Delivers by another process, for the moment when the event loop is over; the last thing that is done. */
  deliverByStandIn(timeoutMs: number): void;
  /** Ends every open run as `never_ended`, with `cause` in words, then sends and closes. Later calls share the result. */
  close(timeoutMs: number, cause: string): Promise<DeliveryReport>;
}

// Ended runs that are still recognised, and events that wait for the start of their run.
const registryLimits = { endedRuns: 1_000, parkedEvents: 10_000 } as const;

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
    },
    settings.outbox,
  );
  const registry = createRunRegistry(registryLimits, ({ event }) => {
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
        onSampledOut: (record) => registry.handOver(record),
      },
      { maxBytes: settings.outbox.maxBytes, settleMs: settings.outbox.flushIntervalMs },
    );
  let settling: ScheduledCall | undefined;
  let closing: Promise<DeliveryReport> | undefined;

  function dispatch(event: LifecycleEvent): void {
    if (sink.disabled !== undefined) {
      if (event.type === 'run-start') outbox.countDropped('disabled');
      return;
    }
    if (closing !== undefined) {
      refuse(event);
      return;
    }
    try {
      record(event);
    } catch (error) {
      const repaired = withoutBadFields(event);
      if (repaired === undefined) {
        reportInternal(`A ${event.type} of the run ${event.runId} could not be recorded`, error);
      } else record(repaired);
    }
  }

  function record(event: LifecycleEvent): void {
    publish(registry.apply(sanitizeEvent(event, sanitizer)));
  }

  function recordOwn(event: RunControl): void {
    publish(registry.apply({ event, size: 0 }));
  }

  function refuse(event: LifecycleEvent): void {
    if (event.type !== 'run-start' && event.type !== 'run-end') return;
    outbox.countDropped('closed');
    const message = `A ${event.type} of the run ${event.runId} came after shutdown() and is not sent.`;
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
      );
      return undefined;
    }
  }

  function tellInvalid(text: string, runId?: string): void {
    const message = sanitizer.text(text, 2_000);
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

  async function withSampling(report: Promise<DeliveryReport>): Promise<DeliveryReport> {
    return gate === undefined ? report : { ...(await report), sampling: gate.counts() };
  }

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
      return withSampling(outbox.flush(timeoutMs));
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
      recordOwn({ type: 'run-adopt', runId: run.runId, timestamp: clock.now(), run });
      gate?.decideById(run.trace.traceId);
    },
    endOpenRuns,
    get pending() {
      return outbox.pending;
    },
    deliverByStandIn(timeoutMs) {
      const records = outbox.surrender().filter(({ phase }) => phase === 'ended');
      if (sink.standIn === undefined || records.length === 0) return;
      try {
        deliverByStandIn({ sink: sink.standIn, records, timeoutMs });
      } catch (error) {
        reportInternal('What was left could not be delivered by a helper process', error);
      }
    },
    close(timeoutMs, message) {
      if (closing === undefined) {
        endOpenRuns({ reason: 'never_ended', message });
        gate?.close();
        closing = withSampling(outbox.close(timeoutMs));
      }
      return closing;
    },
  };
}
