import type { LifecycleEvent, LifecycleRecord } from '../../src/index.ts';
import type { TransitionInput } from '../../src/lifecycle-state.ts';
import { toRecord } from '../../src/record-draft.ts';
import { createRunRegistry, type RunRegistry } from '../../src/run-registry.ts';
import type { Diagnostic } from '../../src/index.ts';

/** Feeds events through the rules and keeps, like an outbox that never sends, the last record of each observation. */
export interface History {
  readonly registry: RunRegistry;
  readonly diagnostics: readonly Diagnostic[];
  /** Every record, in order. */
  readonly all: readonly LifecycleRecord[];
  tell(...events: readonly LifecycleEvent[]): void;
  /** What a flush tick does: starts that did not come are made up. */
  settle(timestamp: number): void;
  closeAll(timestamp: number): void;
  /** The last record of the run or the step of this id. */
  run(runId: string): LifecycleRecord | undefined;
  step(stepId: string): LifecycleRecord | undefined;
  latest(): readonly LifecycleRecord[];
  /** Says that the wire has what is known now. */
  handOver(): void;
}

export function createHistory(): History {
  const latest = new Map<string, LifecycleRecord>();
  const diagnostics: Diagnostic[] = [];
  const all: LifecycleRecord[] = [];
  const registry = createRunRegistry({ endedRuns: 1_000, parkedEvents: 10_000 }, () => {
    throw new Error('no test parks that many events');
  });
  const apply = (input: TransitionInput): void => {
    for (const change of registry.apply(input)) {
      diagnostics.push(...(change.diagnostics ?? []));
      for (const record of (change.records ?? []).map(toRecord)) {
        all.push(record);
        traces.set(record.trace.traceId, record.trace);
        latest.set(`${record.trace.traceId}/${record.id}`, record);
      }
    }
  };
  // An outbox sends each record with the newest facts of its trace.
  const traces = new Map<string, LifecycleRecord['trace']>();
  const records = (): readonly LifecycleRecord[] =>
    Array.from(latest.values(), (record) => ({
      ...record,
      trace: traces.get(record.trace.traceId) ?? record.trace,
    }));
  return {
    registry,
    diagnostics,
    all,
    tell(...events) {
      for (const event of events) apply({ event, size: 1 });
    },
    settle(timestamp) {
      for (const runId of registry.startlessRunIds()) {
        apply({ event: { type: 'run-settle', runId, timestamp }, size: 0 });
      }
    },
    closeAll(timestamp) {
      for (const runId of registry.unendedRunIds()) {
        apply({
          event: {
            type: 'run-close',
            runId,
            timestamp,
            reason: 'never_ended',
            message: 'the test is over',
          },
          size: 0,
        });
      }
    },
    run: (runId) =>
      records().find((record) => record.runId === runId && record.stepId === undefined),
    step: (stepId) => records().find((record) => record.stepId === stepId),
    latest: records,
    handOver() {
      for (const record of records()) registry.handOver(record);
    },
  };
}
