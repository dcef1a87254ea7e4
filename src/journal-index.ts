import type { JournalEntry, JournalEvent, ObservationKey } from './journal-line.ts';

/**
 * What the lines of a journal say, all in all: which observations are owed, and which segments hold them. The writer
 * and the reader of a journal share it, so that what the one thinks is settled is what the other finds settled.
 *
 * Runs that are linked (one inside the other) are one family and are kept or dropped together: a step cannot be
 * delivered without the facts of its trace, which stand in the start of the outermost run.
 */
export interface JournalIndex {
  /** Takes a line that lies in a segment. */
  apply(entry: JournalEntry, place: LinePlace): void;
  /** How many observations are owed. */
  readonly owed: number;
  /** More is owed than the lines say: a record that was made up from them. Forgotten with the process. */
  expect(keys: readonly ObservationKey[]): void;
  /** The line without what is settled already; undefined when nothing is left. */
  news(entry: JournalEntry): JournalEntry | undefined;
  hasRun(runId: string): boolean;
  /** Whether the run is known and nothing is owed for it or anything linked to it. */
  isOver(runId: string): boolean;
  runIds(): Iterable<string>;
  families(): readonly JournalFamily[];
  /** Whether nothing in this segment is needed, provided that every older segment is gone. */
  isFree(segment: number): boolean;
  /** The segment is gone. */
  forget(segment: number): void;
  /** What was left of these segments lies in the last of them now. */
  merge(segments: readonly number[]): void;
  /** Bytes in segments up to this one that {@link JournalIndex.survivors} would keep. */
  neededBytes(upTo: number): number;
  /** What is left of a line when everything that is settled now is dropped; later changes do not matter to it. */
  survivors(): (entry: JournalEntry) => JournalEntry | undefined;
}

/** Where a line lies. */
export interface LinePlace {
  readonly segment: number;
  readonly offset: number;
  /** Its length with its line break. */
  readonly bytes: number;
}

/** Linked runs with their steps. */
export interface JournalFamily {
  /** How many of its observations are owed. */
  readonly owed: number;
  /** Its lines, in the order in which they came, when the index was made to remember them. */
  readonly places: readonly LinePlace[];
  owedKeys(): readonly ObservationKey[];
}

interface Mark {
  /** `mentioned`: another line names it. */
  state: 'mentioned' | 'owed' | 'settled';
  bytes: number;
}

interface RunMark extends Mark {
  readonly runId: string;
  family: Family;
  readonly steps: Map<string, Mark>;
}

interface Family {
  readonly runs: Set<RunMark>;
  owed: number;
  bytesBySegment: Map<number, number>;
  places: LinePlace[];
}

