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
  /** Bytes of events that {@link JournalIndex.survivors} would keep, in all segments. */
  readonly neededBytes: number;
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
  /** `released`: another process owes it, and may give it back. */
  state: 'new' | 'owed' | 'released' | 'settled';
  /** Of its events. */
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
  /** Of the events of all that is not a settled step. */
  neededBytes: number;
  readonly segments: Set<number>;
  places: LinePlace[];
}

/** `places`: whether each family's lines are to be remembered, which only a reader needs. */
export function createJournalIndex(places: 'with-places' | 'without-places'): JournalIndex {
  const runs = new Map<string, RunMark>();
  const segments = new Map<number, Set<Family>>();
  let owed = 0;
  let needed = 0;

  function runOf(runId: string): RunMark {
    const known = runs.get(runId);
    if (known !== undefined) return known;
    const family: Family = {
      runs: new Set(),
      owed: 0,
      neededBytes: 0,
      segments: new Set(),
      places: [],
    };
    const made: RunMark = { runId, family, state: 'new', bytes: 0, steps: new Map() };
    family.runs.add(made);
    runs.set(runId, made);
    // Whatever is told of a run, it will have a record: when its start does not come, that is made up.
    oweMarked(family, made);
    return made;
  }

  function link(one: Family, other: Family): void {
    if (one === other) return;
    const [into, from] = one.runs.size >= other.runs.size ? [one, other] : [other, one];
    for (const run of from.runs) {
      run.family = into;
      into.runs.add(run);
    }
    // Of two families of which one is over, all is needed again.
    needed += (into.owed === 0 ? into.neededBytes : 0) + (from.owed === 0 ? from.neededBytes : 0);
    into.owed += from.owed;
    into.neededBytes += from.neededBytes;
    for (const place of from.places) into.places.push(place);
    for (const segment of from.segments) {
      segments.get(segment)?.delete(from);
      locate(into, segment);
    }
  }

  function locate(family: Family, segment: number): void {
    family.segments.add(segment);
    const residents = segments.get(segment);
    if (residents === undefined) segments.set(segment, new Set([family]));
    else residents.add(family);
  }

  function mark(run: RunMark, stepId: string | undefined): Mark {
    if (stepId === undefined) return run;
    const known = run.steps.get(stepId);
    if (known !== undefined) return known;
    const made: Mark = { state: 'new', bytes: 0 };
    run.steps.set(stepId, made);
    return made;
  }

  function owe(event: JournalEvent, bytes: number): Family {
    const run = runOf(event.runId);
    if (event.type === 'run-start' && event.parentRunId !== undefined) {
      link(runOf(event.parentRunId).family, run.family);
    }
    const marked = mark(run, toKey(event).stepId);
    if (event.type === 'run-release') unowe(run.family, marked, 'released');
    else if (marked.state === 'new' || event.type === 'run-adopt') oweMarked(run.family, marked);
    marked.bytes += bytes;
    need(run.family, bytes);
    return run.family;
  }

  function need(family: Family, bytes: number): void {
    family.neededBytes += bytes;
    if (family.owed > 0) needed += bytes;
  }

  function oweMarked(family: Family, marked: Mark): void {
    if (marked.state === 'owed') return;
    marked.state = 'owed';
    if (family.owed === 0) needed += family.neededBytes;
    family.owed += 1;
    owed += 1;
  }

  function unowe(family: Family, marked: Mark, state: 'released' | 'settled'): void {
    const { state: before } = marked;
    marked.state = state;
    if (before !== 'owed') return;
    family.owed -= 1;
    owed -= 1;
    if (family.owed === 0) needed -= family.neededBytes;
  }

  function settle({ runId, stepId }: ObservationKey): Family | undefined {
    const run = runs.get(runId);
    if (run === undefined) return undefined;
    const marked = mark(run, stepId);
    if (stepId !== undefined && marked.state !== 'settled') need(run.family, -marked.bytes);
    unowe(run.family, marked, 'settled');
    return run.family;
  }

  function touched(entry: JournalEntry, bytes: number): ReadonlySet<Family> {
    switch (entry.type) {
      case 'event':
        return new Set([owe(entry.event, bytes)]);
      case 'settled':
        return new Set(entry.keys.map(settle).filter((family) => family !== undefined));
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
      family.segments.delete(segment);
      if (family.segments.size > 0 || family.owed > 0) continue;
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
        locate(family, place.segment);
        if (places === 'with-places') family.places.push(place);
      }
    },
    news: (entry) =>
      restOf(
        entry,
        (key) => stateOf(key) !== 'settled' && (entry.type === 'event' || runs.has(key.runId)),
      ),
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
      const kept = new Set<Family>();
      for (const segment of merged) {
        for (const family of segments.get(segment) ?? []) if (family.owed > 0) kept.add(family);
        forget(segment);
      }
      for (const family of kept) locate(family, into);
    },
    get neededBytes() {
      return needed;
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

/** The observation that an event is about. */
function toKey(event: JournalEvent): ObservationKey {
  return 'stepId' in event ? { runId: event.runId, stepId: event.stepId } : { runId: event.runId };
}

function restOf(
  entry: JournalEntry,
  isKept: (key: ObservationKey) => boolean,
): JournalEntry | undefined {
  switch (entry.type) {
    case 'event':
      return isKept(toKey(entry.event)) ? entry : undefined;
    case 'settled': {
      const keys = entry.keys.filter(isKept);
      return keys.length === 0 ? undefined : { type: 'settled', keys };
    }
    default:
      return entry satisfies never;
  }
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
