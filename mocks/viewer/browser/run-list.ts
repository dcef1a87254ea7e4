import type { RunSummary } from '../api.ts';
import type { Show } from './routes.ts';

/** All runs that the server holds, the newest first. */
export interface RunList {
  readonly runs: readonly RunSummary[];
  get(id: string): RunSummary | undefined;
  /** Adds runs, or puts them in the place of what was known of them. */
  put(runs: readonly RunSummary[]): void;
  drop(ids: readonly string[]): void;
  /** Whatever is not put again until `endReset()` is gone. */
  beginReset(): void;
  endReset(): void;
}

/** An empty list. */
export function createRunList(): RunList {
  const byId = new Map<string, RunSummary>();
  let sorted: readonly RunSummary[] | undefined;
  let fresh: Set<string> | undefined;

  return {
    get runs() {
      sorted ??= [...byId.values()].toSorted(newestFirst);
      return sorted;
    },
    get: (id) => byId.get(id),
    put(runs) {
      for (const run of runs) {
        byId.set(run.id, run);
        fresh?.add(run.id);
      }
      sorted = undefined;
    },
    drop(ids) {
      for (const id of ids) byId.delete(id);
      sorted = undefined;
    },
    beginReset() {
      fresh = new Set();
    },
    endReset() {
      for (const id of byId.keys()) if (fresh?.has(id) === false) byId.delete(id);
      fresh = undefined;
      sorted = undefined;
    },
  };
}

function newestFirst(one: RunSummary, other: RunSummary): number {
  return other.startedAt - one.startedAt || (one.id < other.id ? -1 : 1);
}

/** What the list is narrowed to. */
export interface Narrowing {
  readonly show: Show;
  /** Words that all have to be there, in any field. */
  readonly query: string;
}

/** The runs that a person asked for, in the same order. */
export function narrow(
  runs: readonly RunSummary[],
  { show, query }: Narrowing,
): readonly RunSummary[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (show === 'all' && words.length === 0) return runs;
  return runs.filter((run) => {
    if (!isShown(run, show)) return false;
    if (words.length === 0) return true;
    const text = searchText(run);
    return words.every((word) => text.includes(word));
  });
}

/** How many runs each filter shows. */
export function countShown(
  runs: readonly RunSummary[],
  shows: readonly Show[],
): ReadonlyMap<Show, number> {
  return new Map(
    shows.map((show) => [show, runs.reduce((sum, run) => sum + (isShown(run, show) ? 1 : 0), 0)]),
  );
}

/** Whether a parent lacks something for good. One that is still open lacks its ending, and shall. */
export function isIncomplete({ status, missing }: RunSummary): boolean {
  return status !== 'in_progress' && missing > 0;
}

function isShown(run: RunSummary, show: Show): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'incomplete':
      return isIncomplete(run);
    default:
      return run.status === show;
  }
}

const searchTexts = new WeakMap<RunSummary, string>();

function searchText(run: RunSummary): string {
  const known = searchTexts.get(run);
  if (known !== undefined) return known;
  const { name, id, status, reason, message, conversationId, userId, environment, preview } = run;
  const fields = [name, id, status, reason, message, conversationId, userId, environment, preview];
  const text = [...fields, ...run.tags]
    .filter((field) => field !== null)
    .join('\n')
    .toLowerCase();
  searchTexts.set(run, text);
  return text;
}
