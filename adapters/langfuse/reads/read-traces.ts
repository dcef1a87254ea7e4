import type { AuditRow } from './audit-row.ts';
import type { AuditedTrace, AuditWindow } from './audited-trace.ts';
import { createRowJoin, type JoinedTrace } from './join-rows.ts';
import { hasTrace, readLegacyObservationRows, readTraceRows } from './legacy-rows.ts';
import { mergeLatestFirst } from './merge-rows.ts';
import {
  hasRoot,
  readChildRows,
  readMarkerRows,
  readRootRows,
  rootParts,
} from './observation-rows.ts';
import type { ReadClient, ReadProgress } from './read-client.ts';

/** Which of Langfuse's two APIs is read. */
export type ReadModel = 'v2-observations' | 'v1-traces';

/** What is read, and how thoroughly. */
export interface TracesAsked {
  readonly window: AuditWindow;
  /** No run takes longer than this, milliseconds. */
  readonly longestRunMs: number;
  /** `all` finds every trace without a parent; `markers` reads far less, and finds the announced ones only. */
  readonly children: 'all' | 'markers';
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Where traces are read from, and who hears how far it is. */
export interface TraceSource {
  readonly client: ReadClient;
  readonly model: ReadModel;
  readonly tell: (progress: ReadProgress) => void;
}

/** The traces of a window, each once, roughly the latest first. Throws a ReadError when Langfuse cannot be read. */
export async function* readTraces(
  source: TraceSource,
  asked: TracesAsked,
): AsyncGenerator<AuditedTrace> {
  const { longestRunMs, children } = asked;
  const join = createRowJoin({ horizonMs: longestRunMs, readsChildren: children === 'all' });
  const checks: Checks = { left: checksPerWindow };
  let rows = 0;
  for await (const row of mergeLatestFirst(listsOf(source, asked))) {
    rows += 1;
    if (rows % 1_000 === 0) source.tell({ type: 'rows', rows, time: row.time });
    yield* believed(source, { asked, joined: join.add(row), checks });
  }
  yield* believed(source, { asked, joined: join.rest(), checks });
}

// Children may come a little after the window; roots belong to the window that they begin in.
function listsOf(
  { client, model }: TraceSource,
  asked: TracesAsked,
): readonly AsyncIterable<AuditRow>[] {
  const { window, children } = asked;
  const wider = {
    from: window.from,
    to: Math.max(window.to, Math.min(asked.now, window.to + asked.longestRunMs)),
  };
  switch (model) {
    case 'v2-observations':
      return [
        ...rootParts.map((part) => readRootRows(client, { window, part })),
        children === 'all' ? readChildRows(client, wider) : readMarkerRows(client, wider),
      ];
    case 'v1-traces':
      return [
        readTraceRows(client, window),
        ...(children === 'all' ? (['all'] as const) : (['open', 'failed'] as const)).map((which) =>
          readLegacyObservationRows(client, { window: wider, which }),
        ),
      ];
    default:
      return model satisfies never;
  }
}

/** How many more traces may be asked for one by one. */
interface Checks {
  left: number;
}

// A healthy project needs a few. In one that has lost all its roots, asking for each would take hours and tell nothing.
const checksPerWindow = 200;

interface Judging {
  readonly asked: TracesAsked;
  readonly joined: readonly JoinedTrace[];
  readonly checks: Checks;
}

async function* believed(
  source: TraceSource,
  { asked, joined, checks }: Judging,
): AsyncGenerator<AuditedTrace> {
  for (const { trace, missed } of joined) {
    if (trace.startTime >= asked.window.to) continue;
    const isAsked =
      mayBeAsked(trace, { asked, missed }) &&
      (checks.left > 0 || mustBeAsked(trace, { asked, missed }));
    if (isAsked) {
      checks.left -= 1;
      if (await hasParent(source, trace.traceId)) continue;
    }
    yield trace;
  }
}

interface Doubt {
  readonly asked: TracesAsked;
  readonly missed: JoinedTrace['missed'];
}

// What is younger than the longest run is running, with or without a root.
function mayBeAsked({ startTime }: AuditedTrace, { asked, missed }: Doubt): boolean {
  return missed !== 'no' && asked.now - startTime >= asked.longestRunMs;
}

// A run that began before the window shows its children only, and then it is not this window's. Later than the longest
// run after the beginning of the window there should be none.
function mustBeAsked({ startTime }: AuditedTrace, { asked, missed }: Doubt): boolean {
  return missed === 'anywhere' || startTime < asked.window.from + asked.longestRunMs;
}

function hasParent({ client, model }: TraceSource, traceId: string): Promise<boolean> {
  switch (model) {
    case 'v2-observations':
      return hasRoot(client, traceId);
    case 'v1-traces':
      return hasTrace(client, traceId);
    default:
      return model satisfies never;
  }
}
