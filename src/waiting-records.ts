import { type Observed, type RecordDraft, toRecord } from './record-draft.ts';
import type { LifecycleRecord, TraceFacts } from './records.ts';

/** A record, or what becomes one when it leaves. */
export type Waiting = LifecycleRecord | RecordDraft;

/** A record that waits, and what happened to it so far. Owned by {@link WaitingRecords}. */
export interface Entry {
  /** Written out when it is taken to be sent. */
  record: Waiting;
  /** Grows with each entry; a later record of the same observation keeps the number of the first. */
  readonly sequence: number;
  /** What became known while `record` was on its way. */
  newer: Waiting | undefined;
  state: 'waiting' | 'sending';
  /** Set from the first hand-over on, also while it waits for another try. */
  hasLeft: boolean;
  /** Milliseconds since the epoch; not to be tried before. */
  notBefore: number;
  lastDelayMs: number;
}

/** How much may be taken at once. */
export interface BatchLimits {
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
}

/** A number of records, and their bytes. */
export interface Load {
  readonly records: number;
  readonly bytes: number;
}

/** Records in the order of their coming, one per observation, bounded in size, parents before children. */
export interface WaitingRecords {
  readonly size: number;
  readonly bytes: number;
  /** Of those that wait, what has never been tried. */
  readonly fresh: Load;
  /** The number of the newest entry. */
  readonly lastSequence: number;
  /** The number of the oldest entry that waits; Infinity when none does. */
  firstSequence(): number;
  /** Takes a record in, in the place of an earlier one of the same observation. */
  put(record: Waiting): void;
  /** The entries to send next, marked as sending: parents first, each part in order. */
  take(limits: BatchLimits, isDue: (entry: Entry) => boolean): readonly Entry[];
  /** Puts what became known meanwhile into the place of what was sent. */
  restore(entry: Entry): void;
  remove(entry: Entry): void;
  /** Removes children of the oldest runs, then open parents, then ended ones, until `maxBytes` is kept. */
  shed(maxBytes: number, onDrop: (entry: Entry) => void): void;
  entries(): Iterable<Entry>;
  /** What is known last of everything, parents first, those on their way included. */
  newest(): readonly LifecycleRecord[];
}

interface TraceGroup {
  trace: TraceFacts;
  parent: Entry | undefined;
  readonly children: Map<string, Entry>;
}

// Counts of dropped children are kept until their parent leaves; this many traces at most.
const rememberedDrops = 10_000;