/** `places`: whether each family's lines are to be remembered, which only a reader needs. */
export function createJournalIndex(places: 'with-places' | 'without-places'): JournalIndex {
  const runs = new Map<string, RunMark>();
  const segments = new Map<number, Set<Family>>();
  let owed = 0;

  function runOf(runId: string): RunMark {
    const known = runs.get(runId);
    if (known !== undefined) return known;
    const family: Family = { runs: new Set(), owed: 0, bytesBySegment: new Map(), places: [] };
    const made: RunMark = { runId, family, state: 'mentioned', bytes: 0, steps: new Map() };
    family.runs.add(made);
    runs.set(runId, made);
    return made;
  }

  function link(one: Family, other: Family): void {
    if (one === other) return;
    const [into, from] = one.runs.size >= other.runs.size ? [one, other] : [other, one];
    for (const run of from.runs) {
      run.family = into;
      into.runs.add(run);
    }
    into.owed += from.owed;
    for (const place of from.places) into.places.push(place);
    for (const [segment, bytes] of from.bytesBySegment) {
      segments.get(segment)?.delete(from);
      locate(into, segment, bytes);
    }
  }

  function locate(family: Family, segment: number, bytes: number): void {
    family.bytesBySegment.set(segment, (family.bytesBySegment.get(segment) ?? 0) + bytes);
    const residents = segments.get(segment);
    if (residents === undefined) segments.set(segment, new Set([family]));
    else residents.add(family);
  }

  function mark(run: RunMark, stepId: string | undefined): Mark {
    if (stepId === undefined) return run;
    const known = run.steps.get(stepId);
    if (known !== undefined) return known;
    const made: Mark = { state: 'mentioned', bytes: 0 };
    run.steps.set(stepId, made);
    return made;
  }

  function owe(event: JournalEvent, bytes: number): Family {
    const run = runOf(event.runId);
    if (event.type === 'run-start' && event.parentRunId !== undefined) {
      link(runOf(event.parentRunId).family, run.family);
    }
    const marked = mark(run, stepOf(event));
    marked.bytes += bytes;
    oweMarked(run.family, marked);
    return run.family;
  }

  function oweMarked(family: Family, marked: Mark): void {
    if (marked.state !== 'mentioned') return;
    marked.state = 'owed';
    family.owed += 1;
    owed += 1;
  }

  function settle({ runId, stepId }: ObservationKey): Family | undefined {
    const run = runs.get(runId);
    if (run === undefined) return undefined;
    const marked = mark(run, stepId);
    if (marked.state === 'owed') {
      run.family.owed -= 1;
      owed -= 1;
    }
    marked.state = 'settled';
    return run.family;
  }

  function touched(entry: JournalEntry, bytes: number): ReadonlySet<Family> {
    switch (entry.type) {
      case 'event':
        return new Set([owe(entry.event, bytes)]);
      case 'settled':
        return new Set(entry.keys.map(settle).filter((family) => family !== undefined));
      case 'released': {
        const family = settle(entry);
        return new Set(family === undefined ? [] : [family]);
      }
      default:
        return entry satisfies never;
    }
  }

  function stateOf({ runId, stepId }: ObservationKey): Mark['state'] | undefined {
    const run = runs.get(runId);
    return stepId === undefined ? run?.state : run?.steps.get(stepId)?.state;
  }

  function forget(segment: number): void {
    for (const family of segments.get(segment) ?? []) {
      family.bytesBySegment.delete(segment);
      if (family.bytesBySegment.size > 0 || family.owed > 0) continue;
      for (const { runId } of family.runs) runs.delete(runId);
    }
    segments.delete(segment);
  }

  function allFamilies(): ReadonlySet<Family> {
    return new Set(Array.from(runs.values(), ({ family }) => family));
  }

  return {
    get owed() {
      return owed;
    },
    apply(entry, place) {
      for (const family of touched(entry, place.bytes)) {
        locate(family, place.segment, place.bytes);
        if (places === 'with-places') family.places.push(place);
      }
    },
    expect(keys) {
      for (const { runId, stepId } of keys) {
        const run = runs.get(runId);
        if (run !== undefined) oweMarked(run.family, mark(run, stepId));
      }
    },
    news: (entry) =>
      restOf(entry, (key) => stateOf(key) !== 'settled' && (entry.type === 'event' || runs.has(key.runId))),
    hasRun: (runId) => runs.has(runId),
    isOver: (runId) => runs.get(runId)?.family.owed === 0,
    runIds: () => runs.keys(),
    families: () => Array.from(allFamilies(), toJournalFamily),
    isFree(segment) {
      for (const family of segments.get(segment) ?? []) if (family.owed > 0) return false;
      return true;
    },
    forget,
    merge(merged) {
      const into = merged.at(-1);
      if (into === undefined) return;
      const kept = new Map<Family, number>();
      for (const segment of merged) {
        for (const family of segments.get(segment) ?? []) {
          if (family.owed === 0) continue;
          kept.set(family, (kept.get(family) ?? 0) + (family.bytesBySegment.get(segment) ?? 0));
        }
        forget(segment);
      }
      for (const [family, bytes] of kept) locate(family, into, Math.max(0, bytes - takeSettledBytes(family)));
    },
    neededBytes(upTo) {
      let bytes = 0;
      for (const family of allFamilies()) if (family.owed > 0) bytes += neededBytes(family, upTo);
      return bytes;
    },
    survivors() {
      const over = new Set([...allFamilies()].filter((family) => family.owed === 0));
      const settled = new Set([...allFamilies()].flatMap((family) => [...settledSteps(family)]));
      const isKept = ({ runId, stepId }: ObservationKey): boolean => {
        const run = runs.get(runId);
        if (run === undefined || over.has(run.family)) return false;
        const step = stepId === undefined ? undefined : run.steps.get(stepId);
        return step === undefined || !settled.has(step);
      };
      return (entry) => restOf(entry, isKept);
    },
  };
}

function stepOf(event: JournalEvent): string | undefined {
  return 'stepId' in event ? event.stepId : undefined;
}

/** The observation that an event is about. */
export function toKey(event: JournalEvent): ObservationKey {
  return 'stepId' in event ? { runId: event.runId, stepId: event.stepId } : { runId: event.runId };
}

function restOf(entry: JournalEntry, isKept: (key: ObservationKey) => boolean): JournalEntry | undefined {
  switch (entry.type) {
    case 'event':
      return isKept(toKey(entry.event)) ? entry : undefined;
    case 'released':
      return isKept(entry) ? entry : undefined;
    case 'settled': {
      const keys = entry.keys.filter(isKept);
      return keys.length === 0 ? undefined : { type: 'settled', keys };
    }
    default:
      return entry satisfies never;
  }
}

function neededBytes(family: Family, upTo: number): number {
  let bytes = 0;
  for (const [segment, inSegment] of family.bytesBySegment) if (segment <= upTo) bytes += inSegment;
  for (const step of settledSteps(family)) bytes -= step.bytes;
  return Math.max(0, bytes);
}

function takeSettledBytes(family: Family): number {
  let bytes = 0;
  for (const step of settledSteps(family)) {
    bytes += step.bytes;
    step.bytes = 0;
  }
  return bytes;
}

function* settledSteps(family: Family): Generator<Mark> {
  for (const { steps } of family.runs) {
    for (const step of steps.values()) if (step.state === 'settled') yield step;
  }
}

function toJournalFamily(family: Family): JournalFamily {
  return {
    get owed() {
      return family.owed;
    },
    get places() {
      return family.places.toSorted((a, b) => a.segment - b.segment || a.offset - b.offset);
    },
    owedKeys() {
      const keys: ObservationKey[] = [];
      for (const { runId, state, steps } of family.runs) {
        if (state === 'owed') keys.push({ runId });
        for (const [stepId, step] of steps) if (step.state === 'owed') keys.push({ runId, stepId });
      }
      return keys;
    },
  };
}
