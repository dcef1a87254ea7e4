import type { LifecycleRecord, Outcome, Sink } from '../../../src/index.ts';

/** A sink that also notes what the one behind it has delivered. */
export interface Recorder extends Sink {
  /** The latest delivered form of each observation. */
  readonly delivered: readonly LifecycleRecord[];
  /** Ids of the traces whose parents were delivered with their ends, in that order. */
  readonly endedTraceIds: readonly string[];
}

/** Wraps a sink. `onOpenParent` is called when the server has got the start of a run that is still open. */
export function createRecorder(
  sink: Sink,
  { onOpenParent }: { readonly onOpenParent: (record: LifecycleRecord) => void },
): Recorder {
  const latest = new Map<string, LifecycleRecord>();
  const endedTraceIds: string[] = [];

  function note(record: LifecycleRecord, outcome: Outcome | undefined): void {
    if (outcome?.type !== 'delivered') return;
    latest.set(`${record.trace.traceId}/${record.id}`, record);
    if (record.role !== 'parent') return;
    if (record.phase === 'open') onOpenParent(record);
    else endedTraceIds.push(record.trace.traceId);
  }

  return {
    ...sink,
    get delivered() {
      return [...latest.values()];
    },
    endedTraceIds,
    async send(records, options) {
      const outcomes = await sink.send(records, options);
      for (const [index, record] of records.entries()) note(record, outcomes[index]);
      return outcomes;
    },
  };
}