/** Makes an empty one. */
export function createWaitingRecords(): WaitingRecords {
  // In the order of their first record, which makes "the oldest runs" the first ones.
  const groups = new Map<string, TraceGroup>();
  const entries = new Set<Entry>();
  const droppedByTrace = new Map<string, number>();
  const fresh = { records: 0, bytes: 0 };
  let bytes = 0;
  let lastSequence = 0;

  // What was replaced while it waits for another try still waits for that.
  function isFresh({ state, hasLeft, notBefore }: Entry): boolean {
    return state === 'waiting' && !hasLeft && notBefore <= 0;
  }

  function countFresh({ size }: Waiting, change: 1 | -1): void {
    fresh.records += change;
    fresh.bytes += change * size;
  }

  function groupOf(record: Observed): TraceGroup {
    const known = groups.get(record.trace.traceId);
    if (known !== undefined) return known;
    const made: TraceGroup = { trace: record.trace, parent: undefined, children: new Map() };
    groups.set(record.trace.traceId, made);
    return made;
  }

  function add(group: TraceGroup, record: Waiting): void {
    lastSequence += 1;
    const entry: Entry = {
      record,
      sequence: lastSequence,
      newer: undefined,
      state: 'waiting',
      hasLeft: false,
      notBefore: 0,
      lastDelayMs: 0,
    };
    if (record.role === 'parent') group.parent = entry;
    else group.children.set(record.id, entry);
    entries.add(entry);
    bytes += record.size;
    countFresh(record, 1);
  }

  /** Puts `record`, whose size is counted already, in the place of the one before. */
  function replace(entry: Entry, record: Waiting): void {
    bytes -= entry.record.size;
    if (isFresh(entry)) countFresh(entry.record, -1);
    entry.record = record;
    entry.hasLeft = false;
    if (isFresh(entry)) countFresh(record, 1);
  }

  function remove(entry: Entry): void {
    if (!entries.delete(entry)) return;
    const { record } = entry;
    bytes -= record.size;
    if (isFresh(entry)) countFresh(record, -1);
    const group = groups.get(record.trace.traceId);
    if (group === undefined) return;
    if (record.role === 'parent' && record.phase === 'ended')
      droppedByTrace.delete(record.trace.traceId);
    if (record.role === 'parent') group.parent = undefined;
    else group.children.delete(record.id);
    if (group.parent === undefined && group.children.size === 0)
      groups.delete(record.trace.traceId);
  }

  function rememberDrop(traceId: string): void {
    droppedByTrace.set(traceId, (droppedByTrace.get(traceId) ?? 0) + 1);
    if (droppedByTrace.size <= rememberedDrops) return;
    for (const oldest of droppedByTrace.keys()) {
      droppedByTrace.delete(oldest);
      return;
    }
  }

  /** The record with the newest facts of its trace until it leaves; an ended parent also says how many children were dropped. */
  function current({ record: waiting, hasLeft }: Entry): LifecycleRecord {
    const record = toRecord(waiting);
    const { traceId } = record.trace;
    const trace = hasLeft ? record.trace : (groups.get(traceId)?.trace ?? record.trace);
    const droppedChildren =
      record.role === 'parent' && record.phase === 'ended'
        ? droppedByTrace.get(traceId)
        : undefined;
    if (
      droppedChildren !== undefined &&
      record.metadata['dropped_observations'] !== droppedChildren
    ) {
      return {
        ...record,
        trace,
        metadata: { ...record.metadata, dropped_observations: droppedChildren },
      };
    }
    return trace === record.trace ? record : { ...record, trace };
  }

  function* parents(): Generator<Entry> {
    for (const { parent } of groups.values()) if (parent !== undefined) yield parent;
  }

  function* children(): Generator<Entry> {
    for (const group of groups.values()) yield* group.children.values();
  }

  function* inOrderOfSending(): Generator<Entry> {
    yield* parents();
    yield* children();
  }

  return {
    get size() {
      return entries.size;
    },
    get bytes() {
      return bytes;
    },
    fresh,
    get lastSequence() {
      return lastSequence;
    },
    firstSequence() {
      for (const entry of entries) return entry.sequence;
      return Infinity;
    },
    put(record) {
      const group = groupOf(record);
      group.trace = record.trace;
      const entry = record.role === 'parent' ? group.parent : group.children.get(record.id);
      if (entry === undefined) add(group, record);
      else if (entry.state === 'sending') {
        bytes += record.size - (entry.newer?.size ?? 0);
        entry.newer = record;
      } else {
        bytes += record.size;
        replace(entry, record);
      }
    },
    take(limits, isDue) {
      const batch: Entry[] = [];
      let batchBytes = 0;
      const isFull = (): boolean =>
        batch.length >= limits.maxBatchRecords || batchBytes >= limits.maxBatchBytes;
      const offer = (entry: Entry): void => {
        if (entry.state === 'sending' || !isDue(entry)) return;
        if (batch.length > 0 && batchBytes + entry.record.size > limits.maxBatchBytes) return;
        if (isFresh(entry)) countFresh(entry.record, -1);
        entry.state = 'sending';
        entry.record = current(entry);
        batch.push(entry);
        batchBytes += entry.record.size;
      };
      for (const { parent } of groups.values()) {
        if (isFull()) return batch;
        if (parent !== undefined) offer(parent);
      }
      for (const group of groups.values()) {
        for (const child of group.children.values()) {
          if (isFull()) return batch;
          offer(child);
        }
      }
      return batch;
    },
    restore(entry) {
      entry.state = 'waiting';
      if (isFresh(entry)) countFresh(entry.record, 1);
      const { newer } = entry;
      entry.newer = undefined;
      if (newer !== undefined) replace(entry, newer);
    },
    remove,
    shed(maxBytes, onDrop) {
      const drop = (entry: Entry): void => {
        if (entry.state === 'sending') return;
        remove(entry);
        if (entry.record.role !== 'parent' && entry.record.phase === 'ended')
          rememberDrop(entry.record.trace.traceId);
        onDrop(entry);
      };
      const byPhase = (phase: Observed['phase']): Entry[] =>
        [...parents()].filter(({ record }) => record.phase === phase);
      for (const entry of [...children(), ...byPhase('open'), ...byPhase('ended')]) {
        if (bytes <= maxBytes) return;
        drop(entry);
      }
    },
    entries: () => entries,
    newest: () =>
      Array.from(inOrderOfSending(), (entry) =>
        entry.newer === undefined ? current(entry) : toRecord(entry.newer),
      ),
  };
}
