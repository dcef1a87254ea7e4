import { createBoundedMap, type Place, readKeys } from '../../src/index.ts';
import type { ExportedSpan } from './exported-span.ts';
import { noProgress, type RunProgress } from './run-progress.ts';
import { roleOf } from './span-role.ts';

/** A run that Mastra has told of. */
export interface TrackedRun {
  readonly runId: string;
  readonly spanId: string;
  readonly type: string;
  readonly traceId: string;
  /** The run around this one, of the same Mastra. */
  readonly outer: TrackedRun | undefined;
  /** Keys of the run's own metadata, which Mastra repeats on every span inside. */
  readonly metadataKeys: ReadonlySet<string>;
  progress: RunProgress;
  isOpen: boolean;
  /** When it was heard of last, milliseconds since the epoch. */
  lastTime: number;
  readonly spanIds: string[];
}

/** A span that Mastra has told of, and where what is inside it belongs. */
export interface TrackedSpan {
  readonly run: TrackedRun;
  readonly place: Place;
  /** The frame around it: a model's generation or one of its steps. */
  readonly frame: TrackedSpan | undefined;
  /** In a frame: whether a model call was exported inside it, so that it is no step itself. */
  hasInference: boolean;
  /** Whether the input that the span has now was told: it is often large, and need not go twice. */
  isInputTold: boolean;
  /** In a frame: the model call that has begun and wants its input. */
  inferenceId?: string;
}

/** The runs that are open, and the last ones that ended: late spans and resumed runs belong to them. */
export interface OpenRuns {
  find(id: string | undefined): TrackedSpan | undefined;
  /** What a span is inside of: its parent, else the newest open run of its trace, when the parent was filtered out. */
  around(span: ExportedSpan): TrackedSpan | undefined;
  /** Whether a run of this process has this id, which no second may have. */
  isTaken(runId: string): boolean;
  addRun(span: ExportedSpan, facts: Pick<TrackedRun, 'runId' | 'lastTime' | 'outer'>): TrackedRun;
  /** A span inside a run, with its place; undefined when its run is not known. */
  track(span: ExportedSpan): TrackedSpan | undefined;
  end(run: TrackedRun): void;
}

// A workflow whose process or promise is lost never ends. Of those that ended, late spans come of the last ones.
const limits = { open: 10_000, ended: 200 } as const;

/** Makes the register of one exporter. It is bounded: the oldest runs are forgotten first. */
export function createOpenRuns(): OpenRuns {
  const spans = new Map<string, TrackedSpan>();
  const runIds = new Set<string>();
  const open = createBoundedMap<string, TrackedRun>(limits.open);
  const ended = createBoundedMap<string, TrackedRun>(limits.ended);

  function add(id: string, tracked: TrackedSpan): void {
    spans.set(id, tracked);
    tracked.run.spanIds.push(id);
  }

  function forget(run: TrackedRun | undefined): void {
    if (run === undefined) return;
    for (const id of run.spanIds) spans.delete(id);
    runIds.delete(run.runId);
  }

  function around({ parentSpanId, traceId }: ExportedSpan): TrackedSpan | undefined {
    const parent = parentSpanId === undefined ? undefined : spans.get(parentSpanId);
    if (parent !== undefined) return parent;
    let newest: TrackedRun | undefined;
    for (const run of open.values()) if (run.traceId === traceId) newest = run;
    return newest === undefined ? undefined : spans.get(newest.spanId);
  }

  return {
    find: (id) => (id === undefined ? undefined : spans.get(id)),
    around,
    isTaken: (runId) => runIds.has(runId),
    addRun(span, facts) {
      const run: TrackedRun = {
        ...facts,
        spanId: span.id,
        type: span.type,
        traceId: span.traceId,
        metadataKeys: new Set(readKeys(span.metadata)),
        progress: noProgress,
        isOpen: true,
        spanIds: [],
      };
      const { runId } = run;
      runIds.add(runId);
      forget(open.set(runId, run));
      add(span.id, { ...untold, run, place: { runId }, frame: undefined });
      return run;
    },
    track(span) {
      if (roleOf(span) === 'chunk') return around(span);
      const known = spans.get(span.id);
      const parent = known === undefined ? around(span) : undefined;
      if (parent === undefined) return known;
      const tracked = inside(parent, span);
      add(span.id, tracked);
      return tracked;
    },
    end(run) {
      run.isOpen = false;
      run.progress = noProgress;
      open.take(run.runId);
      forget(ended.set(run.runId, run));
    },
  };
}

const untold = { hasInference: false, isInputTold: false };

function inside(parent: TrackedSpan, span: ExportedSpan): TrackedSpan {
  const { run } = parent;
  const role = roleOf(span);
  const isStep = role === 'step' || role === 'inference';
  return {
    ...untold,
    run,
    place: isStep ? { runId: run.runId, stepId: span.id } : parent.place,
    frame: role === 'frame' || role === 'inference' ? parent : undefined,
  };
}
